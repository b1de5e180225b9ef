/* SPDX-License-Identifier: MIT */
/*
 * error - what went wrong, as a value on the caller's stack
 *
 * A function of the libraries that can fail for more than one reason takes a
 * struct sh_error last and returns -1. The first cause survives: setting an
 * error that is already set changes nothing, so a caller may add context only
 * by sh_error_prefix(). No allocation. Nothing here prints: lib/cli does.
 */
#ifndef SH_BASE_ERROR_H
#define SH_BASE_ERROR_H

#include <stdbool.h>

#define SH_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))
#define SH_MUST_CHECK __attribute__((warn_unused_result))
#define SH_NORETURN __attribute__((noreturn))

/* Each class maps to one exit code (lib/cli/exit.h). */
enum sh_errc {
	SH_ERRC_NONE,
	SH_ERRC_USAGE,       /* command line */
	SH_ERRC_CONFIG,      /* configuration file; text holds file:line:column */
	SH_ERRC_INPUT,       /* a bad record; the stream goes on */
	SH_ERRC_SYSTEM,      /* a system call; sys holds errno */
	SH_ERRC_STATE,       /* state directory or database */
	SH_ERRC_LOCKED,      /* a lock or lease was not had in time */
	SH_ERRC_UNAVAILABLE, /* a thing that does not exist on this machine */
};

struct sh_error {
	enum sh_errc code;
	int sys;        /* errno, 0 where none applies */
	char text[240]; /* one line, no newline, no program name */
};

#define SH_ERROR_INIT { SH_ERRC_NONE, 0, { 0 } }

/* Set the error unless one is set. Use through the macros, whose value -1 the compiler can see. */
void sh_error_set_(struct sh_error *err, enum sh_errc code, int sys, const char *fmt, ...)
	SH_PRINTF(4, 5);

/* As printf; the value of the expression is -1. */
#define sh_error_set(err, code, ...) ({ sh_error_set_((err), (code), 0, __VA_ARGS__); -1; })

/* The same with ": strerror(errno)" appended and errno kept. */
#define sh_error_sys(err, ...) ({ sh_error_set_((err), SH_ERRC_SYSTEM, -1, __VA_ARGS__); -1; })

/* Put "prefix: " before the text of a set error. */
void sh_error_prefix(struct sh_error *err, const char *fmt, ...) SH_PRINTF(2, 3);

static inline bool sh_error_is_set(const struct sh_error *err)
{
	return err->code != SH_ERRC_NONE;
}

/* Make the error reusable after it was reported. */
static inline void sh_error_clear(struct sh_error *err)
{
	err->code = SH_ERRC_NONE;
	err->sys = 0;
	err->text[0] = '\0';
}

#endif
