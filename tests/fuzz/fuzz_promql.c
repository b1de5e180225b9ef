/* SPDX-License-Identifier: MIT */
/*
 * fuzz_promql - any bytes as an expression, evaluated over a few series
 *
 * Places lie within the text; the same text read twice gives the same; what is
 * refused says why; an evaluation ends, and twice gives the same.
 */
#include "config.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "detect/prom/eval.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MAX_TEXT 2048

#define MUST(cond)                                                                 \
	do {                                                                       \
		if (!(cond)) {                                                     \
			fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #cond); \
			abort();                                                   \
		}                                                                  \
	} while (0)

struct watched {
	struct sh_prom_store store;
	struct sh_prom_watch **watch;
};

static void watch(void *arg, const struct sh_prom_ast *selector, int64_t reach)
{
	struct watched *w = arg;

	MUST(reach > 0);
	w->watch[selector->id] = sh_prom_store_watch(&w->store, selector, reach);
}

static void check_places(const struct sh_prom_ast *a, size_t len)
{
	MUST(a->start <= a->end && a->end <= len);
	MUST(a->depth <= SH_PROMQL_MAX_DEPTH);
	for (size_t i = 0; i < a->n; i++) {
		MUST(a->arg[i]->start >= a->start && a->arg[i]->end <= a->end);
		check_places(a->arg[i], len);
	}
}

static void fill(struct sh_prom_store *s)
{
	struct sh_arena arena = SH_ARENA_INIT;
	struct sh_prom_labels *l = sh_prom_labels_new(&arena, 2);

	l->label[l->n++] = (struct sh_prom_label){ "le", "0.5" };
	l->label[l->n++] = (struct sh_prom_label){ "x", "1" };
	for (int i = 0; i < 10; i++) {
		sh_prom_store_note(s, "a", l, "host:h", i * SH_MIN, i * i % 7);
		sh_prom_store_note(s, "a", &sh_prom_no_labels, "host:h", i * SH_MIN, i);
		sh_prom_store_note(s, "b", l, "host:g", i * SH_MIN, -i);
	}
	sh_arena_release(&arena);
}

static void evaluate(const struct sh_promql *p, struct watched *w, struct sh_buf *out)
{
	struct sh_error err = SH_ERROR_INIT;
	struct sh_arena arena = SH_ARENA_INIT;
	struct sh_prom_eval e = { w->watch, 9 * SH_MIN, SH_MIN, &arena, 0, &err };
	struct sh_prom_vector v;

	if (sh_prom_eval(&e, p->root, &v) < 0) {
		MUST(sh_error_is_set(&err));
		sh_buf_addstr(out, err.text);
		v.n = 0;
	}
	for (size_t i = 0; i < v.n; i++) {
		sh_prom_labels_key(v.elem[i].labels, out);
		sh_buf_addf(out, " %g\n", v.elem[i].value);
	}
	sh_arena_release(&arena);
}

static void read_and_run(const char *text, struct sh_buf *out)
{
	struct sh_error err = SH_ERROR_INIT;
	struct sh_promql *p = sh_promql_parse(text, &err);
	struct watched w;

	MUST((p == NULL) == sh_error_is_set(&err));
	sh_buf_addstr(out, err.text);
	if (!p)
		return;
	check_places(p->root, strlen(text));
	sh_prom_store_init(&w.store);
	w.watch = sh_calloc(p->selectors + 1, sizeof(struct sh_prom_watch *));
	if (sh_prom_reach(p->root, SH_MIN, watch, &w, &err) == 0) {
		fill(&w.store);
		evaluate(p, &w, out);
	}
	free(w.watch);
	sh_prom_store_release(&w.store);
	sh_promql_free(p);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	SH_CLEANUP_FREE char *text = sh_strndup((const char *)data, size < MAX_TEXT ? size : MAX_TEXT);
	struct sh_buf once = SH_BUF_INIT, again = SH_BUF_INIT;

	read_and_run(text, &once);
	read_and_run(text, &again);
	MUST(once.len == again.len && (!once.len || !memcmp(once.data, again.data, once.len)));
	sh_buf_release(&once);
	sh_buf_release(&again);
	return 0;
}
