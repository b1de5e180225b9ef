/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <string.h>

#include "expr/builtin.h"
#include "expr/collect.h"
#include "expr/regex.h"
#include "expr/run.h"
#include "expr/utf8.h"

/* A match does not tell its steps, so each counts as much; one that hit its limit as what it took. */
#define MATCH_WORK        500
#define FAILED_MATCH_WORK 200000
#define MAX_GROUPS        10 /* \0 to \9 */

/* The pattern of a call, which is its second argument, and the matches of its first. */
struct search {
	const struct sh_call *call;
	void *regex, *own; /* own: compiled for this call */
	struct sh_span text, group[MAX_GROUPS];
	size_t at;         /* where to look next, in bytes */
	const char *last;  /* the end of the last match, or NULL */
	struct sh_value bad;
};

static bool fail(struct search *s, const char *what, const char *why)
{
	s->bad = sh_value_error(s->call, "%s: %s", what, why);
	return false;
}

static bool open_search(struct search *s, const struct sh_call *call)
{
	char why[96];

	*s = (struct search){ .call = call, .regex = call->at->regex, .text = call->arg[0].u.s };
	if (!sh_builtin_are(call, "sssn")) {
		s->bad = sh_builtin_no_types(call);
		return false;
	}
	if (!s->text.p)
		s->text = sh_span_of("");
	if (!sh_run_charge(call->run, MATCH_WORK))
		return fail(s, call->function, "too much work");
	if (!s->regex)
		s->regex = s->own = sh_regex_compile(call->arg[1].u.s, why, sizeof(why));
	return s->regex || fail(s, "bad pattern", why);
}

static struct sh_value close_search(struct search *s, struct sh_value v)
{
	sh_regex_free(s->own);
	return v;
}

/* The next match: 1 or 0; -1 with the error in s->bad. */
static int find(struct search *s)
{
	char why[96];
	int r;

	if (!sh_run_charge(s->call->run, MATCH_WORK)) {
		fail(s, s->call->function, "too much work");
		return -1;
	}
	r = sh_regex_groups_from(s->regex, s->text, s->at, s->group, MAX_GROUPS, why, sizeof(why));
	if (r < 0) {
		sh_run_charge(s->call->run, FAILED_MATCH_WORK);
		fail(s, s->call->function, why);
	}
	return r;
}

/*
 * The next of all matches. One of no text does not count right behind another,
 * and after it the search goes on a character further.
 */
static int find_next(struct search *s)
{
	while (s->at <= s->text.len) {
		int r = find(s);
		struct sh_span m = s->group[0];
		size_t end;

		if (r <= 0)
			return r;
		if (!m.p || m.p < s->text.p + s->at)
			return 0; /* \K took it elsewhere */
		end = (size_t)(m.p - s->text.p) + m.len;
		s->at = end;
		if (!m.len)
			s->at += end < s->text.len ? sh_utf8_offset((struct sh_span){ m.p, s->text.len - end }, 1)
						   : 1;
		if (!m.len && m.p == s->last)
			continue;
		s->last = m.p + m.len;
		return 1;
	}
	return 0;
}

static struct sh_value fn_matches(const struct sh_call *call)
{
	struct search s;
	int r = open_search(&s, call) ? find(&s) : -1;

	return close_search(&s, r < 0 ? s.bad : sh_value_bool(r == 1));
}

/* What one match is: its group, or all of it where the pattern has none. */
static bool open_extract(struct search *s, const struct sh_call *call, size_t *group)
{
	if (!open_search(s, call))
		return false;
	*group = sh_regex_captures(s->regex);
	return *group <= 1 || fail(s, call->function, "the pattern has more than one group ((?:...) makes none)");
}

static struct sh_value fn_extract(const struct sh_call *call)
{
	struct search s;
	size_t group = 0;
	int r = open_extract(&s, call, &group) ? find(&s) : -1;

	if (r < 0)
		return close_search(&s, s.bad);
	/* CEL gives an optional; what is not there is unknown here. */
	return close_search(&s, r == 1 && s.group[group].p ? sh_value_string(s.group[group])
							   : sh_value_unknown());
}

/* Append V to a list that grows by doubling. */
static bool append(struct sh_run *run, struct sh_value_list **list, size_t *room, struct sh_value v)
{
	struct sh_value_list *more;

	if ((*list)->n == *room) {
		more = sh_run_list(run, *room * 2);
		if (!more)
			return false;
		memcpy(more->item, (*list)->item, *room * sizeof(v));
		more->n = *room;
		*list = more;
		*room *= 2;
	}
	(*list)->item[(*list)->n++] = v;
	return true;
}

static struct sh_value fn_extract_all(const struct sh_call *call)
{
	struct sh_value_list *list = sh_run_list(call->run, 8);
	size_t group = 0, room = 8;
	struct search s;
	int r;

	if (!list)
		return sh_builtin_too_large(call);
	if (!open_extract(&s, call, &group))
		return close_search(&s, s.bad);
	while ((r = find_next(&s)) > 0)
		if (s.group[group].p && !append(call->run, &list, &room, sh_value_string(s.group[group])))
			return close_search(&s, sh_builtin_too_large(call));
	return close_search(&s, r < 0 ? s.bad : sh_run_seal(call->run, call->at, list));
}

/* Append BY with \0 to \9 as what the groups took; false for another backslash, or no such group. */
static bool put_replacement(struct search *s, struct sh_span by, struct sh_buf *out)
{
	for (size_t i = 0; i < by.len; i++) {
		size_t group;

		if (by.p[i] != '\\') {
			sh_buf_addch(out, by.p[i]);
			continue;
		}
		if (++i == by.len)
			return false;
		if (by.p[i] == '\\') {
			sh_buf_addch(out, '\\');
			continue;
		}
		group = (size_t)(by.p[i] - '0');
		if (by.p[i] < '0' || by.p[i] > '9' || group > sh_regex_captures(s->regex))
			return false;
		sh_buf_add(out, s->group[group].p, s->group[group].len);
	}
	return true;
}

static bool replace_all(struct search *s, int64_t left, struct sh_buf *out)
{
	SH_CLEANUP_BUF struct sh_buf unused = SH_BUF_INIT;
	const char *p = s->text.p, *end = p + s->text.len;
	struct sh_span by = s->call->arg[2].u.s;
	int r = 0;

	if (!put_replacement(s, by, &unused)) /* also said where nothing matches */
		return fail(s, s->call->function, "bad replacement (\\0 to \\9 are groups, \\\\ a backslash)");
	for (; left != 0 && (r = find_next(s)) > 0; left--) {
		sh_buf_add(out, p, (size_t)(s->group[0].p - p));
		put_replacement(s, by, out);
		p = s->group[0].p + s->group[0].len;
		if (out->len > SH_RUN_MAX_STRING) {
			s->bad = sh_builtin_too_large(s->call);
			return false;
		}
	}
	sh_buf_add(out, p, (size_t)(end - p));
	return r >= 0;
}

static struct sh_value fn_replace(const struct sh_call *call)
{
	SH_CLEANUP_BUF struct sh_buf out = SH_BUF_INIT;
	int64_t left;
	struct search s;

	if (!open_search(&s, call))
		return close_search(&s, s.bad);
	left = call->n == 4 ? sh_builtin_whole(call, 3) : -1;
	if (!replace_all(&s, left, &out))
		return close_search(&s, s.bad);
	return close_search(&s, sh_builtin_string_copy(call, (struct sh_span){ out.data, out.len }));
}

const struct sh_builtin sh_builtin_regex[] = {
	SH_BUILTIN("matches", 2, 2, fn_matches, SH_STYLE_BOTH),
	SH_BUILTIN("regex.extract", 2, 2, fn_extract, SH_STYLE_FUNCTION),
	SH_BUILTIN("regex.extractAll", 2, 2, fn_extract_all, SH_STYLE_FUNCTION),
	SH_BUILTIN("regex.replace", 3, 4, fn_replace, SH_STYLE_FUNCTION),
	SH_BUILTIN_END,
};
