/* SPDX-License-Identifier: MIT */
/*
 * What a machine keeps of itself, and what is compared with it: the first byte
 * names the parser. Any bytes give a list or an error; lists are sorted without
 * doubles, come back from text as they were, and do not differ from themselves.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "collect/drift/operator.h"
#include "collect/event/marks.h"
#include "collect/host/mounts.h"
#include "collect/host/packages.h"
#include "collect/host/sessions.h"
#include "collect/host/units.h"
#include "collect/host/version.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void never(void *arg, const char *name, const char *was, const char *is)
{
	(void)arg;
	(void)name;
	(void)was;
	(void)is;
	abort();
}

static void check_listing(const struct sh_listing *l)
{
	struct sh_listing back = { 0 };
	struct sh_buf text = SH_BUF_INIT;

	for (size_t i = 1; i < l->n; i++)
		if (strcmp(l->item[i - 1].name, l->item[i].name) >= 0)
			abort();
	for (size_t i = 0; i < l->n; i++)
		if (!*l->item[i].name)
			goto out; /* a name of nothing is no name, and is not kept */
	sh_listing_dump(l, &text);
	if (!sh_listing_load(&back, (struct sh_span){ sh_buf_str(&text), text.len }))
		abort();
	sh_listing_compare(l, &back, never, NULL);
out:
	sh_listing_release(&back);
	sh_buf_release(&text);
}

typedef int parse_fn(struct sh_listing *out, struct sh_span text, struct sh_error *err);

static void packages(parse_fn *parse, struct sh_span text)
{
	struct sh_error err = SH_ERROR_INIT;
	struct sh_listing l = { 0 };

	if (parse(&l, text, &err) == 0)
		check_listing(&l);
	else if (!*err.text)
		abort();
	sh_listing_release(&l);
}

static void listing(struct sh_span text)
{
	struct sh_listing l = { 0 };

	if (sh_listing_load(&l, text))
		check_listing(&l);
	sh_listing_release(&l);
}

static void mounts(struct sh_span text)
{
	struct sh_listing l = { 0 };
	struct sh_mounts all = { 0 };

	sh_mounts_parse(&all, text);
	sh_mounts_list(&all, &l);
	sh_mounts_release(&all);
	sh_listing_sort(&l);
	check_listing(&l);
	sh_listing_release(&l);
}

static void sessions(struct sh_span text, bool utmp)
{
	struct sh_error err = SH_ERROR_INIT;
	struct sh_sessions s = { 0 };

	if (utmp)
		sh_sessions_parse_utmp(&s, text, &err);
	else
		sh_sessions_parse_logind(&s, text);
	for (size_t i = 0; i < s.n; i++)
		if (!*s.item[i].user || strpbrk(s.item[i].from, "\n\t\x1b"))
			abort();
	sh_sessions_release(&s);
}

static void units(struct sh_span text)
{
	struct sh_error err = SH_ERROR_INIT;
	struct sh_buf list = SH_BUF_INIT;
	size_t failed;

	if (sh_units_parse(text.p, text.len, &failed, &list, &err) == 0 && failed && !list.len)
		abort();
	sh_buf_release(&list);
}

/* Two texts, divided by the first byte 0xff. */
static void divided(struct sh_span text, struct sh_span *a, struct sh_span *b)
{
	const char *at = text.len ? memchr(text.p, 0xff, text.len) : NULL;
	size_t len = at ? (size_t)(at - text.p) : text.len;

	*a = (struct sh_span){ text.p, len };
	*b = (struct sh_span){ at ? at + 1 : "", at ? text.len - len - 1 : 0 };
}

static void differences(struct sh_span text)
{
	struct sh_buf out = SH_BUF_INIT;
	struct sh_span a, b;

	divided(text, &a, &b);
	sh_drift_text_diff(a, b, &out);
	for (const char *p = sh_buf_str(&out); *p; p = strchr(p, '\n') + 1)
		if (!strchr("-+@(", *p) || !strchr(p, '\n'))
			abort();
	sh_buf_clear(&out);
	sh_drift_text_diff(a, a, &out);
	if (out.len && !memchr(a.p, '\0', a.len))
		abort();
	sh_buf_release(&out);
}

static void versions(struct sh_span text)
{
	char x[64], y[64];
	struct sh_span a, b;
	int there, back;

	divided(text, &a, &b);
	if (a.len >= sizeof(x) || b.len >= sizeof(y))
		return;
	memcpy(x, a.p, a.len);
	x[a.len] = '\0';
	memcpy(y, b.p, b.len);
	y[b.len] = '\0';
	there = sh_version_compare(x, y);
	back = sh_version_compare(y, x);
	if ((there > 0) != (back < 0) || (there < 0) != (back > 0) || sh_version_compare(x, x) != 0)
		abort();
}

static void mark(struct sh_span text)
{
	struct sh_mark m;

	if (sh_mark_parse(text, &m) && (!m.text.len || m.text.len > 1000 || !m.type.len))
		abort();
}

static void run(uint8_t which, struct sh_span text)
{
	switch (which) {
	case 'd': packages(sh_packages_parse_dpkg, text); break;
	case 'a': packages(sh_packages_parse_apk, text); break;
	case 'r': packages(sh_packages_parse_rpm, text); break;
	case 'l': listing(text); break;
	case 'm': mounts(text); break;
	case 'u': sessions(text, true); break;
	case 's': sessions(text, false); break;
	case 'j': units(text); break;
	case 't': differences(text); break;
	case 'v': versions(text); break;
	case 'k': mark(text); break;
	default: break;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text;

	if (!size)
		return 0;
	/* Of its own, so that a read behind its end is seen. */
	text = malloc(size - 1 ? size - 1 : 1);
	if (!text)
		return 0;
	memcpy(text, data + 1, size - 1);
	run(data[0], (struct sh_span){ text, size - 1 });
	free(text);
	return 0;
}
