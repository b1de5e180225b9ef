/* SPDX-License-Identifier: MIT */
/*
 * document - what the formats share that read JSON of other tools
 *
 * Looking into a document never fails: what is absent, or of another type than
 * wanted, is NaN, NULL or an empty walk, and so is not written.
 */
#ifndef SH_COLLECT_FORMAT_DOCUMENT_H
#define SH_COLLECT_FORMAT_DOCUMENT_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "collect/format/format.h"

/*
 * Call FN for each value at the top of TEXT, however many there are. FN returns
 * whether it knows such a document; one that it does not, and text that is no
 * JSON, is reported with its line. Returns -1 when nothing at all was understood.
 */
int sh_document_each(struct sh_import *in, struct sh_span text,
		     bool (*fn)(struct sh_import *in, const json_t *value), struct sh_error *err);

/* PATH is "a.b.c": members of objects. Borrowed; NULL where there is none. */
const json_t *sh_document_at(const json_t *v, const char *path);
/* A number, or 0 and 1 for false and true. */
double sh_document_number(const json_t *v, const char *path);
double sh_document_value(const json_t *v);
/* The same, also of text that is a number and nothing else ("12.5"). */
double sh_document_numeric(const json_t *v, const char *path);
/* Text that is not empty. */
const char *sh_document_text(const json_t *v, const char *path);
/* An instant in RFC 3339, as seconds since the epoch. */
double sh_document_time(const json_t *v, const char *path);
/* The first that is a number. */
double sh_first_number(double a, double b);
/* Items of an array, members of an object; NaN for anything else. */
double sh_document_count(const json_t *v, const char *path);
/* Walk an object: json_object_iter_key and _value tell what is AT. */
void *sh_members(const json_t *object);
void *sh_members_next(const json_t *object, void *at);
/* 100 * part / whole; NaN where the whole is not above 0. */
double sh_percent(double part, double whole);

/* Append NAME as the name of a metric: lower case, other than letters and digits are "_". */
void sh_metric_name(struct sh_buf *out, const char *name);

/* As sh_import_begin and sh_import_begin_fleet; an empty NAME is about in->entity. */
void sh_document_begin(struct sh_sample_writer *s, struct sh_import *in, const char *type,
		       const char *name, const char *const *dims, const char *const *labels);
void sh_document_begin_fleet(struct sh_sample_writer *s, struct sh_import *in, const char *type,
			     const char *name, const char *const *dims, const char *const *labels);
/* Every number and truth value of OBJECT; those of objects in it as OUTER_INNER. */
void sh_document_put_all(struct sh_sample_writer *s, const json_t *object);
/* After the last metric: NULL is not written. */
void sh_document_put_text(struct sh_sample_writer *s, const char *name, const char *value);

/* The name of the cluster that the document is about: what --entity cluster:NAME says, else FALLBACK. */
const char *sh_import_cluster(const struct sh_import *in, const char *fallback);

#endif
