/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "collect/format/perfdata.h"

#include <math.h>
#include <string.h>

#include "tap.h"

static void ranges(void)
{
	static const struct {
		const char *text;
		double value;
		bool alerts;
	} good[] = {
		{ "10", 10, false },   { "10", 10.5, true },   { "10", -1, true },
		{ "10:", 9, true },    { "10:", 1e9, false },  { "~:10", -1e9, false },
		{ "~:10", 11, true },  { "10:20", 15, false }, { "10:20", 21, true },
		{ "@10:20", 15, true },{ "@10:20", 9, false }, { "@10", 0, true },
		{ "-5:-1", -3, false },{ "-5:-1", 0, true },   { "0.5:1e2", 99, false },
		{ "", 1e9, false },    { ":7", 7, false },     { "~:", -3, false },
		{ "@~:5", -9, true },
	};
	static const char *const bad[] = { "2:1", "10:20:30", "x", "@", "1,5", "10x", "~", "5:~", "1:-",
					   "--1", "1 2", "nan", "inf", "0x10" };
	struct sh_range r;

	for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++)
		OK(sh_range_parse(sh_span_of(good[i].text), &r) &&
		   sh_range_alerts(&r, good[i].value) == good[i].alerts, "range '%s' of %g",
		   good[i].text, good[i].value);
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		OK(!sh_range_parse(sh_span_of(bad[i]), &r), "no range: '%s'", bad[i]);
}

static void items(void)
{
	static const struct {
		const char *text, *label, *unit;
		double value, min, max;
	} good[] = {
		{ "a=1", "a", "", 1, NAN, NAN },
		{ "a=-1.5e3ms;;;0;9", "a", "ms", -1500, 0, 9 },
		{ "'a b'=5%", "a b", "%", 5, NAN, NAN },
		{ "'it''s'=+5;1:2", "it's", "", 5, NAN, NAN },
		{ "C:\\=1EB", "C:\\", "EB", 1, NAN, NAN },
		{ "  a::b=.5 ", "a::b", "", .5, NAN, NAN },
		{ "a=U", "a", "", NAN, NAN, NAN },
	};
	static const char *const bad[] = { "a", "=1", "a=", "a=x", "a=1;2;3;4;5;6", "a=1,2", "a=inf",
					   "'a=1", "a b=1", "a=1e999", "a=1;x", "a=1;;;y", "''=1" };
	struct sh_perfdata p = { .label = SH_BUF_INIT };

	for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++) {
		struct sh_span rest = sh_span_of(good[i].text);
		struct sh_error e = SH_ERROR_INIT;
		int rc = sh_perfdata_next(&rest, &p, &e);

		OK(rc == 1 && !strcmp(sh_buf_str(&p.label), good[i].label) &&
		   p.unit.len == strlen(good[i].unit) && !strncmp(good[i].unit, p.unit.len ? p.unit.p : "", p.unit.len) &&
		   (p.value == good[i].value || (isnan(p.value) && isnan(good[i].value))) &&
		   (p.min == good[i].min || (isnan(p.min) && isnan(good[i].min))) &&
		   (p.max == good[i].max || (isnan(p.max) && isnan(good[i].max))), "'%s'", good[i].text);
		OK(sh_perfdata_next(&rest, &p, &e) == 0, "and nothing more");
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		struct sh_span rest = sh_span_of(bad[i]);
		struct sh_error e = SH_ERROR_INIT;

		OK(sh_perfdata_next(&rest, &p, &e) < 0, "bad: '%s': %s", bad[i], e.text);
	}
	sh_buf_release(&p.label);
}

static void after_bad_ones(void)
{
	struct sh_span rest = sh_span_of("x a=1 =2 'b c=3 d=4;;;; e=z f=6");
	struct sh_perfdata p = { .label = SH_BUF_INIT };
	struct sh_error e = SH_ERROR_INIT;
	char seen[64] = "";
	int rc, bad = 0;

	while ((rc = sh_perfdata_next(&rest, &p, &e)) != 0) {
		if (rc < 0)
			bad++;
		else
			strncat(seen, sh_buf_str(&p.label), sizeof(seen) - strlen(seen) - 1);
		sh_error_clear(&e);
	}
	OK(!strcmp(seen, "acdf") && bad == 4, "good ones among bad ones: %s, %d bad", seen, bad);
	sh_buf_release(&p.label);
}

int main(void)
{
	ranges();
	items();
	after_bad_ones();
	return plan_done();
}
