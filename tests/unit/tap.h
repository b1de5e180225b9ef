/* SPDX-License-Identifier: MIT */
/*
 * tap - the Test Anything Protocol for unit tests
 *
 * OK(condition, "case %s", name) is one test; `return plan_done();` ends main.
 * A failing case prints where it stands; diag() adds a line to the log.
 */
#ifndef SH_TESTS_TAP_H
#define SH_TESTS_TAP_H

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

static int tap_count, tap_failed;

static inline bool __attribute__((format(printf, 5, 6)))
tap_ok(bool good, const char *file, int line, const char *expr, const char *fmt, ...)
{
	va_list ap;

	printf("%sok %d - ", good ? "" : "not ", ++tap_count);
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	putchar('\n');
	if (!good) {
		tap_failed++;
		printf("# %s:%d: %s\n", file, line, expr);
	}
	fflush(stdout);
	return good;
}

#define OK(cond, ...) tap_ok((cond), __FILE__, __LINE__, #cond, __VA_ARGS__)

static inline void __attribute__((format(printf, 1, 2))) diag(const char *fmt, ...)
{
	va_list ap;

	printf("# ");
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	putchar('\n');
}

/* One case that this machine cannot run, and why. */
static inline void __attribute__((format(printf, 2, 3)))
tap_skip(const char *what, const char *why, ...)
{
	va_list ap;

	printf("ok %d - %s # SKIP ", ++tap_count, what);
	va_start(ap, why);
	vprintf(why, ap);
	va_end(ap);
	putchar('\n');
}

/* For a whole program that cannot run here; does not return. */
static inline void __attribute__((noreturn)) skip_all(const char *why)
{
	printf("1..0 # SKIP %s\n", why);
	exit(0);
}

/* The plan, after the last test; returns what main should. */
static inline int plan_done(void)
{
	printf("1..%d\n", tap_count);
	fflush(stdout); /* the leak sanitizer ends without it */
	return tap_failed ? 1 : 0;
}

#endif
