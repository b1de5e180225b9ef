/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "expr/net.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

/* "/8" at the end of TEXT, cut off; -1 when it is not there or too long. */
static int take_prefix(char *text)
{
	char *slash = strchr(text, '/');
	int n = 0;

	if (!slash || !slash[1] || strlen(slash) > 4 || (slash[1] == '0' && slash[2]))
		return -1;
	for (const char *p = slash + 1; *p; p++) {
		if (*p < '0' || *p > '9')
			return -1;
		n = n * 10 + (*p - '0');
	}
	*slash = '\0';
	return n;
}

static bool is_v4_within_v6(const struct sh_net *n)
{
	static const unsigned char mapped[12] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff };

	return n->len == 16 && !memcmp(n->byte, mapped, sizeof(mapped));
}

bool sh_net_parse(struct sh_span s, bool is_cidr, struct sh_net *out)
{
	struct sh_net n = { .len = 4 };
	char text[SH_NET_TEXT];
	int prefix;

	if (!s.len || s.len >= sizeof(text) || memchr(s.p, '\0', s.len))
		return false;
	memcpy(text, s.p, s.len);
	text[s.len] = '\0';
	prefix = is_cidr ? take_prefix(text) : 0;
	if (strchr(text, ':'))
		n.len = 16;
	if (inet_pton(n.len == 4 ? AF_INET : AF_INET6, text, n.byte) != 1 || is_v4_within_v6(&n) ||
	    prefix < 0 || prefix > n.len * 8)
		return false;
	n.prefix = (unsigned char)(is_cidr ? prefix : n.len * 8);
	*out = n;
	return true;
}

const char *sh_net_text(const struct sh_net *n, bool is_cidr, char out[SH_NET_TEXT])
{
	size_t at;

	out[0] = '\0';
	inet_ntop(n->len == 4 ? AF_INET : AF_INET6, n->byte, out, SH_NET_TEXT);
	at = strlen(out);
	if (is_cidr)
		snprintf(out + at, SH_NET_TEXT - at, "/%d", n->prefix);
	return out;
}

struct sh_net sh_net_of(const struct sh_value *v)
{
	struct sh_net n;

	memcpy(&n, v->u.s.p, sizeof(n));
	return n;
}

struct sh_net sh_net_masked(struct sh_net n)
{
	for (int i = 0; i < n.len; i++) {
		int bits = n.prefix - 8 * i;

		if (bits < 8)
			n.byte[i] &= bits <= 0 ? 0 : (unsigned char)(0xff << (8 - bits));
	}
	return n;
}

bool sh_net_contains(const struct sh_net *range, const struct sh_net *n)
{
	struct sh_net a = sh_net_masked(*range), b = *n;

	if (a.len != b.len || b.prefix < a.prefix)
		return false;
	b.prefix = a.prefix;
	b = sh_net_masked(b);
	return !memcmp(a.byte, b.byte, sizeof(a.byte));
}
