/* SPDX-License-Identifier: MIT */
/*
 * xml - a document as a tree of objects
 *
 * An element with elements in it is an object, several of one name in it are an
 * array, any other is its text; attributes are left out. Document types, and so
 * entities of their own, are refused, and so is what is deeper than 64 elements.
 */
#ifndef SH_COLLECT_FORMAT_XML_H
#define SH_COLLECT_FORMAT_XML_H

#include <jansson.h>
#include <stddef.h>

#include "base/error.h"
#include "base/span.h"

/* An object of one member, the root. New reference, or NULL with SH_ERRC_INPUT and the line. */
json_t *sh_xml_parse(struct sh_span text, struct sh_error *err);
/* The element number I of the name PATH ("a.b.c") ends with, whether one or several; NULL after the last. */
const json_t *sh_xml_item(const json_t *v, const char *path, size_t i);

#endif
