/* SPDX-License-Identifier: MIT */
/*
 * host-isolate - cut a host off from all but its operators, for a time
 *
 * A table of nftables of its own drops what is neither local nor of the declared
 * addresses, while elements with a timeout stand in a set: when the time is
 * over the kernel lets everything pass again, whatever became of this program.
 */
#include "config.h"

#include <arpa/inet.h>
#include <string.h>

#include "action/action.h"
#include "action/command.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/num.h"

#define TABLE "selfheal_isolate"
#define TIMEOUT (10 * SH_SEC)
#define DEFAULT_TIME (10 * SH_MIN)
#define MOST_TIME SH_DAY
#define MOST_KEPT 256

static const struct sh_param params[] = {
	{ "isolate", SH_PARAM_OBJECT, true },
	{ NULL, SH_PARAM_STRING, false },
};

static const struct sh_param isolate_params[] = {
	{ "keep", SH_PARAM_STRINGS, true }, /* addresses and networks that stay connected */
	{ "for", SH_PARAM_DURATION, false },
	{ NULL, SH_PARAM_STRING, false },
};

/* 4 or 6 for an address or a network, 0 for anything else. */
static int family_of(const char *text)
{
	char address[64], *slash;
	struct in6_addr a;
	int family;
	int64_t bits;

	if (strlen(text) >= sizeof(address))
		return 0;
	memcpy(address, text, strlen(text) + 1);
	slash = strchr(address, '/');
	if (slash)
		*slash++ = '\0';
	family = inet_pton(AF_INET, address, &a) == 1 ? 4 : inet_pton(AF_INET6, address, &a) == 1 ? 6 : 0;
	/* A network of everything would keep everybody. */
	if (slash && (sh_parse_i64(slash, &bits) < 0 || bits < 8 || bits > (family == 4 ? 32 : 128)))
		return 0;
	return family;
}

static int read_params(const struct sh_action_call *call, const json_t **out, struct sh_error *err)
{
	const json_t *keep;
	int64_t time;
	json_t *a;
	size_t i;

	*out = sh_param_json(call->parameters, "isolate");
	if (sh_params_check(*out, isolate_params, "isolate", err) < 0)
		return -1;
	keep = sh_param_json(*out, "keep");
	time = sh_param_duration(*out, "for", DEFAULT_TIME);
	if (json_array_size(keep) == 0 || json_array_size(keep) > MOST_KEPT)
		return sh_error_set(err, SH_ERRC_INPUT, "'keep' names nobody who stays connected, or too many");
	if (time < SH_SEC || time > MOST_TIME)
		return sh_error_set(err, SH_ERRC_INPUT, "'for' must be from 1s to 1d");
	json_array_foreach((json_t *)(uintptr_t)keep, i, a)
		if (!family_of(json_string_value(a)))
			return sh_error_set(err, SH_ERRC_INPUT, "'%.60s' is no address and no network of one",
					    json_string_value(a));
	return 0;
}

static int nft(const char *const *words, const char *input, struct sh_buf *out, struct sh_error *err)
{
	char tool[SH_TOOL_PATH];
	const char *argv[10] = { tool };
	size_t n = 1;

	while (*words && n < 9)
		argv[n++] = *words++;
	return sh_command_tool("nft", tool, err) < 0 ? -1 :
		       sh_command_run(argv, input, TIMEOUT, out, NULL, err);
}

/* 2 in force, 1 there but its time is over, 0 not there, -1. */
static int look(struct sh_error *err)
{
	static const char *const tables[] = { "-j", "list", "tables", NULL };
	static const char *const set[] = { "-j", "list", "set", "inet", TABLE, "armed", NULL };
	SH_CLEANUP_BUF struct sh_buf text = SH_BUF_INIT, armed = SH_BUF_INIT;

	if (nft(tables, NULL, &text, err) < 0)
		return -1;
	if (!strstr(sh_buf_str(&text), "\"" TABLE "\""))
		return 0;
	if (nft(set, NULL, &armed, err) < 0)
		return -1;
	return strstr(sh_buf_str(&armed), "\"elem\"") ? 2 : 1;
}

static void add_set(struct sh_buf *b, const json_t *keep, int family)
{
	const char *sep = "";
	json_t *a;
	size_t i;

	sh_buf_addf(b, " set keep%d { type ipv%d_addr; flags interval; auto-merge;", family, family);
	json_array_foreach((json_t *)(uintptr_t)keep, i, a) {
		if (family_of(json_string_value(a)) != family)
			continue;
		sh_buf_addf(b, "%s %s", *sep ? "," : " elements = {", json_string_value(a));
		sep = ",";
	}
	sh_buf_addstr(b, *sep ? " }\n }\n" : " }\n");
}

static void add_chain(struct sh_buf *b, const char *hook, const char *interface, const char *side)
{
	sh_buf_addf(b,
		    " chain %s {\n  type filter hook %s priority -300; policy accept;\n  %s lo accept\n"
		    "  ip %s @keep4 accept\n  ip6 %s @keep6 accept\n"
		    "  icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert, nd-router-advert } accept\n"
		    "  meta nfproto @armed counter drop\n }\n",
		    hook, hook, interface, side, side);
}

static void write_rules(struct sh_buf *b, const json_t *p)
{
	long long seconds = (long long)(sh_param_duration(p, "for", DEFAULT_TIME) / SH_SEC);

	sh_buf_addstr(b, "table inet " TABLE " {\n");
	sh_buf_addf(b,
		    " set armed { typeof meta nfproto; flags timeout; elements = { ipv4 timeout %llds, ipv6 timeout %llds } }\n",
		    seconds, seconds);
	add_set(b, sh_param_json(p, "keep"), 4);
	add_set(b, sh_param_json(p, "keep"), 6);
	add_chain(b, "input", "iif", "saddr");
	add_chain(b, "output", "oif", "daddr");
	sh_buf_addstr(b, " chain forward {\n  type filter hook forward priority -300; policy accept;\n"
			 "  meta nfproto @armed counter drop\n }\n}\n");
}

static int remove_table(struct sh_error *err)
{
	static const char *const words[] = { "delete", "table", "inet", TABLE, NULL };

	return nft(words, NULL, NULL, err);
}

static int run(const struct sh_action_call *call, json_t *output, struct sh_error *err)
{
	static const char *const words[] = { "-f", "-", NULL };
	SH_CLEANUP_BUF struct sh_buf rules = SH_BUF_INIT;
	char until[SH_TIME_TEXT];
	const json_t *p;
	int there;

	if (read_params(call, &p, err) < 0 || (there = look(err)) < 0)
		return -1;
	if (there == 2)
		return sh_error_set(err, SH_ERRC_UNAVAILABLE, "the host is isolated already");
	if (there == 1 && remove_table(err) < 0)
		return -1;
	write_rules(&rules, p);
	sh_time_format(until, sh_clock_wall() + sh_param_duration(p, "for", DEFAULT_TIME));
	json_object_set_new(output, "until", json_string(until));
	return nft(words, sh_buf_str(&rules), NULL, err); /* all of it or nothing */
}

static int check(const struct sh_action_call *call, json_t *output, struct sh_error *err)
{
	int there = look(err);

	(void)call;
	if (there < 0)
		return -1;
	sh_action_state(output, there == 2 ? "done" : "not_done");
	return 0;
}

static int undo(const struct sh_action_call *call, json_t *output, struct sh_error *err)
{
	int there = look(err);

	(void)call;
	if (there < 0 || (there && remove_table(err) < 0))
		return -1;
	json_object_set_new(output, "undone", json_boolean(there));
	return 0;
}

int main(int argc, char **argv)
{
	static const struct sh_action action = { "host-isolate", params, run, check, undo };

	return sh_action_main(&action, argc, argv);
}
