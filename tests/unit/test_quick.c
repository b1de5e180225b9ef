/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "expr/quick.h"

#include <stdint.h>

#include "base/buf.h"
#include "quick_world.h"
#include "tap.h"

static struct sh_expr *parse(const char *text)
{
	struct sh_error err = SH_ERROR_INIT;
	struct sh_expr *e = sh_expr_parse(text, world_functions, &err);

	if (!e)
		diag("%s: %s", text, err.text);
	return e;
}

/* a.x 95, a.y 0, b.x absent, b.y -2, last 7, up true, left 4 h. */
static const double plain[WORLD_SLOTS] = { 95, 0, NAN, -2, 7, 1, 4 * 3600e9 };

static const struct {
	const char *text;
	enum sh_quick_answer answer;
} truths[] = {
	{ "a.x > 90", SH_QUICK_TRUE },
	{ "a.x > 95", SH_QUICK_FALSE },
	{ "a.x >= 95", SH_QUICK_TRUE },
	{ "90 < a.x", SH_QUICK_TRUE },
	{ "95 <= a.x", SH_QUICK_TRUE },
	{ "95 < a.x", SH_QUICK_FALSE },
	{ "b.x > 90", SH_QUICK_UNKNOWN },
	{ "b.x != 1", SH_QUICK_UNKNOWN },
	{ "!(b.x == 1)", SH_QUICK_UNKNOWN },
	{ "a.x > 90 && !(has(b.x) && b.x == 1)", SH_QUICK_TRUE },
	{ "a.x > 90 && !(has(b.y) && b.y == -2)", SH_QUICK_FALSE },
	{ "b.x > 1 || a.x > 90", SH_QUICK_TRUE },
	{ "b.x > 1 || a.x > 99", SH_QUICK_UNKNOWN },
	{ "b.x > 1 && a.x > 99", SH_QUICK_FALSE },
	{ "b.x > 1 && a.x > 90", SH_QUICK_UNKNOWN },
	{ "a.x > 1 && b.x > 1 && a.y > 1", SH_QUICK_FALSE },
	{ "a.x > 1 && (b.x > 1 || a.y == 0.0) && true", SH_QUICK_TRUE },
	{ "a.y > 0 && a.x / a.y < 0.8", SH_QUICK_FALSE },
	{ "a.x / a.y < 0.8", SH_QUICK_PUNT },
	{ "b.x / a.y < 0.8", SH_QUICK_UNKNOWN },
	{ "a.y / a.x < 0.8", SH_QUICK_TRUE },
	{ "a.x * 1e308 * 10.0 > 1", SH_QUICK_TRUE },
	{ "a.x * 1e308 * 10.0 - a.x * 1e308 * 10.0 == 0", SH_QUICK_PUNT },
	{ "(a.x + b.y) * (a.x - b.y) > 93.0 * 97 - 1", SH_QUICK_TRUE },
	{ "-a.x < -90", SH_QUICK_TRUE },
	{ "a.x > 1 + 93 / 2 * 2", SH_QUICK_TRUE },
	{ "a.x == 95u", SH_QUICK_TRUE },
	{ "a.x in [1, 95, 'x', 9223372036854775807]", SH_QUICK_TRUE },
	{ "b.x in []", SH_QUICK_UNKNOWN },
	{ "a.x in []", SH_QUICK_FALSE },
	{ "a.x > params.k", SH_QUICK_TRUE },
	{ "has(params.k) && has(a.x)", SH_QUICK_TRUE },
	{ "has(b.x)", SH_QUICK_FALSE },
	{ "last(a.x, 5m) == 7", SH_QUICK_TRUE },
	{ "up(a.x)", SH_QUICK_TRUE },
	{ "!up(a.x) == (a.x > 99)", SH_QUICK_TRUE },
	{ "left(a.x, 100) < 5h", SH_QUICK_TRUE },
	{ "left(a.x, 100) == 4h", SH_QUICK_TRUE },
	{ "(a.x > 90 ? a.y : b.x) == 0", SH_QUICK_TRUE },
	{ "(b.x > 90 ? 1 : 2) == 1", SH_QUICK_UNKNOWN },
	{ "a.x > 90 ? b.y < 0 : b.x > 0", SH_QUICK_TRUE },
	{ "math.abs(b.y) == 2", SH_QUICK_TRUE },
	{ "math.greatest(a.y, b.y, 3) == 3", SH_QUICK_TRUE },
	{ "math.least(a.x, a.x / 2, b.y) == -2", SH_QUICK_TRUE },
	{ "math.least(a.x, b.x) > 1", SH_QUICK_UNKNOWN },
	{ "a.x > 99 && name == 'x'", SH_QUICK_FALSE },
	{ "a.x > 90 && name == 'x'", SH_QUICK_PUNT },
	{ "b.x > 90 && name == 'x'", SH_QUICK_PUNT },
	{ "a.x > 90 || name == 'x'", SH_QUICK_TRUE },
	{ "a.x > 99 || name == 'x'", SH_QUICK_PUNT },
	{ "a.x > 90 && name == 'x' && a.y > 1", SH_QUICK_PUNT },
	{ "!(a.x > 99 && name == 'x')", SH_QUICK_TRUE },
	{ "a.x > 99 ? name == 'x' : false", SH_QUICK_FALSE },
	{ "a.x > 90 ? name == 'x' : false", SH_QUICK_PUNT },
	{ "b.x > 90 ? name == 'x' : false", SH_QUICK_UNKNOWN },
	{ "a.x > 90 ? true : name == 'x'", SH_QUICK_TRUE },
	{ "true", SH_QUICK_TRUE },
	{ "1 > 2 || a.x > 90", SH_QUICK_TRUE },
};

static const char *const outside[] = {
	"a.x", "(a.x + b.y) / 3.0", "name == 'x'", "a.x.y > 1", "a.`x.y` > 1", "b.z > 1", "a > 1", "1 / 0 > a.x", "a.x % 2 == 1",
	"(a.x > 1 ? 1 : 2) / 4 > 0", "-(a.x > 1 ? 1 : 2) < 0", "math.abs(a.x > 1 ? 1 : 2) < 0",
	"9007199254740993 < a.x", "a.x > 9223372036854775807", "a.x > 1 && a.y", "!a.x", "a.x == true",
	"a.x < 5m", "left(a.x) + 1h > 2h", "left(a.x)", "last(a.x, a.y) > 1", "[a.x].exists(v, v > 1)",
	"a.x in [a.y]", "int.x > 1", "now() > now()", "a['x'] > 1", "(a.x > 1) < (a.y > 1)",
	"9007199254740992 * 3 + 1 < a.x", "string(a.x) == '1'", "name == 'x' && a.x > 1",
	"name == 'x' ? true : a.x > 1", "a.x > 1 ? name : 2", "a.x > 1 ? name : name", "!(name == 'x')",
};

static void test_truths(void)
{
	struct world w;

	world_make(&w, plain);
	for (size_t i = 0; i < sizeof(truths) / sizeof(truths[0]); i++) {
		struct sh_expr *e = parse(truths[i].text);
		struct sh_quick *q = sh_quick_compile(e, &world_binder);
		bool punted;

		OK(q && sh_quick_truth(q, w.value) == truths[i].answer && world_agrees(&w, e, q, &punted),
		   "%s", truths[i].text);
		sh_quick_free(q);
		sh_expr_free(e);
	}
	json_decref(w.record);
}

static void test_outside(void)
{
	for (size_t i = 0; i < sizeof(outside) / sizeof(outside[0]); i++) {
		struct sh_expr *e = parse(outside[i]);
		struct sh_quick *q = e ? sh_quick_compile(e, &world_binder) : NULL;

		OK(e && !q, "not compiled: %s", outside[i]);
		sh_quick_free(q);
		sh_expr_free(e);
	}
}

static uint32_t seed = 1;

static unsigned below(unsigned n)
{
	seed = seed * 1664525 + 1013904223;
	return (seed >> 8) % n;
}

static void add_number(struct sh_buf *out, int depth);

static void add_leaf(struct sh_buf *out)
{
	static const char *const leaves[] = { "a.x", "a.y", "b.x", "b.y", "a.x", "a.y", "b.x", "b.y",
					      "last(a.x)", "last(b.y, 1m)", "params.k", "0", "1", "2.5",
					      "-3", "90", "7u", "1e308", "9007199254740993" };

	sh_buf_addstr(out, leaves[below(sizeof(leaves) / sizeof(leaves[0]))]);
}

static void add_truth(struct sh_buf *out, int depth)
{
	static const char *const relations[] = { " < ", " <= ", " > ", " >= ", " == ", " != " };
	static const char *const leaves[] = { "has(a.x)", "has(b.y)", "up(b.x)", "true", "false" };
	unsigned kind = below(depth > 4 ? 6 : 11), n = 2 + below(3);

	switch (kind) {
	default:
		add_number(out, depth + 1);
		sh_buf_addstr(out, relations[below(6)]);
		add_number(out, depth + 1);
		break;
	case 0:
		sh_buf_addstr(out, leaves[below(5)]);
		break;
	case 1:
		add_number(out, depth + 1);
		sh_buf_addstr(out, below(2) ? " in [1, 2.5, -3]" : " in [90, 'x']");
		break;
	case 2:
		sh_buf_addstr(out, below(2) ? "left(a.y) < 2h" : "1h != left(a.y, 5)");
		break;
	case 6:
	case 7:
		for (unsigned i = 0; i < n; i++) {
			sh_buf_addstr(out, !i ? "(" : kind == 6 ? " && " : " || ");
			add_truth(out, depth + 1);
		}
		sh_buf_addch(out, ')');
		break;
	case 8:
		sh_buf_addstr(out, "!(");
		add_truth(out, depth + 1);
		sh_buf_addch(out, ')');
		break;
	case 9:
		sh_buf_addstr(out, "((");
		add_truth(out, depth + 1);
		sh_buf_addstr(out, below(2) ? ") == (" : ") != (");
		add_truth(out, depth + 1);
		sh_buf_addstr(out, "))");
		break;
	case 10:
		sh_buf_addch(out, '(');
		add_truth(out, depth + 1);
		sh_buf_addstr(out, " ? ");
		add_truth(out, depth + 1);
		sh_buf_addstr(out, " : ");
		add_truth(out, depth + 1);
		sh_buf_addch(out, ')');
		break;
	}
}

static void add_number(struct sh_buf *out, int depth)
{
	static const char *const heads[] = { "-(", "math.abs(", "math.greatest(", "math.least(2, " };
	unsigned kind = below(depth > 4 ? 4 : 8);

	switch (kind) {
	default:
		add_leaf(out);
		break;
	case 4:
	case 5:
		sh_buf_addch(out, '(');
		add_number(out, depth + 1);
		sh_buf_addf(out, " %c ", "+-*/"[below(4)]);
		add_number(out, depth + 1);
		sh_buf_addch(out, ')');
		break;
	case 6:
		kind = below(4);
		sh_buf_addstr(out, heads[kind]);
		add_number(out, depth + 1);
		if (kind > 1) {
			sh_buf_addstr(out, ", ");
			add_number(out, depth + 1);
		}
		sh_buf_addch(out, ')');
		break;
	case 7:
		sh_buf_addch(out, '(');
		add_truth(out, depth + 1);
		sh_buf_addstr(out, " ? ");
		add_number(out, depth + 1);
		sh_buf_addstr(out, " : ");
		add_number(out, depth + 1);
		sh_buf_addch(out, ')');
		break;
	}
}

static void make_random(struct world *w, bool without_own)
{
	static const double values[] = { NAN, NAN, NAN, 0, 1, -3, 2.5, 90, 1e308, -1e308, 0.1 };
	double value[WORLD_SLOTS];

	for (size_t i = 0; i < WORLD_SLOTS; i++)
		value[i] = values[below(sizeof(values) / sizeof(values[0]))];
	value[WORLD_LEFT] = below(3) ? below(4) * 3600e9 : NAN;
	if (without_own)
		value[WORLD_AX] = value[WORLD_AY] = value[WORLD_LAST] = value[WORLD_LEFT] = NAN;
	world_make(w, value);
}

#define WORLDS 64

/* Whether E is unknown in every world without its own paths. */
static bool is_idle(struct world *without, const struct sh_expr *e)
{
	struct sh_arena arena = SH_ARENA_INIT;
	bool idle = true;

	for (size_t i = 0; i < WORLDS && idle; i++)
		idle = world_eval(&without[i], e, &arena).type == SH_VALUE_UNKNOWN;
	sh_arena_release(&arena);
	return idle;
}

static size_t count_wrong(struct world *world, const struct sh_expr *e, const struct sh_quick *q,
			  size_t *punts)
{
	size_t wrong = 0;
	bool punted;

	for (size_t i = 0; i < WORLDS; i++) {
		wrong += !world_agrees(&world[i], e, q, &punted);
		*punts += punted;
	}
	if (wrong)
		diag("wrong: %s", sh_expr_text(e));
	return wrong;
}

/* Worlds in which the gate says false and the program does not; *closed counts where it does. */
static size_t count_lies(const struct world *world, const struct sh_quick *q, size_t *closed)
{
	struct sh_quick_gate g;
	size_t lies = 0;

	if (!sh_quick_gate(q, WORLD_PATHS, &g))
		return 0;
	for (size_t i = 0; i < 3 * WORLDS; i++) {
		double value[WORLD_SLOTS];

		memcpy(value, world[i / 3].value, sizeof(value));
		if (i % 3) /* at its edges too */
			value[g.slot] = i % 3 == 1 ? g.low : g.high;
		if (!isfinite(value[g.slot]) || value[g.slot] < g.low || value[g.slot] > g.high)
			continue;
		++*closed;
		lies += sh_quick_truth(q, value) != SH_QUICK_FALSE;
	}
	return lies;
}

static const struct {
	const char *text;
	struct sh_quick_gate gate;
} gates[] = {
	{ "a.x > 90", { WORLD_AX, -INFINITY, 90 } },
	{ "a.y <= 90", { WORLD_AY, 90.00000000000001, INFINITY } },
	{ "a.x >= 90 && b.x == 1", { WORLD_AX, -INFINITY, 89.99999999999999 } },
	{ "has(b.x) && last(a.x) > 1 && a.x < 5", { WORLD_AX, 5, INFINITY } },
	{ "!(a.x < 90 || b.x / a.x > 1)", { WORLD_AX, -INFINITY, 89.99999999999999 } },
	{ "a.x / b.x > 1 && b.y > 1", { WORLD_SLOTS, 0, 0 } }, /* it may be an error */
	{ "a.x > 90 || b.x == 1", { WORLD_SLOTS, 0, 0 } },
	{ "last(a.x) > 1", { WORLD_SLOTS, 0, 0 } },
	{ "true", { WORLD_SLOTS, 0, 0 } },
};

static void test_gates(void)
{
	for (size_t i = 0; i < sizeof(gates) / sizeof(gates[0]); i++) {
		struct sh_quick_gate g = { WORLD_SLOTS, 0, 0 };
		struct sh_expr *e = parse(gates[i].text);
		struct sh_quick *q = sh_quick_compile(e, &world_binder);
		bool found = sh_quick_gate(q, WORLD_PATHS, &g);

		OK(found == (gates[i].gate.slot < WORLD_SLOTS) && !memcmp(&g, &gates[i].gate, sizeof(g)),
		   "the gate of %s", gates[i].text);
		sh_quick_free(q);
		sh_expr_free(e);
	}
}

/* Worlds in which a slot that is needed is absent and the program says yes, or nothing; *needed counts such slots. */
static size_t count_needless(const struct world *world, const struct sh_quick *q, size_t *needed)
{
	size_t wrong = 0;

	for (size_t slot = 0; slot < WORLD_PATHS; slot++) {
		if (!sh_quick_needs(q, slot))
			continue;
		++*needed;
		for (size_t i = 0; i < WORLDS; i++) {
			double value[WORLD_SLOTS];
			enum sh_quick_answer answer;

			memcpy(value, world[i].value, sizeof(value));
			value[slot] = NAN;
			answer = sh_quick_truth(q, value);
			wrong += answer != SH_QUICK_FALSE && answer != SH_QUICK_UNKNOWN;
		}
	}
	return wrong;
}

static const struct {
	const char *text;
	bool x, y; /* whether a.x, a.y is needed */
} needs[] = {
	{ "a.x > 90", true, false },
	{ "a.x > 90 && a.y < 5", true, true },
	{ "a.x > 90 || a.y < 5", false, false },
	{ "a.x > 90 && !(has(b.x) && a.y == 1)", true, false },
	{ "has(a.x) && last(a.y) > 1", true, false },
	{ "!has(a.x)", false, false },
	{ "a.x > 90 && b.x / b.y > 1", false, false }, /* it may be an error */
};

static void test_needs(void)
{
	for (size_t i = 0; i < sizeof(needs) / sizeof(needs[0]); i++) {
		struct sh_expr *e = parse(needs[i].text);
		struct sh_quick *q = sh_quick_compile(e, &world_binder);

		OK(sh_quick_needs(q, WORLD_AX) == needs[i].x && sh_quick_needs(q, WORLD_AY) == needs[i].y,
		   "what %s needs", needs[i].text);
		sh_quick_free(q);
		sh_expr_free(e);
	}
}

static void test_random(void)
{
	struct world world[WORLDS], without[WORLDS];
	size_t compiled = 0, punts = 0, wrong = 0, idle = 0, said = 0, lies = 0, fooled = 0, closed = 0;
	size_t needless = 0, needed = 0;
	struct sh_buf text = SH_BUF_INIT;

	for (size_t i = 0; i < WORLDS; i++) {
		make_random(&world[i], false);
		make_random(&without[i], true);
	}
	for (int i = 0; i < 20000; i++) {
		struct sh_expr *e;
		struct sh_quick *q;
		bool really, idles;

		sh_buf_clear(&text);
		if (below(10))
			add_truth(&text, 0);
		else
			add_number(&text, 0);
		e = parse(sh_buf_str(&text));
		q = sh_quick_compile(e, &world_binder);
		compiled += q != NULL;
		if (q) {
			wrong += count_wrong(world, e, q, &punts);
			fooled += count_lies(world, q, &closed);
			needless += count_needless(world, q, &needed);
		}
		really = is_idle(without, e);
		idles = sh_expr_idle_without(e, world_owns, NULL);
		idle += really;
		said += idles;
		lies += idles && !really;
		sh_quick_free(q);
		sh_expr_free(e);
	}
	OK(wrong == 0, "random expressions over random records are as evaluated");
	OK(compiled > 8000 && punts < compiled * WORLDS / 4, "%zu of 20000 are compiled, %zu of %zu punt",
	   compiled, punts, compiled * WORLDS);
	OK(fooled == 0 && closed > 2000, "a gate is false where it says so, %zu times", closed);
	OK(needless == 0 && needed > 2000, "without what it needs none is true, %zu times", needed);
	OK(lies == 0, "what is said to be idle is unknown without its paths");
	OK(said > 1000 && said > idle / 2, "%zu are idle, of %zu it is said", idle, said);
	for (size_t i = 0; i < WORLDS; i++) {
		json_decref(world[i].record);
		json_decref(without[i].record);
	}
	sh_buf_release(&text);
}

/* A chain of && needs no more of the program than twice its operands; what grows beyond is refused. */
static void test_size(void)
{
	struct sh_buf text = SH_BUF_INIT;
	struct sh_expr *e;
	struct sh_quick *q;
	struct world w;
	bool punted;

	world_make(&w, plain);
	for (int i = 0; i < 1000; i++)
		sh_buf_addf(&text, "%sa.x > %d", i ? " && " : "", i % 90);
	e = parse(sh_buf_str(&text));
	q = sh_quick_compile(e, &world_binder);
	OK(q && world_agrees(&w, e, q, &punted) && !punted, "a chain of a thousand");
	sh_quick_free(q);
	sh_expr_free(e);
	sh_buf_clear(&text);
	for (int i = 0; i < 40; i++)
		sh_buf_addf(&text, "(b.y > %d %s ", i, i % 2 ? "&&" : "||");
	sh_buf_addstr(&text, "a.x > 1");
	for (int i = 0; i < 40; i++)
		sh_buf_addf(&text, " %s a.x > 2)", i % 2 ? "||" : "&&");
	e = parse(sh_buf_str(&text));
	q = sh_quick_compile(e, &world_binder);
	OK(!q || (world_agrees(&w, e, q, &punted) && !punted), "deep && in || ends");
	sh_quick_free(q);
	sh_expr_free(e);
	sh_buf_clear(&text);
	for (int i = 0; i < 40; i++)
		sh_buf_addstr(&text, "(a.x + ");
	sh_buf_addf(&text, "a.x%.*s > 1", 40, "))))))))))))))))))))))))))))))))))))))))");
	e = parse(sh_buf_str(&text));
	q = sh_quick_compile(e, &world_binder);
	OK(e && !q, "more waiting numbers than there is room for are refused");
	sh_expr_free(e);
	sh_buf_release(&text);
	json_decref(w.record);
}

static const struct {
	const char *text;
	bool idle;
} idles[] = {
	{ "a.x > 90", true },
	{ "90 < a.x", true },
	{ "a.x > 90 && a.y > 1", true },
	{ "a.x > 90 && b.x > 1", false },
	{ "a.x > 90 || a.y > 1", true },
	{ "a.x > 90 || b.x > 1", false },
	{ "has(a.x)", false },
	{ "has(a.x) && b.x > 1", false },
	{ "!has(a.x) && a.y > 1", true },
	{ "a.x / b.x > 0.8", true },
	{ "b.x / a.x > 0.8", false }, /* b.x may be an error by itself */
	{ "last(a.x) > 1", true },
	{ "up(a.x)", false },
	{ "b.x > 1", false },
	{ "a.x > 1 ? true : false", true },
	{ "b.x > 1 ? a.x > 1 : a.x > 2", false },
	{ "!(a.x in [1, 2])", true },
	{ "a.x > 1 && true", true },
	{ "true", false },
	{ "a.x.y > 1", true },
	{ "has(a.x) ? a.x > 1 : a.y > 1", true },
};

static void test_idle(void)
{
	for (size_t i = 0; i < sizeof(idles) / sizeof(idles[0]); i++) {
		struct sh_expr *e = parse(idles[i].text);

		OK(e && sh_expr_idle_without(e, world_owns, NULL) == idles[i].idle, "%s: %s",
		   idles[i].idle ? "idle" : "not idle", idles[i].text);
		sh_expr_free(e);
	}
}

int main(void)
{
	test_truths();
	test_outside();
	test_gates();
	test_needs();
	test_random();
	test_size();
	test_idle();
	return plan_done();
}
