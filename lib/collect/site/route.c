/* SPDX-License-Identifier: MIT */
/* route - whether the kernel has the routes that the site says there must be on this host */
#include "config.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "collect/table.h"
#include "collect/text.h"

#define UP 0x1       /* RTF_UP */
#define REJECT 0x200 /* RTF_REJECT */
#define BYTES 16

/* An IPv4 address takes the first four bytes. */
struct route {
	bool six;
	unsigned length; /* of the prefix */
	uint8_t to[BYTES], via[BYTES];
	bool any_via;
	char dev[32];    /* "": any */
};

static const struct sh_node *wanted(const struct sh_collect *c)
{
	SH_CLEANUP_FREE char *entity = c->site ? sh_asprintf("host:%s", c->host) : NULL;

	return entity ? sh_node_get(sh_site_lookup(c->site, entity).entry, "routes") : NULL;
}

bool sh_route_applies(const struct sh_site *site)
{
	for (size_t i = 0; site && i < site->hosts; i++)
		if (sh_node_get(site->host[i].node, "routes"))
			return true;
	return false;
}

static bool read_address(const char *text, bool *six, uint8_t out[static BYTES])
{
	*six = strchr(text, ':') != NULL;
	memset(out, 0, BYTES);
	return inet_pton(*six ? AF_INET6 : AF_INET, text, out) == 1;
}

/* "default", an address, or NETWORK/LENGTH. */
static bool read_network(const char *text, struct route *r)
{
	SH_CLEANUP_FREE char *address = sh_strdup(text);
	char *slash = strchr(address, '/'), *end = NULL;
	bool six = r->six;

	if (!strcmp(text, "default"))
		return true;
	if (slash)
		*slash++ = '\0';
	if (!read_address(address, &r->six, r->to) || (!r->any_via && six != r->six))
		return false;
	r->length = slash ? (unsigned)strtoul(slash, &end, 10) : r->six ? 128 : 32;
	return !slash || (end != slash && !*end && r->length <= (r->six ? 128 : 32));
}

static bool read_route(const struct sh_node *node, struct route *r, struct sh_error *err)
{
	const char *to = NULL, *via = NULL, *dev = NULL;

	*r = (struct route){ .any_via = true };
	if (sh_node_string(node, "to", &to, err) < 0 || sh_node_string(node, "via", &via, err) < 0 ||
	    sh_node_string(node, "dev", &dev, err) < 0 || !to)
		return false;
	if (via && !read_address(via, &r->six, r->via))
		return false;
	r->any_via = !via;
	snprintf(r->dev, sizeof(r->dev), "%s", dev ? dev : "");
	return read_network(to, r);
}

static bool is_same(const struct route *want, const struct route *have)
{
	return want->six == have->six && want->length == have->length && !memcmp(want->to, have->to, BYTES) &&
	       (want->any_via || !memcmp(want->via, have->via, BYTES)) &&
	       (!*want->dev || !strcmp(want->dev, have->dev));
}

/* "eth0 00000000 0102A8C0 0003 0 0 0 00000000 ...": addresses as this machine has them in memory. */
static bool parse_four(struct sh_span line, struct route *out)
{
	SH_CLEANUP_FREE char *text = sh_strndup(line.p, line.len);
	uint32_t to, via, mask;
	unsigned flags;

	*out = (struct route){ .six = false };
	if (sscanf(text, "%31s %x %x %x %*d %*d %*d %x", out->dev, &to, &via, &flags, &mask) != 5 ||
	    !(flags & UP) || flags & REJECT)
		return false;
	memcpy(out->to, &to, sizeof(to));
	memcpy(out->via, &via, sizeof(via));
	out->length = (unsigned)__builtin_popcount(mask);
	return true;
}

static bool read_hex(const char *text, uint8_t out[static BYTES])
{
	for (size_t i = 0; i < BYTES; i++) {
		unsigned byte;

		if (sscanf(text + 2 * i, "%2x", &byte) != 1)
			return false;
		out[i] = (uint8_t)byte;
	}
	return true;
}

/* "TO(32 digits) 40 FROM 00 VIA METRIC REFS USE FLAGS dev", all hexadecimal */
static bool parse_six(struct sh_span line, struct route *out)
{
	SH_CLEANUP_FREE char *text = sh_strndup(line.p, line.len);
	char to[33], via[33];
	unsigned flags;

	*out = (struct route){ .six = true };
	return sscanf(text, "%32s %x %*s %*s %32s %*s %*s %*s %x %31s", to, &out->length, via, &flags, out->dev) == 5 &&
	       strlen(to) == 32 && strlen(via) == 32 && flags & UP && !(flags & REJECT) &&
	       read_hex(to, out->to) && read_hex(via, out->via);
}

static bool has(struct sh_collect *c, const struct route *want)
{
	SH_CLEANUP_BUF struct sh_buf text = SH_BUF_INIT;
	struct sh_error ignored = SH_ERROR_INIT;
	struct sh_span rest, line;
	struct route have;

	if (sh_collect_read_to(c, want->six ? "proc/net/ipv6_route" : "proc/net/route", &text, &ignored) < 0)
		return false;
	rest = sh_text_of(&text);
	while (sh_text_line(&rest, &line))
		if ((want->six ? parse_six(line, &have) : parse_four(line, &have)) && is_same(want, &have))
			return true;
	return false;
}

int sh_collect_route(struct sh_collect *c, struct sh_error *err)
{
	const struct sh_node *list = c->discard ? NULL : wanted(c);
	size_t missing = 0;

	for (size_t i = 0; list && i < list->n; i++) {
		struct route want;

		if (!read_route(list->item[i], &want, err))
			return sh_error_is_set(err) ? -1 : sh_node_fail(list->item[i], err, "it is no route");
		missing += !has(c, &want);
	}
	if (list)
		sh_collect_number(c, "host", c->host, NULL, NULL, "route", "missing", (double)missing);
	return 0;
}
