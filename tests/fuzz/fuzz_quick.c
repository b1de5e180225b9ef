/* SPDX-License-Identifier: MIT */
/*
 * fuzz_quick - any bytes as an expression, compiled and evaluated over records
 *
 * What is compiled answers as the evaluator does, or says that it does not know;
 * what is said to be idle without some paths is unknown without them.
 */
#include "config.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "../unit/quick_world.h"
#include "base/mem.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MUST(cond)                                                           \
	do {                                                                 \
		if (!(cond)) {                                               \
			fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #cond); \
			abort();                                             \
		}                                                            \
	} while (0)

/* The last two have nothing that world_owns. */
static const double records[][WORLD_SLOTS] = {
	{ 95, 0, -2, 90, 1, 1, 3600e9 },      { 1, 1, NAN, 2.5, NAN, 0, NAN },
	{ NAN, 90, 0, NAN, 0, NAN, 7200e9 },  { 1e308, -1e308, 1e308, 0.1, -3, 1, 0 },
	{ NAN, NAN, 1, 0, NAN, 1, NAN },      { NAN, NAN, NAN, 90, NAN, NAN, NAN },
};

#define RECORDS (sizeof(records) / sizeof(records[0]))
#define WITHOUT 4

static void check(struct world *w, const struct sh_expr *e, const struct sh_quick *q, bool idle)
{
	struct sh_arena arena = SH_ARENA_INIT;
	bool punted;

	MUST(!q || world_agrees(w, e, q, &punted));
	MUST(!idle || world_eval(w, e, &arena).type == SH_VALUE_UNKNOWN);
	sh_arena_release(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	SH_CLEANUP_FREE char *text = sh_strndup((const char *)data, size);
	struct sh_error err = SH_ERROR_INIT;
	struct sh_expr *e = sh_expr_parse(text, world_functions, &err);
	struct sh_quick *q;
	bool idle;

	if (!e)
		return 0;
	q = sh_quick_compile(e, &world_binder);
	idle = sh_expr_idle_without(e, world_owns, NULL);
	for (size_t i = 0; i < RECORDS; i++) {
		struct world w;

		world_make(&w, records[i]);
		check(&w, e, q, idle && i >= WITHOUT);
		json_decref(w.record);
	}
	sh_quick_free(q);
	sh_expr_free(e);
	return 0;
}
