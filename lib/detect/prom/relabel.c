/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "detect/prom/operand.h"
#include "expr/regex.h"

#define MAX_GROUPS 20

/* A reference to a group, "$1" or "${1}"; false where there is none (a named one stands for nothing). */
static bool take_group(struct sh_span *s, size_t *group)
{
	size_t i = 1, number = 0, digits;
	bool braces = s->len > 1 && s->p[1] == '{';

	i += braces;
	digits = i;
	while (i < s->len && s->p[i] >= '0' && s->p[i] <= '9' && number < 1000)
		number = number * 10 + (size_t)(s->p[i++] - '0');
	if (i == digits || (braces && (i == s->len || s->p[i] != '}')))
		return false;
	sh_span_cut(s, i + braces);
	*group = number;
	return true;
}

static const char *expand(struct sh_arena *arena, struct sh_span with, const struct sh_span *group)
{
	SH_CLEANUP_BUF struct sh_buf out = SH_BUF_INIT;
	char *text;
	size_t n;

	while (with.len) {
		if (with.len > 1 && with.p[0] == '$' && with.p[1] == '$') {
			sh_buf_addch(&out, '$');
			sh_span_cut(&with, 2);
		} else if (with.p[0] == '$' && take_group(&with, &n)) {
			if (n < MAX_GROUPS && group[n].p)
				sh_buf_add(&out, group[n].p, group[n].len);
		} else {
			sh_buf_addch(&out, with.p[0]);
			sh_span_cut(&with, 1);
		}
	}
	text = sh_arena_alloc(arena, out.len + 1);
	memcpy(text, sh_buf_str(&out), out.len + 1);
	return text;
}

/* label_replace(v, TO, WITH, FROM, pattern) */
static const struct sh_prom_labels *replace(struct sh_prom_eval *e, const struct sh_prom_ast *a,
					    const struct sh_prom_labels *l)
{
	struct sh_span group[MAX_GROUPS] = { SH_SPAN_NONE };
	char why[120];

	if (sh_regex_groups(a->regex, sh_span_of(sh_prom_labels_get(l, a->arg[3]->string)), group,
			    MAX_GROUPS, why, sizeof(why)) != 1)
		return l;
	return sh_prom_labels_with(e->arena, l, a->arg[1]->string,
				   expand(e->arena, sh_span_of(a->arg[2]->string), group));
}

/* label_join(v, TO, separator, FROM...) */
static const struct sh_prom_labels *join(struct sh_prom_eval *e, const struct sh_prom_ast *a,
					 const struct sh_prom_labels *l)
{
	SH_CLEANUP_BUF struct sh_buf out = SH_BUF_INIT;
	char *text;

	for (size_t i = 3; i < a->n; i++) {
		sh_buf_addstr(&out, i > 3 ? a->arg[2]->string : "");
		sh_buf_addstr(&out, sh_prom_labels_get(l, a->arg[i]->string));
	}
	text = sh_arena_alloc(e->arena, out.len + 1);
	memcpy(text, sh_buf_str(&out), out.len + 1);
	return sh_prom_labels_with(e->arena, l, a->arg[1]->string, text);
}

int sh_prom_relabel(struct sh_prom_eval *e, const struct sh_prom_ast *a,
		    const struct sh_prom_vector *v, struct sh_prom_vector *out)
{
	SH_CLEANUP_BUF struct sh_buf key = SH_BUF_INIT;
	struct sh_map seen = SH_MAP_INIT(NULL);
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < v->n; i++) {
		struct sh_prom_elem elem = v->elem[i];

		elem.labels = a->function->fn == SH_PROM_FN_LABEL_JOIN ? join(e, a, elem.labels) :
									 replace(e, a, elem.labels);
		sh_buf_clear(&key);
		sh_prom_labels_key(elem.labels, &key);
		if (sh_map_get(&seen, sh_buf_str(&key), key.len))
			rc = sh_error_set(e->err, SH_ERRC_CONFIG, "%s made two series the same",
					  a->function->name);
		sh_map_put(&seen, sh_buf_str(&key), key.len, out);
		if (rc == 0)
			rc = sh_prom_push(e, out, elem);
	}
	sh_map_release(&seen);
	return rc;
}
