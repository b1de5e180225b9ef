/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "base/num.h"

#include <errno.h>
#include <float.h>
#include <inttypes.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tap.h"

static void integers(void)
{
	static const struct {
		const char *text;
		int rc;
		int64_t value;
	} cases[] = {
		{ "0", 0, 0 },
		{ "-7", 0, -7 },
		{ "010", 0, 10 },
		{ "9223372036854775807", 0, INT64_MAX },
		{ "-9223372036854775808", 0, INT64_MIN },
		{ "9223372036854775808", -ERANGE, 0 },
		{ "", -EINVAL, 0 },
		{ "-", -EINVAL, 0 },
		{ "+5", -EINVAL, 0 },
		{ " 5", -EINVAL, 0 },
		{ "5 ", -EINVAL, 0 },
		{ "0x10", -EINVAL, 0 },
		{ "5.0", -EINVAL, 0 },
		{ "--5", -EINVAL, 0 },
		{ "99999999999999999999x", -EINVAL, 0 },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		int64_t v = 42, want = cases[i].rc ? 42 : cases[i].value;
		int rc = sh_parse_i64(cases[i].text, &v);

		OK(rc == cases[i].rc && v == want, "integer '%s' gives %d, %" PRId64,
		   cases[i].text, rc, v);
	}
}

static void unsigned_integers(void)
{
	uint64_t v = 42;

	OK(sh_parse_u64("18446744073709551615", &v) == 0 && v == UINT64_MAX, "the largest");
	OK(sh_parse_u64("18446744073709551616", &v) == -ERANGE, "one more is out of range");
	OK(sh_parse_u64("-1", &v) == -EINVAL && v == UINT64_MAX, "a negative number is refused");
}

static void doubles(void)
{
	static const struct {
		const char *text;
		int rc;
		double value;
	} cases[] = {
		{ "0", 0, 0 },
		{ "95.2", 0, 95.2 },
		{ "-.5", 0, -0.5 },
		{ "1e6", 0, 1e6 },
		{ "1E-3", 0, 1e-3 },
		{ "1e999", -ERANGE, 0 },
		{ "-1e999", -ERANGE, 0 },
		{ "1e", -EINVAL, 0 },
		{ ".", -EINVAL, 0 },
		{ "", -EINVAL, 0 },
		{ "inf", -EINVAL, 0 },
		{ "nan", -EINVAL, 0 },
		{ "-nan", -EINVAL, 0 },
		{ "0x1p3", -EINVAL, 0 },
		{ "1,5", -EINVAL, 0 },
		{ " 1", -EINVAL, 0 },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		double v = 42, want = cases[i].rc ? 42 : cases[i].value;
		int rc = sh_parse_double(cases[i].text, &v);

		OK(rc == cases[i].rc && v == want, "number '%s' gives %d, %g", cases[i].text, rc, v);
	}
}

static void sizes(void)
{
	static const struct {
		const char *text;
		int rc;
		uint64_t value;
	} cases[] = {
		{ "10", 0, 10 },
		{ "10B", 0, 10 },
		{ "64k", 0, 65536 },
		{ "64K", 0, 65536 },
		{ "8M", 0, UINT64_C(8) << 20 },
		{ "1GiB", 0, UINT64_C(1) << 30 },
		{ "10MB", 0, UINT64_C(10) << 20 },
		{ "15E", 0, UINT64_C(15) << 60 },
		{ "16E", -ERANGE, 0 },
		{ "99999999999999999999", -ERANGE, 0 },
		{ "", -EINVAL, 0 },
		{ "k", -EINVAL, 0 },
		{ "1i", -EINVAL, 0 },
		{ "1kk", -EINVAL, 0 },
		{ "1 k", -EINVAL, 0 },
		{ "1kBs", -EINVAL, 0 },
		{ "-1k", -EINVAL, 0 },
		{ "1.5G", -EINVAL, 0 },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint64_t v = 42, want = cases[i].rc ? 42 : cases[i].value;
		int rc = sh_parse_size(cases[i].text, &v);

		OK(rc == cases[i].rc && v == want, "size '%s' gives %d, %" PRIu64, cases[i].text, rc, v);
	}
}

static void text_of_doubles(void)
{
	static const struct {
		double value;
		const char *text;
	} cases[] = {
		{ 0, "0" },
		{ -0.0, "0" },
		{ 1, "1" },
		{ -3, "-3" },
		{ 95.2, "95.2" },
		{ 0.1, "0.1" },
		{ 0.1 + 0.2, "0.30000000000000004" },
		{ 1.0 / 3, "0.3333333333333333" },
		{ 1e14, "100000000000000" },
		{ 1e15, "1e+15" },
		{ 123456789012345678.0, "1.2345678901234568e+17" },
		{ 1e-7, "1e-07" },
		{ 5e-324, "5e-324" },
		{ DBL_MAX, "1.797693134862316e+308" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char text[SH_DOUBLE_MAX_TEXT];
		size_t n = sh_format_double(text, cases[i].value);
		double back = -1;

		OK(n == strlen(text) && sh_parse_double(text, &back) == 0 && back == cases[i].value,
		   "%a reads back from '%s'", cases[i].value, text);
		if (cases[i].value < DBL_MAX)
			OK(!strcmp(text, cases[i].text), "'%s' is '%s'", text, cases[i].text);
	}
}

/* As printf has it with the fewest digits that read back, from 15 on. */
static void by_trial(char *out, size_t size, double v)
{
	for (int digits = 15; digits <= 17; digits++) {
		snprintf(out, size, "%.*g", digits, v);
		if (strtod(out, NULL) == v)
			return;
	}
}

static bool agrees(double v)
{
	char text[SH_DOUBLE_MAX_TEXT], want[64];

	by_trial(want, sizeof(want), v);
	if (sh_format_double(text, v) == strlen(want) && !strcmp(text, want))
		return true;
	printf("# %a is '%s', not '%s'\n", v, want, text);
	return false;
}

static void text_of_many_doubles(void)
{
	uint64_t seed = 88172645463325252U;
	int wrong = 0;

	for (int i = 0; i < 300000; i++) {
		double v, places[] = { 1, 10, 100, 1000, 1e6 };

		seed ^= seed << 13;
		seed ^= seed >> 7;
		seed ^= seed << 17;
		/* All sizes around those that are written without an exponent, and around decimals. */
		v = ldexp((double)(seed >> 11), -53 - 16 + (int)(seed % 70));
		wrong += !agrees(v) || !agrees(-v);
		v = (double)(seed >> 20) / places[i % 5] / (double)(1 << i % 20);
		wrong += !agrees(v) || !agrees(nextafter(v, 0)) || !agrees(nextafter(v, 1e300));
	}
	for (int e = -20; e <= 52; e++)
		for (int k = -3; k <= 3; k++) {
			double v = ldexp(1, e), ten = pow(10, e / 3);

			for (int i = 0; i < k; i++)
				v = nextafter(v, 1e300), ten = nextafter(ten, 1e300);
			for (int i = 0; i > k; i--)
				v = nextafter(v, 0), ten = nextafter(ten, 0);
			wrong += !agrees(v) || !agrees(ten);
		}
	OK(!wrong, "the text of doubles is that of printf with the fewest digits, %d are not", wrong);
}

static void text_of_integers(void)
{
	char text[SH_U64_MAX_TEXT];

	OK(sh_format_u64(text, 0) == 1 && !strcmp(text, "0"), "none is '%s'", text);
	OK(sh_format_u64(text, UINT64_MAX) == 20 && !strcmp(text, "18446744073709551615"),
	   "the largest is '%s'", text);
}

int main(void)
{
	integers();
	unsigned_integers();
	doubles();
	sizes();
	text_of_doubles();
	text_of_many_doubles();
	text_of_integers();
	return plan_done();
}
