/* SPDX-License-Identifier: MIT */
/*
 * fields - one table per kind says how struct and JSON meet
 *
 * Internal to lib/record: the tables are the only place where the names of
 * members stand. Absent is NULL for text and JSON, 0 for times, NaN for numbers;
 * what is absent is not written.
 */
#ifndef SH_RECORD_FIELDS_H
#define SH_RECORD_FIELDS_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

enum sh_field_type {
	SH_FIELD_STRING, /* char *, owned */
	SH_FIELD_TIME,   /* int64_t ns <-> RFC 3339 */
	SH_FIELD_INT,    /* int64_t, always written */
	SH_FIELD_COUNT,  /* int64_t, 0 is absent */
	SH_FIELD_NUMBER, /* double */
	SH_FIELD_BOOL,   /* bool, always written */
	SH_FIELD_WORD,   /* enum, by words; always written unless words[value] is NULL or "" */
	SH_FIELD_OBJECT, /* json_t *, owned */
	SH_FIELD_ARRAY,
};

struct sh_field {
	const char *name; /* NULL ends a table */
	enum sh_field_type type;
	size_t offset;
	const char *const *words; /* NULL-terminated; only for SH_FIELD_WORD */
	bool required;
};

/*
 * Fill the struct from OBJECT. Members that no table names and that are not in
 * the NULL-terminated SKIP go to *extra (a new object, or NULL; EXTRA may be
 * NULL). SH_ERRC_INPUT names the member. On failure the struct is half filled:
 * release it.
 */
int sh_fields_load(void *base, const struct sh_field *fields, const json_t *object,
		   const char *const *skip, json_t **extra, struct sh_error *err);
/* The list member NAME: borrowed, NULL when absent. SH_ERRC_INPUT when it is something else. */
int sh_fields_list(const json_t *object, const char *name, const json_t **out, struct sh_error *err);
/* Add the members to OBJECT in table order. */
void sh_fields_store(const void *base, const struct sh_field *fields, json_t *object);
void sh_fields_release(void *base, const struct sh_field *fields);

#endif
