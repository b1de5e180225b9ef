/* SPDX-License-Identifier: MIT */
/*
 * protocol - what servers say first, taken apart
 *
 * Pure functions of bytes from strangers. Those that take a message off the
 * front return 1 with it, 0 when more bytes are needed, -1 when it is none.
 */
#ifndef SH_COLLECT_CHECK_PROTOCOL_H
#define SH_COLLECT_CHECK_PROTOCOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/span.h"

/* Up to a line feed, without it and a return before; *used counts them. 1 or 0. */
int sh_line_take(struct sh_span data, struct sh_span *line, size_t *used);

/* "SSH-2.0-software": whether LINE is the identification of a server that speaks version 2. */
bool sh_ssh_is_banner(struct sh_span line);

/* The code of a line of an SMTP reply, *last when no more follow; -1 when it is none. */
int sh_smtp_code(struct sh_span line, bool *last);

/* A reply of redis: '+' text, '-' error, ':' number, '$' bytes. */
struct sh_redis_reply {
	char type;
	struct sh_span text; /* absent for a null */
};
int sh_redis_take(struct sh_span data, struct sh_redis_reply *out, size_t *used);
/* The value of "NAME:" in the text of INFO; SH_SPAN_NONE when it has none. */
struct sh_span sh_redis_info(struct sh_span info, const char *name);

/* A message of a PostgreSQL server: its type, and what follows the length. */
struct sh_postgres_message {
	char type;
	struct sh_span body;
};
int sh_postgres_take(struct sh_span data, struct sh_postgres_message *out, size_t *used);
/* A field of an error ('M' text, 'C' code); SH_SPAN_NONE when it has none. */
struct sh_span sh_postgres_field(struct sh_span body, char field);

/* The 48 bytes of SNTP that matter (RFC 4330). Times are ns of 1970. */
#define SH_NTP_LEN 48
struct sh_ntp_answer {
	unsigned leap, mode, stratum;
	char reference[5];          /* of stratum 0: why it refuses */
	int64_t received, sent;     /* by its clock */
};
/* Why DATA is no answer to the question with COOKIE at all; NULL it is one. */
const char *sh_ntp_foreign(struct sh_span data, uint64_t cookie);
/* COOKIE: what was sent as our time. NULL, or what is wrong with it. */
const char *sh_ntp_read(struct sh_span data, uint64_t cookie, struct sh_ntp_answer *out);

#endif
