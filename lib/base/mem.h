/* SPDX-License-Identifier: MIT */
/*
 * mem - allocation that does not return on failure
 *
 * Out of memory is not an error that a small filter can mend, and every program
 * here may be killed at any instant without losing what it acknowledged (state
 * and intents are written before effects). So these functions call a handler,
 * set once by lib/cli (it reports and exits 4), instead of returning NULL.
 * Without a handler they abort.
 */
#ifndef SH_BASE_MEM_H
#define SH_BASE_MEM_H

#include <stddef.h>
#include <stdlib.h>

/* The handler must not return. */
void sh_mem_set_handler(void (*handler)(void));

/* Call the handler: for allocations that other libraries failed to make. */
void sh_mem_exhausted(void) __attribute__((noreturn));

void *sh_malloc(size_t size) __attribute__((malloc, returns_nonnull));
void *sh_calloc(size_t n, size_t size) __attribute__((malloc, returns_nonnull));
void *sh_realloc(void *p, size_t size) __attribute__((returns_nonnull));
/* Like realloc for N members of SIZE bytes; an overflow of the product is out of memory. */
void *sh_reallocn(void *p, size_t n, size_t size) __attribute__((returns_nonnull));
char *sh_strdup(const char *s) __attribute__((malloc, returns_nonnull, nonnull(1)));
char *sh_strndup(const char *s, size_t len) __attribute__((malloc, returns_nonnull));
/* NULL stays NULL. */
char *sh_strdup_or_null(const char *s);
/* Returns a new string; as printf. */
char *sh_asprintf(const char *fmt, ...) __attribute__((format(printf, 1, 2), malloc, returns_nonnull));

/*
 * Make room for one more member at the end of a growing array:
 * sh_grow(list->item, list->n, list->cap). Doubles; members are not initialised.
 */
#define sh_grow(array, n, cap)                                                          \
	do {                                                                            \
		if ((n) == (cap)) {                                                     \
			(cap) = (cap) ? (cap) * 2 : 8;                                  \
			(array) = sh_reallocn((array), (cap), sizeof(*(array)));        \
		}                                                                       \
	} while (0)

/* qsort(3), of an array that may be NULL where there is nothing to sort. */
static inline void sh_sort(void *array, size_t n, size_t size, int (*compare)(const void *, const void *))
{
	if (n > 1)
		qsort(array, n, size, compare);
}

void sh_cleanup_free_(void *p);
/* Frees a malloc'd pointer at the end of its scope; initialise it at the declaration. */
#define SH_CLEANUP_FREE __attribute__((cleanup(sh_cleanup_free_)))

#endif
