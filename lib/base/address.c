/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "base/address.h"

#include <string.h>

#include "base/num.h"

static bool take_host(const char *text, size_t len, struct sh_address *out)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-:%";

	if (len == 0 || len >= sizeof(out->host) || *text == '-')
		return false;
	memcpy(out->host, text, len);
	out->host[len] = '\0';
	return strspn(out->host, allowed) == len;
}

static bool take_port(const char *text, struct sh_address *out)
{
	uint64_t port;

	if (sh_parse_u64(text, &port) < 0 || port < 1 || port > 65535)
		return false;
	out->port = (uint16_t)port;
	return true;
}

bool sh_address_parse(const char *text, struct sh_address *out)
{
	const char *first = strchr(text, ':'), *end;

	out->port = 0;
	if (*text == '[') {
		end = strchr(text, ']');
		if (!end || !take_host(text + 1, (size_t)(end - text) - 1, out) ||
		    !strchr(out->host, ':'))
			return false;
		return end[1] == '\0' || (end[1] == ':' && take_port(end + 2, out));
	}
	if (!first || strchr(first + 1, ':'))
		return take_host(text, strlen(text), out);
	return take_host(text, (size_t)(first - text), out) && take_port(first + 1, out);
}
