/* SPDX-License-Identifier: MIT */
/* net - internet addresses, and networks as an address and the length of its prefix */
#ifndef SH_EXPR_NET_H
#define SH_EXPR_NET_H

#include <stdbool.h>

#include "base/span.h"
#include "expr/value.h"

#define SH_NET_TEXT 64

struct sh_net {
	unsigned char len, prefix; /* 4 or 16 bytes; of an address the prefix is all of it */
	unsigned char byte[16];    /* in network order; those behind LEN are 0 */
};

/*
 * "10.0.0.1", "fe80::1", or with IS_CIDR "10.0.0.0/8", whose host part may be
 * there. No zones, no IPv4 within IPv6, no leading zeros.
 */
bool sh_net_parse(struct sh_span s, bool is_cidr, struct sh_net *out);
/* Returns OUT. */
const char *sh_net_text(const struct sh_net *n, bool is_cidr, char out[SH_NET_TEXT]);
/* Of a value that is an address or a network. */
struct sh_net sh_net_of(const struct sh_value *v);
struct sh_net sh_net_masked(struct sh_net n);
/* Whether all of N is in RANGE. */
bool sh_net_contains(const struct sh_net *range, const struct sh_net *n);

#endif
