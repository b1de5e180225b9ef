/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "collect/listing.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "collect/text.h"

void sh_listing_release(struct sh_listing *l)
{
	for (size_t i = 0; i < l->n; i++) {
		free(l->item[i].name);
		free(l->item[i].value);
	}
	free(l->item);
	*l = (struct sh_listing){ 0 };
}

void sh_listing_add_spans(struct sh_listing *l, struct sh_span name, struct sh_span value)
{
	sh_grow(l->item, l->n, l->cap);
	l->item[l->n++] = (struct sh_listing_item){ sh_strndup(name.p, name.len),
						    sh_strndup(value.p, value.len) };
}

void sh_listing_add(struct sh_listing *l, const char *name, const char *value)
{
	sh_listing_add_spans(l, sh_span_of(name), sh_span_of(value));
}

struct numbered {
	struct sh_listing_item item;
	size_t number;
};

static int by_name(const void *a, const void *b)
{
	const struct numbered *x = a, *y = b;
	int c = strcmp(x->item.name, y->item.name);

	return c ? c : (x->number > y->number) - (x->number < y->number);
}

void sh_listing_sort(struct sh_listing *l)
{
	SH_CLEANUP_FREE struct numbered *all = sh_calloc(l->n + 1, sizeof(*all));
	size_t n = l->n;

	for (size_t i = 0; i < n; i++)
		all[i] = (struct numbered){ l->item[i], i };
	if (n)
		qsort(all, n, sizeof(*all), by_name);
	l->n = 0;
	for (size_t i = 0; i < n; i++) {
		if (i + 1 < n && !strcmp(all[i].item.name, all[i + 1].item.name)) {
			free(all[i].item.name);
			free(all[i].item.value);
		} else {
			l->item[l->n++] = all[i].item;
		}
	}
}

const char *sh_listing_get(const struct sh_listing *l, const char *name)
{
	size_t low = 0, high = l->n;

	while (low < high) {
		size_t mid = (low + high) / 2;
		int c = strcmp(l->item[mid].name, name);

		if (c == 0)
			return l->item[mid].value;
		if (c < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return NULL;
}

size_t sh_listing_compare(const struct sh_listing *before, const struct sh_listing *now,
			  void (*each)(void *arg, const char *name, const char *was, const char *is),
			  void *arg)
{
	size_t i = 0, k = 0, n = 0;

	while (i < before->n || k < now->n) {
		const struct sh_listing_item *was = i < before->n ? &before->item[i] : NULL;
		const struct sh_listing_item *is = k < now->n ? &now->item[k] : NULL;
		int c = !was ? 1 : !is ? -1 : strcmp(was->name, is->name);

		i += c <= 0;
		k += c >= 0;
		if (c == 0 && !strcmp(was->value, is->value))
			continue;
		each(arg, c <= 0 ? was->name : is->name, c <= 0 ? was->value : NULL,
		     c >= 0 ? is->value : NULL);
		n++;
	}
	return n;
}

static void add_escaped(struct sh_buf *out, const char *s)
{
	for (; *s; s++) {
		if (*s == '\t' || *s == '\n' || *s == '\\')
			sh_buf_addf(out, "\\%03o", (unsigned)(unsigned char)*s);
		else
			sh_buf_addch(out, *s);
	}
}

void sh_listing_dump(const struct sh_listing *l, struct sh_buf *out)
{
	for (size_t i = 0; i < l->n; i++) {
		add_escaped(out, l->item[i].name);
		sh_buf_addch(out, '\t');
		add_escaped(out, l->item[i].value);
		sh_buf_addch(out, '\n');
	}
}

bool sh_listing_load(struct sh_listing *l, struct sh_span text)
{
	SH_CLEANUP_BUF struct sh_buf name = SH_BUF_INIT, value = SH_BUF_INIT;
	struct sh_span line;

	while (sh_text_line(&text, &line)) {
		const char *tab = memchr(line.p, '\t', line.len);
		size_t len = tab ? (size_t)(tab - line.p) : 0;

		if (!len)
			return false;
		sh_text_unescape((struct sh_span){ line.p, len }, &name);
		sh_text_unescape((struct sh_span){ tab + 1, line.len - len - 1 }, &value);
		sh_listing_add(l, sh_buf_str(&name), sh_buf_str(&value));
	}
	sh_listing_sort(l);
	return true;
}
