/* SPDX-License-Identifier: MIT */
/* address - HOST:PORT as people write it: names, IPv4, [IPv6] and bare IPv6 */
#ifndef SH_BASE_ADDRESS_H
#define SH_BASE_ADDRESS_H

#include <stdbool.h>
#include <stdint.h>

struct sh_address {
	char host[256]; /* without brackets */
	uint16_t port;  /* 0: none was given */
};

/*
 * A host is letters, digits and "._-:%", does not begin with '-', and is never
 * empty. A bare IPv6 address (more than one colon, no brackets) has no port.
 * Leaf helper: false and *out undefined when TEXT is none.
 */
bool sh_address_parse(const char *text, struct sh_address *out);

#endif
