/* SPDX-License-Identifier: MIT */
/*
 * json - between text and jansson values, fast
 *
 * Building trusts text that scan has validated, which is what makes it several
 * times faster than json_loadb. What jansson cannot hold is not lost for the
 * record's sake: an integer beyond 64 bits becomes a real; a number beyond a
 * double is left out of its object (null in an array); U+0000 in a string is
 * kept as a byte with the length counted.
 */
#ifndef SH_RECORD_JSON_H
#define SH_RECORD_JSON_H

#include <jansson.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/span.h"
#include "record/scan.h"

/* Returns a new reference; the slice must come from a successful scan. */
json_t *sh_json_build(struct sh_slice value);

/*
 * Of an object only its members that are numbers; NULL when there are none. And
 * of an object only its members that are such groups; never NULL.
 */
json_t *sh_json_build_group(struct sh_slice object);
json_t *sh_json_build_groups(struct sh_slice object);

/* Validate and build any JSON text. Returns a new reference, or NULL with SH_ERRC_INPUT and the byte offset. */
json_t *sh_json_parse(const char *s, size_t len, struct sh_error *err);

/* Text of a string slice, unescaped, appended to OUT. */
void sh_json_unescape(struct sh_slice string, struct sh_buf *out);

/* The same for the bytes between the quotes of a string or a member's name. */
void sh_json_decode(struct sh_span text, struct sh_buf *out);

/* Append compact JSON: members in insertion order, shortest numbers, UTF-8 as it is. */
void sh_json_dump(struct sh_buf *out, const json_t *value);
/* As json_dumps(3), but free() takes what it gives, whichever allocator jansson has. */
char *sh_json_text(const json_t *value, size_t flags);
/* With quotes; bytes that are no UTF-8 become U+FFFD, so that the line stays valid JSON. */
void sh_json_add_string(struct sh_buf *out, const char *s, size_t len);
/* V must be finite. */
void sh_json_add_number(struct sh_buf *out, double v);

/* Convenience on objects; absent or of another type gives the fallback. Borrowed results. */
const char *sh_json_str(const json_t *object, const char *key, const char *fallback);
double sh_json_num(const json_t *object, const char *key, double fallback);
int64_t sh_json_int(const json_t *object, const char *key, int64_t fallback);

#endif
