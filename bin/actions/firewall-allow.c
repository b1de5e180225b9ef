/* SPDX-License-Identifier: MIT */
/*
 * firewall-allow - take rules away that block the ports of a service
 *
 * Only rules that do nothing else: one port of TCP or UDP, from anybody, to
 * drop or reject. A rule that is about certain senders may be a ban, and stays.
 * Rules of iptables are looked at first, then those of nftables. Undo puts each
 * back where it was.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "action/action.h"
#include "action/command.h"
#include "action/note.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/mem.h"

#define TIMEOUT (10 * SH_SEC)
#define MOST_PORTS 64

static const struct sh_param params[] = {
	{ "ports", SH_PARAM_LIST, true },
	{ "firewall", SH_PARAM_BOOLEAN, true },
	{ NULL, SH_PARAM_STRING, false },
};

static int check_params(const json_t *p, struct sh_error *err)
{
	const json_t *ports = sh_param_json(p, "ports");
	json_t *port;
	size_t i;

	if (json_array_size(ports) == 0 || json_array_size(ports) > MOST_PORTS)
		return sh_error_set(err, SH_ERRC_INPUT, "'ports' names no port, or too many");
	json_array_foreach((json_t *)(uintptr_t)ports, i, port)
		if (!json_is_integer(port) || json_integer_value(port) < 1 || json_integer_value(port) > 65535)
			return sh_error_set(err, SH_ERRC_INPUT, "'ports' are numbers from 1 to 65535");
	return 0;
}

static bool is_ours(const json_t *ports, json_int_t port)
{
	json_t *p;
	size_t i;

	json_array_foreach((json_t *)(uintptr_t)ports, i, p)
		if (json_integer_value(p) == port)
			return true;
	return false;
}

/* "-A INPUT -p tcp -m tcp --dport 80 -j DROP": the port, or -1 for any other rule. */
static int iptables_port(const char *line)
{
	char protocol[8], module[8], verdict[8];
	int port, used = 0;

	if (sscanf(line, "-A INPUT -p %7s -m %7s --dport %d -j %7s%n", protocol, module, &port, verdict,
		   &used) != 4 ||
	    strcmp(protocol, module) || (strcmp(protocol, "tcp") && strcmp(protocol, "udp")))
		return -1;
	if (!strcmp(verdict, "REJECT") && !strncmp(line + used, " --reject-with ", 15))
		return port;
	return (!strcmp(verdict, "DROP") || !strcmp(verdict, "REJECT")) && !line[used] ? port : -1;
}

static json_t *words_of(const char *line)
{
	json_t *list = json_array();

	while (*line) {
		size_t n = strcspn(line, " ");

		if (n)
			json_array_append_new(list, json_stringn(line, n));
		line += n + (line[n] == ' ');
	}
	return list;
}

/* Rules of one of the two families, with their places, the last first. */
static int find_iptables(const char *name, const json_t *ports, json_t *out, struct sh_error *err)
{
	struct sh_error none = SH_ERROR_INIT;
	SH_CLEANUP_BUF struct sh_buf text = SH_BUF_INIT;
	char tool[SH_TOOL_PATH];
	const char *const argv[] = { tool, "-S", "INPUT", NULL };
	char *line, *end;
	int place = 0;

	if (sh_command_tool(name, tool, &none) < 0 ||
	    sh_command_run(argv, NULL, TIMEOUT, &text, NULL, &none) < 0)
		return 0; /* not there, or the kernel has none of it */
	for (line = text.data; line && (end = strchr(line, '\n')); line = end + 1) {
		*end = '\0';
		if (strncmp(line, "-A INPUT ", 9))
			continue;
		place++;
		if (is_ours(ports, iptables_port(line)) && json_array_size(out) < MOST_PORTS * 4)
			json_array_insert_new(out, 0, json_pack("{s:s, s:i, s:o}", "tool", name, "place", place,
								"rule", words_of(line + strlen("-A INPUT "))));
	}
	return sh_error_is_set(err) ? -1 : 0;
}

static bool is_verdict(const json_t *e)
{
	return json_object_size(e) == 1 && (json_object_get(e, "drop") || json_object_get(e, "reject"));
}

/* The port of {"match": {"op": "==", "left": {"payload": {"protocol": "tcp", "field": "dport"}}, "right": 80}}. */
static json_int_t matched_port(const json_t *e)
{
	const json_t *m = json_object_get(e, "match"), *left = json_object_get(m, "left");
	const json_t *payload = json_object_get(left, "payload"), *right = json_object_get(m, "right");
	const char *op = json_string_value(json_object_get(m, "op"));
	const char *protocol = json_string_value(json_object_get(payload, "protocol"));
	const char *field = json_string_value(json_object_get(payload, "field"));

	if (!op || strcmp(op, "==") || !field || strcmp(field, "dport") || !json_is_integer(right) ||
	    !protocol || (strcmp(protocol, "tcp") && strcmp(protocol, "udp")))
		return -1;
	return json_integer_value(right);
}

/* A match of the port, counters, and the verdict: nothing else. */
static json_int_t nft_port(const json_t *rule)
{
	const json_t *list = json_object_get(rule, "expr");
	json_int_t port = -1;
	bool blocks = false;
	json_t *e;
	size_t i;

	json_array_foreach((json_t *)(uintptr_t)list, i, e) {
		json_int_t p = matched_port(e);

		if (is_verdict(e))
			blocks = true;
		else if (p >= 0 && port < 0)
			port = p;
		else if (!json_object_get(e, "counter"))
			return -1;
	}
	return blocks ? port : -1;
}

/* Whether packets to this machine pass the chain. */
static bool is_input_chain(const json_t *all, const json_t *rule)
{
	json_t *item;
	size_t i;

	json_array_foreach((json_t *)(uintptr_t)all, i, item) {
		const json_t *c = json_object_get(item, "chain");
		const char *hook = json_string_value(json_object_get(c, "hook"));

		if (hook && !strcmp(hook, "input") &&
		    json_equal(json_object_get(c, "family"), json_object_get(rule, "family")) &&
		    json_equal(json_object_get(c, "table"), json_object_get(rule, "table")) &&
		    json_equal(json_object_get(c, "name"), json_object_get(rule, "chain")))
			return true;
	}
	return false;
}

/* How many rules stand before it in its chain. */
static int nft_place(const json_t *all, const json_t *rule)
{
	static const char *const key[] = { "family", "table", "chain" };
	int place = 0;
	json_t *item;
	size_t i;

	json_array_foreach((json_t *)(uintptr_t)all, i, item) {
		const json_t *r = json_object_get(item, "rule");
		bool same = r && r != rule;

		if (r == rule)
			break;
		for (size_t k = 0; k < 3; k++)
			same = same && json_equal(json_object_get(r, key[k]), json_object_get(rule, key[k]));
		place += same;
	}
	return place;
}

/* The last first, as of iptables. */
static int find_nft(const json_t *ports, json_t *out, struct sh_error *err)
{
	struct sh_error none = SH_ERROR_INIT;
	SH_CLEANUP_BUF struct sh_buf text = SH_BUF_INIT;
	json_auto_t *doc = NULL;
	json_t *all, *item;
	char tool[SH_TOOL_PATH];
	const char *const argv[] = { tool, "-j", "-a", "list", "ruleset", NULL };
	size_t i;

	if (sh_command_tool("nft", tool, &none) < 0)
		return 0;
	if (sh_command_run(argv, NULL, TIMEOUT, &text, NULL, err) < 0)
		return -1;
	doc = json_loadb(sh_buf_str(&text), text.len, 0, NULL);
	all = json_object_get(doc, "nftables");
	json_array_foreach(all, i, item) {
		json_t *rule = json_object_get(item, "rule");

		if (rule && is_ours(ports, nft_port(rule)) && is_input_chain(all, rule) &&
		    json_array_size(out) < MOST_PORTS * 4)
			json_array_insert_new(out, 0, json_pack("{s:s, s:i, s:O}", "tool", "nft", "place",
								nft_place(all, rule), "rule", rule));
	}
	return 0;
}

/* Of iptables, and where there is none of nftables: the same rule may show in both. */
static json_t *find(const json_t *p, struct sh_error *err)
{
	const json_t *ports = sh_param_json(p, "ports");
	json_t *found = json_array();

	if (find_iptables("iptables", ports, found, err) == 0 &&
	    find_iptables("ip6tables", ports, found, err) == 0 &&
	    (json_array_size(found) || find_nft(ports, found, err) == 0))
		return found;
	json_decref(found);
	return NULL;
}

/* argv: TOOL, WHAT INPUT [PLACE], the words of the rule. */
static int run_iptables(const json_t *item, bool insert, struct sh_error *err)
{
	const json_t *words = sh_param_json(item, "rule");
	size_t n = json_array_size(words), at = 0;
	const char **argv = sh_calloc(n + 5, sizeof(*argv));
	char tool[SH_TOOL_PATH], place[16];
	int rc;

	snprintf(place, sizeof(place), "%d", (int)sh_param_int(item, "place", 1));
	argv[at++] = tool;
	argv[at++] = insert ? "-I" : "-D";
	argv[at++] = "INPUT";
	if (insert)
		argv[at++] = place;
	for (size_t i = 0; i < n; i++)
		argv[at++] = json_string_value(json_array_get(words, i));
	rc = sh_command_tool(sh_param_str(item, "tool"), tool, err);
	if (rc == 0)
		rc = sh_command_run(argv, NULL, TIMEOUT, NULL, NULL, err);
	free(argv);
	return rc;
}

/* By the JSON of nft itself: nothing is made into words of its language. */
static int run_nft(const json_t *item, bool insert, struct sh_error *err)
{
	json_auto_t *rule = json_copy((json_t *)(uintptr_t)sh_param_json(item, "rule")), *doc = NULL;
	SH_CLEANUP_FREE char *text = NULL;
	char tool[SH_TOOL_PATH];
	const char *const argv[] = { tool, "-j", "-f", "-", NULL };
	int64_t place = sh_param_int(item, "place", 0);

	if (insert)
		json_object_del(rule, "handle");
	if (insert && place > 0) /* "add" is behind the rule of that index */
		json_object_set_new(rule, "index", json_integer(place - 1));
	doc = json_pack("{s:[{s:{s:O}}]}", "nftables", !insert ? "delete" : place > 0 ? "add" : "insert",
			"rule", rule);
	text = json_dumps(doc, JSON_COMPACT);
	if (!text || sh_command_tool("nft", tool, err) < 0)
		return -1;
	return sh_command_run(argv, text, TIMEOUT, NULL, NULL, err);
}

static int apply(const json_t *item, bool insert, struct sh_error *err)
{
	const char *tool = sh_param_str(item, "tool");

	if (tool && !strcmp(tool, "nft"))
		return run_nft(item, insert, err);
	if (tool && (!strcmp(tool, "iptables") || !strcmp(tool, "ip6tables")))
		return run_iptables(item, insert, err);
	return sh_error_set(err, SH_ERRC_INPUT, "what is to be undone names no tool");
}

static int allow(const struct sh_action_call *call, json_t *found, json_t *output, struct sh_error *err)
{
	struct sh_note note;
	json_t *item;
	size_t i;
	int rc;

	if (json_array_size(found) == 0)
		return sh_error_set(err, SH_ERRC_UNAVAILABLE,
				    "no rule blocks the ports, and nothing else");
	json_object_set(output, "removed", found);
	sh_note_init(&note, "firewall", call);
	rc = sh_note_write(&note, output, err);
	sh_note_release(&note);
	json_array_foreach(found, i, item)
		if (rc == 0)
			rc = apply(item, false, err);
	return rc;
}

static int run(const struct sh_action_call *call, json_t *output, struct sh_error *err)
{
	json_auto_t *found = NULL;

	if (check_params(call->parameters, err) < 0)
		return -1;
	if (!sh_param_bool(call->parameters, "firewall"))
		return sh_error_set(err, SH_ERRC_CONFIG, "the site does not allow to change the firewall");
	found = find(call->parameters, err);
	return found ? allow(call, found, output, err) : -1;
}

static int check(const struct sh_action_call *call, json_t *output, struct sh_error *err)
{
	json_auto_t *found = check_params(call->parameters, err) < 0 ? NULL : find(call->parameters, err);

	if (found)
		sh_action_state(output, json_array_size(found) ? "not_done" : "done");
	return found ? 0 : -1;
}

/* But for what their counters have counted. */
static bool has_same_terms(const json_t *x, const json_t *y)
{
	bool same = json_array_size(x) == json_array_size(y);

	for (size_t i = 0; same && i < json_array_size(x); i++) {
		const json_t *a = json_array_get(x, i), *b = json_array_get(y, i);

		same = json_object_get(a, "counter") ? json_object_get(b, "counter") != NULL : json_equal(a, b);
	}
	return same;
}

/* The same rule, wherever it stands: those of nftables have a new handle when they are put back. */
static bool is_same(const json_t *a, const json_t *b)
{
	static const char *const members[] = { "family", "table", "chain", NULL };
	const json_t *x = json_object_get(a, "rule"), *y = json_object_get(b, "rule");
	bool same = json_equal(json_object_get(a, "tool"), json_object_get(b, "tool"));

	if (!json_is_object(x) || !json_is_object(y))
		return same && json_equal(x, y);
	for (size_t i = 0; members[i]; i++)
		same = same && json_equal(json_object_get(x, members[i]), json_object_get(y, members[i]));
	return same && has_same_terms(json_object_get(x, "expr"), json_object_get(y, "expr"));
}

/* Take one that is ITEM's like from LIST. */
static bool take_same(json_t *list, const json_t *item)
{
	json_t *other;
	size_t i;

	json_array_foreach(list, i, other)
		if (is_same(other, item))
			return json_array_remove(list, i) == 0;
	return false;
}

/*
 * Those of KNOWN that are not THERE any more: a run that failed or was killed took some
 * away, not all. What is there besides was made by somebody else since.
 */
static json_t *missing(const json_t *known, json_t *there, struct sh_error *err)
{
	json_t *list = json_array(), *item;
	size_t i;

	json_array_foreach((json_t *)(uintptr_t)known, i, item)
		if (!take_same(there, item))
			json_array_append(list, item);
	if (json_array_size(there) == 0)
		return list;
	json_decref(list);
	sh_error_set_(err, SH_ERRC_CONFIG, 0, "the ports are blocked again already");
	return NULL;
}

/* In the other order, so that each finds its place. */
static int put_back(const struct sh_action_call *call, const json_t *known, struct sh_error *err)
{
	json_auto_t *there = NULL, *gone = NULL;
	int rc = check_params(call->parameters, err);

	if (rc == 0)
		there = find(call->parameters, err);
	if (there)
		gone = missing(sh_param_json(known, "removed"), there, err);
	if (!gone)
		return -1;
	for (size_t i = json_array_size(gone); rc == 0 && i-- > 0;)
		rc = apply(json_array_get(gone, i), true, err);
	return rc;
}

static int undo(const struct sh_action_call *call, json_t *output, struct sh_error *err)
{
	return sh_note_undo("firewall", "removed", put_back, call, output, err);
}

int main(int argc, char **argv)
{
	static const struct sh_action action = { "firewall-allow", params, run, check, undo };

	return sh_action_main(&action, argc, argv);
}
