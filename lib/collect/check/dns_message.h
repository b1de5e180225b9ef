/* SPDX-License-Identifier: MIT */
/*
 * dns_message - a question to a name server, and its answer (RFC 1035, 3596, 2782)
 *
 * Pure functions of bytes; nothing that a message says is believed before it
 * was seen to lie within it, and pointers in names only go back.
 */
#ifndef SH_COLLECT_CHECK_DNS_MESSAGE_H
#define SH_COLLECT_CHECK_DNS_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/span.h"

#define SH_DNS_MAX_QUESTION 512
#define SH_DNS_MAX_NAME 1024 /* as text, with escapes */
#define SH_DNS_MAX_DATA 1400

/* The number of a type (A, AAAA, CNAME, MX, NS, PTR, SOA, SRV, TXT); 0 for another word. */
uint16_t sh_dns_type(const char *word);

/* A question for NAME; returns its length, 0 when NAME is no name. */
size_t sh_dns_ask(char out[SH_DNS_MAX_QUESTION], uint16_t id, const char *name, uint16_t type);

struct sh_dns_answer {
	bool truncated; /* ask again over TCP */
	unsigned rcode;
	unsigned count; /* of answers that follow at AT */
	size_t at;
};

/* Whether MESSAGE answers QUESTION: NULL, or what is wrong with it. */
const char *sh_dns_open(struct sh_span message, struct sh_span question, struct sh_dns_answer *out);

struct sh_dns_record {
	uint16_t type;
	uint32_t ttl;
	char text[SH_DNS_MAX_DATA]; /* as dig +short prints it, names without the last dot; "" of other types */
};
/* The record at *AT, which moves behind it. False when it is none. */
bool sh_dns_next(struct sh_span message, size_t *at, struct sh_dns_record *out);

/* "NXDOMAIN"; "code 23". */
const char *sh_dns_rcode(unsigned rcode);

#endif
