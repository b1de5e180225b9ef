/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "collect/format/xml.h"

#include <expat.h>
#include <limits.h>
#include <stdbool.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "collect/format/document.h"
#include "collect/format/units.h"

#define MAX_DEPTH 64

struct tree {
	XML_Parser parser;
	json_t *at[MAX_DEPTH]; /* owned: objects of the elements that are open; NULL while one has only text */
	size_t depth;
	struct sh_buf text; /* of the element at hand */
	const char *refused; /* why the rest was not read */
};

static void refuse(struct tree *t, const char *why)
{
	t->refused = why;
	XML_StopParser(t->parser, XML_FALSE);
}

static void start(void *arg, const XML_Char *name, const XML_Char **attributes)
{
	struct tree *t = arg;

	(void)name;
	(void)attributes;
	if (t->depth + 1 >= MAX_DEPTH) {
		refuse(t, "deeper than 64 elements");
		return;
	}
	if (!t->at[t->depth])
		t->at[t->depth] = json_object();
	t->at[++t->depth] = NULL;
	sh_buf_clear(&t->text);
}

/* Bytes of a text are what the parser has made UTF-8. */
static json_t *string_of(const struct sh_buf *text)
{
	struct sh_span s = sh_unit_trim((struct sh_span){ sh_buf_str(text), text->len });

	return json_stringn_nocheck(s.p ? s.p : "", s.len);
}

/* One more member, or one more item of a member that is there. */
static void add(json_t *parent, const char *name, json_t *value)
{
	json_t *old = json_object_get(parent, name), *list;

	if (!old) {
		json_object_set_new_nocheck(parent, name, value);
	} else if (json_is_array(old)) {
		json_array_append_new(old, value);
	} else {
		list = json_array();
		json_array_append(list, old);
		json_array_append_new(list, value);
		json_object_set_new_nocheck(parent, name, list);
	}
}

static void end(void *arg, const XML_Char *name)
{
	struct tree *t = arg;
	json_t *value = t->at[t->depth];

	t->at[t->depth--] = NULL;
	add(t->at[t->depth], name, value ? value : string_of(&t->text));
	sh_buf_clear(&t->text);
}

static void characters(void *arg, const XML_Char *s, int len)
{
	struct tree *t = arg;

	sh_buf_add(&t->text, s, (size_t)len);
}

static void doctype(void *arg, const XML_Char *name, const XML_Char *system, const XML_Char *public,
		    int subset)
{
	(void)name;
	(void)system;
	(void)public;
	(void)subset;
	refuse(arg, "document types are refused");
}

json_t *sh_xml_parse(struct sh_span text, struct sh_error *err)
{
	struct tree t = { .parser = XML_ParserCreate(NULL) };
	json_t *root = NULL;
	bool parsed;

	if (!t.parser)
		sh_mem_exhausted();
	t.at[0] = json_object();
	XML_SetUserData(t.parser, &t);
	XML_SetElementHandler(t.parser, start, end);
	XML_SetCharacterDataHandler(t.parser, characters);
	XML_SetStartDoctypeDeclHandler(t.parser, doctype);
	parsed = text.len < INT_MAX && XML_Parse(t.parser, text.p ? text.p : "", (int)text.len, 1) ==
						XML_STATUS_OK;
	if (parsed && !t.refused)
		root = json_incref(t.at[0]);
	else
		sh_error_set(err, SH_ERRC_INPUT, "line %lu: %s", XML_GetCurrentLineNumber(t.parser),
			     t.refused ? t.refused : XML_ErrorString(XML_GetErrorCode(t.parser)));
	for (size_t i = 0; i <= t.depth; i++)
		json_decref(t.at[i]);
	sh_buf_release(&t.text);
	XML_ParserFree(t.parser);
	return root;
}

const json_t *sh_xml_item(const json_t *v, const char *path, size_t i)
{
	v = sh_document_at(v, path);
	if (json_is_array(v))
		return json_array_get(v, i);
	return i == 0 ? v : NULL;
}
