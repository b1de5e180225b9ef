/* SPDX-License-Identifier: MIT */
/* Addresses and networks as Kubernetes has them in CEL: IPv4, and IPv6 without zones. */
#include "config.h"

#include <string.h>

#include "expr/builtin.h"
#include "expr/net.h"

static struct sh_value value_of(const struct sh_call *call, const struct sh_net *net, bool is_cidr)
{
	struct sh_value v = { .type = is_cidr ? SH_VALUE_CIDR : SH_VALUE_IP };
	char *bytes = sh_builtin_alloc(call, sizeof(*net));

	if (!bytes)
		return sh_builtin_too_large(call);
	memcpy(bytes, net, sizeof(*net));
	v.u.s = (struct sh_span){ bytes, sizeof(*net) };
	return v;
}

/* Argument I as an address, given as such or as text. */
static bool address(const struct sh_call *call, size_t i, struct sh_net *net)
{
	if (call->arg[i].type == SH_VALUE_STRING)
		return sh_net_parse(call->arg[i].u.s, false, net);
	if (call->arg[i].type != SH_VALUE_IP)
		return false;
	*net = sh_net_of(&call->arg[i]);
	return true;
}

static bool network(const struct sh_call *call, size_t i, struct sh_net *net)
{
	if (call->arg[i].type == SH_VALUE_STRING)
		return sh_net_parse(call->arg[i].u.s, true, net);
	if (call->arg[i].type != SH_VALUE_CIDR)
		return false;
	*net = sh_net_of(&call->arg[i]);
	return true;
}

static struct sh_value fn_ip(const struct sh_call *call)
{
	struct sh_net net;

	if (sh_builtin_has(call, 0, SH_VALUE_CIDR)) {
		net = sh_net_of(&call->arg[0]);
		net.prefix = (unsigned char)(net.len * 8);
		return value_of(call, &net, false);
	}
	if (sh_builtin_has(call, 0, SH_VALUE_IP))
		return call->arg[0];
	if (!sh_builtin_has(call, 0, SH_VALUE_STRING))
		return sh_builtin_no_types(call);
	return address(call, 0, &net) ? value_of(call, &net, false)
				      : sh_value_error(call, "ip(): the text is no address");
}

static struct sh_value fn_cidr(const struct sh_call *call)
{
	struct sh_net net;

	if (sh_builtin_has(call, 0, SH_VALUE_CIDR))
		return call->arg[0];
	if (!sh_builtin_has(call, 0, SH_VALUE_STRING))
		return sh_builtin_no_types(call);
	return network(call, 0, &net)
		       ? value_of(call, &net, true)
		       : sh_value_error(call, "cidr(): the text is no network, such as 10.0.0.0/8");
}

static struct sh_value fn_is_ip(const struct sh_call *call)
{
	struct sh_net net;

	if (!sh_builtin_has(call, 0, SH_VALUE_STRING))
		return sh_builtin_no_types(call);
	return sh_value_bool(address(call, 0, &net));
}

static struct sh_value fn_is_cidr(const struct sh_call *call)
{
	struct sh_net net;

	if (!sh_builtin_has(call, 0, SH_VALUE_STRING))
		return sh_builtin_no_types(call);
	return sh_value_bool(network(call, 0, &net));
}

static struct sh_value fn_is_canonical(const struct sh_call *call)
{
	char text[SH_NET_TEXT];
	struct sh_net net;

	if (!sh_builtin_has(call, 0, SH_VALUE_STRING))
		return sh_builtin_no_types(call);
	if (!address(call, 0, &net))
		return sh_value_error(call, "ip.isCanonical: the text is no address");
	return sh_value_bool(sh_span_is(call->arg[0].u.s, sh_net_text(&net, false, text)));
}

static struct sh_value fn_family(const struct sh_call *call)
{
	if (!sh_builtin_has(call, 0, SH_VALUE_IP))
		return sh_builtin_no_types(call);
	return sh_value_int(sh_net_of(&call->arg[0]).len == 4 ? 4 : 6);
}

/* Whether the receiver is in the network of its family; NULL: in none. */
static struct sh_value is_in(const struct sh_call *call, const char *v4, const char *v6)
{
	struct sh_net net, range;
	const char *text;

	if (!sh_builtin_has(call, 0, SH_VALUE_IP))
		return sh_builtin_no_types(call);
	net = sh_net_of(&call->arg[0]);
	text = net.len == 4 ? v4 : v6;
	return sh_value_bool(sh_net_parse(sh_span_of(text), true, &range) && sh_net_contains(&range, &net));
}

static struct sh_value fn_is_unspecified(const struct sh_call *call)
{
	return is_in(call, "0.0.0.0/32", "::/128");
}

static struct sh_value fn_is_loopback(const struct sh_call *call)
{
	return is_in(call, "127.0.0.0/8", "::1/128");
}

static struct sh_value fn_is_link_local_multicast(const struct sh_call *call)
{
	return is_in(call, "224.0.0.0/24", "ff02::/16");
}

static struct sh_value fn_is_link_local_unicast(const struct sh_call *call)
{
	return is_in(call, "169.254.0.0/16", "fe80::/10");
}

/* Neither special nor multicast; private addresses are global unicast. */
static struct sh_value fn_is_global_unicast(const struct sh_call *call)
{
	struct sh_value special[] = { fn_is_unspecified(call), fn_is_loopback(call),
				      is_in(call, "224.0.0.0/4", "ff00::/8"),
				      fn_is_link_local_unicast(call),
				      is_in(call, "255.255.255.255/32", "::/128") };

	for (size_t i = 0; i < sizeof(special) / sizeof(special[0]); i++)
		if (special[i].type != SH_VALUE_BOOL || special[i].u.b)
			return special[i].type == SH_VALUE_BOOL ? sh_value_bool(false) : special[i];
	return sh_value_bool(true);
}

static struct sh_value fn_contains_ip(const struct sh_call *call)
{
	struct sh_net range, net;

	if (!sh_builtin_has(call, 0, SH_VALUE_CIDR) ||
	    (!sh_builtin_has(call, 1, SH_VALUE_IP) && !sh_builtin_has(call, 1, SH_VALUE_STRING)))
		return sh_builtin_no_types(call);
	range = sh_net_of(&call->arg[0]);
	return address(call, 1, &net) ? sh_value_bool(sh_net_contains(&range, &net))
				      : sh_value_error(call, "containsIP: the text is no address");
}

static struct sh_value fn_contains_cidr(const struct sh_call *call)
{
	struct sh_net range, net;

	if (!sh_builtin_has(call, 0, SH_VALUE_CIDR) ||
	    (!sh_builtin_has(call, 1, SH_VALUE_CIDR) && !sh_builtin_has(call, 1, SH_VALUE_STRING)))
		return sh_builtin_no_types(call);
	range = sh_net_of(&call->arg[0]);
	return network(call, 1, &net) ? sh_value_bool(sh_net_contains(&range, &net))
				      : sh_value_error(call, "containsCIDR: the text is no network");
}

static struct sh_value fn_masked(const struct sh_call *call)
{
	struct sh_net net;

	if (!sh_builtin_has(call, 0, SH_VALUE_CIDR))
		return sh_builtin_no_types(call);
	net = sh_net_masked(sh_net_of(&call->arg[0]));
	return value_of(call, &net, true);
}

static struct sh_value fn_prefix_length(const struct sh_call *call)
{
	if (!sh_builtin_has(call, 0, SH_VALUE_CIDR))
		return sh_builtin_no_types(call);
	return sh_value_int(sh_net_of(&call->arg[0]).prefix);
}

const struct sh_builtin sh_builtin_net[] = {
	SH_BUILTIN("ip", 1, 1, fn_ip, SH_STYLE_BOTH),
	SH_BUILTIN("cidr", 1, 1, fn_cidr, SH_STYLE_FUNCTION),
	SH_BUILTIN("isIP", 1, 1, fn_is_ip, SH_STYLE_FUNCTION),
	SH_BUILTIN("isCIDR", 1, 1, fn_is_cidr, SH_STYLE_FUNCTION),
	SH_BUILTIN("ip.isCanonical", 1, 1, fn_is_canonical, SH_STYLE_FUNCTION),
	SH_BUILTIN("family", 1, 1, fn_family, SH_STYLE_METHOD),
	SH_BUILTIN("isUnspecified", 1, 1, fn_is_unspecified, SH_STYLE_METHOD),
	SH_BUILTIN("isLoopback", 1, 1, fn_is_loopback, SH_STYLE_METHOD),
	SH_BUILTIN("isLinkLocalMulticast", 1, 1, fn_is_link_local_multicast, SH_STYLE_METHOD),
	SH_BUILTIN("isLinkLocalUnicast", 1, 1, fn_is_link_local_unicast, SH_STYLE_METHOD),
	SH_BUILTIN("isGlobalUnicast", 1, 1, fn_is_global_unicast, SH_STYLE_METHOD),
	SH_BUILTIN("containsIP", 2, 2, fn_contains_ip, SH_STYLE_METHOD),
	SH_BUILTIN("containsCIDR", 2, 2, fn_contains_cidr, SH_STYLE_METHOD),
	SH_BUILTIN("masked", 1, 1, fn_masked, SH_STYLE_METHOD),
	SH_BUILTIN("prefixLength", 1, 1, fn_prefix_length, SH_STYLE_METHOD),
	SH_BUILTIN_END,
};
