/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "expr/ast.h"

struct part {
	char *text;         /* owned; before the expression */
	size_t len;
	struct sh_expr *e;  /* owned; NULL at the end */
};

struct sh_template {
	struct part *part;
	size_t n, cap;
};

static struct part *add_part(struct sh_template *t)
{
	sh_grow(t->part, t->n, t->cap);
	t->part[t->n] = (struct part){ NULL, 0, NULL };
	return &t->part[t->n++];
}

/* Copy text up to a single '{' or the end. */
static void take_text(struct sh_span s, size_t *at, struct part *p)
{
	struct sh_buf text = SH_BUF_INIT;

	for (; *at < s.len; ++*at) {
		if (s.p[*at] == '{') {
			if (*at + 1 == s.len || s.p[*at + 1] != '{')
				break;
			++*at;
		}
		sh_buf_addch(&text, s.p[*at]);
	}
	p->len = text.len;
	p->text = sh_buf_take(&text);
}

struct sh_template *sh_template_parse(const char *text, const struct sh_function *functions,
				      struct sh_error *err)
{
	struct sh_template *t = sh_calloc(1, sizeof(*t));
	struct sh_span s = sh_span_of(text);
	size_t at = 0;

	if (s.len > SH_EXPR_MAX_TEXT) {
		(void)sh_error_set(err, SH_ERRC_CONFIG, "1:1: the text is longer than %d bytes",
				   SH_EXPR_MAX_TEXT);
		sh_template_free(t);
		return NULL;
	}
	do {
		struct part *p = add_part(t);

		take_text(s, &at, p);
		if (at == s.len)
			return t;
		at++;
		p->e = sh_expr_parse_part(s, &at, true, functions, err);
		if (!p->e) {
			sh_template_free(t);
			return NULL;
		}
		at++;
	} while (at < s.len);
	return t;
}

static void fill(const struct sh_template *t, struct sh_eval *eval,
		 void (*write)(const struct sh_value *v, struct sh_buf *out), struct sh_buf *out)
{
	for (size_t i = 0; i < t->n; i++) {
		sh_buf_add(out, t->part[i].text, t->part[i].len);
		if (t->part[i].e) {
			struct sh_value v = sh_expr_eval(t->part[i].e, eval);

			write(&v, out);
		}
	}
}

void sh_template_fill(const struct sh_template *t, struct sh_eval *eval, struct sh_buf *out)
{
	fill(t, eval, sh_value_text, out);
}

/* Four digits tell people what they want to know; whole numbers keep all of theirs. */
static void write_rounded(const struct sh_value *v, struct sh_buf *out)
{
	if (v->type == SH_VALUE_DOUBLE && isfinite(v->u.d) && v->u.d != floor(v->u.d))
		sh_buf_addf(out, fabs(v->u.d) < 1000 ? "%.4g" : "%.0f", v->u.d);
	else
		sh_value_text(v, out);
}

void sh_template_tell(const struct sh_template *t, struct sh_eval *eval, struct sh_buf *out)
{
	fill(t, eval, write_rounded, out);
}

const struct sh_expr *sh_template_expr(const struct sh_template *t, size_t i)
{
	for (size_t k = 0; k < t->n; k++)
		if (t->part[k].e && i-- == 0)
			return t->part[k].e;
	return NULL;
}

void sh_template_free(struct sh_template *t)
{
	if (!t)
		return;
	for (size_t i = 0; i < t->n; i++) {
		free(t->part[i].text);
		sh_expr_free(t->part[i].e);
	}
	free(t->part);
	free(t);
}
