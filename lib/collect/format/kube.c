/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "collect/format/kube.h"

#include <math.h>
#include <stdarg.h>
#include <string.h>

#include "base/num.h"

#define MAX_PAIRS 24
#define MAX_MAP 256

void sh_kube_begin(struct sh_kube *k, struct sh_sample_writer *s)
{
	sh_document_begin_fleet(s, k->in, k->type, sh_buf_str(&k->name), NULL, NULL);
	sh_sample_group(s, k->type);
}

/* One record of one metric. */
static void fact(struct sh_kube *k, const char *metric, double v, const char *const *dims)
{
	const char *labels[] = { "uid", k->uid, NULL };
	struct sh_sample_writer s;

	sh_document_begin_fleet(&s, k->in, k->type, sh_buf_str(&k->name), dims,
				k->uid ? labels : NULL);
	sh_sample_group(&s, k->type);
	sh_sample_number(&s, metric, v);
	sh_sample_end(&s);
}

void sh_kube_fact(struct sh_kube *k, const char *metric, double v, ...)
{
	const char *dims[2 * MAX_PAIRS + 1] = { NULL };
	va_list ap;

	if (!k->in->c->detail)
		return;
	va_start(ap, v);
	for (size_t i = 0; i < 2 * MAX_PAIRS; i += 2) {
		const char *label = va_arg(ap, const char *);

		if (!label)
			break;
		dims[i] = label;
		dims[i + 1] = va_arg(ap, const char *);
		if (!dims[i + 1])
			dims[i + 1] = "";
	}
	va_end(ap);
	fact(k, metric, v, dims);
}

/* A label's name: camelCase and other bytes become snake_case. */
static void add_label(struct sh_buf *out, const char *key)
{
	bool lower = false;

	for (; *key; key++) {
		char ch = *key;
		bool upper = ch >= 'A' && ch <= 'Z';

		if (upper && lower)
			sh_buf_addch(out, '_');
		lower = (ch >= 'a' && ch <= 'z') || (ch >= '0' && ch <= '9');
		if (upper)
			ch = (char)(ch + ('a' - 'A'));
		else if (!lower)
			ch = '_';
		sh_buf_addch(out, ch);
	}
}

void sh_kube_map(struct sh_kube *k, const char *metric, const char *prefix, const json_t *object)
{
	SH_CLEANUP_BUF struct sh_buf names = SH_BUF_INIT;
	const char *dims[2 * MAX_MAP + 1] = { NULL };
	size_t offset[MAX_MAP], n = 0;

	if (!k->in->c->detail)
		return;
	for (void *i = sh_members(object); i && n < MAX_MAP; i = sh_members_next(object, i)) {
		const char *value = json_string_value(json_object_iter_value(i));

		if (!value)
			continue;
		offset[n] = names.len;
		dims[2 * n + 1] = value;
		sh_buf_addf(&names, "%s_", prefix);
		add_label(&names, json_object_iter_key(i));
		sh_buf_addch(&names, '\0');
		n++;
	}
	for (size_t i = 0; i < n; i++)
		dims[2 * i] = names.data + offset[i];
	fact(k, metric, 1, dims);
}

void sh_kube_enum(struct sh_kube *k, const char *metric, const char *label, const char *is,
		  const char *const *words)
{
	for (; is && *words; words++)
		sh_kube_fact(k, metric, !strcmp(is, *words), label, *words, NULL);
}

void sh_kube_metadata(struct sh_kube *k)
{
	const json_t *meta = sh_document_at(k->doc, "metadata");

	sh_kube_fact(k, "created", sh_document_time(meta, "creationTimestamp"), NULL);
	sh_kube_fact(k, "deletion_timestamp", sh_document_time(meta, "deletionTimestamp"), NULL);
	sh_kube_map(k, "labels", "label", sh_document_at(meta, "labels"));
	sh_kube_map(k, "annotations", "annotation", sh_document_at(meta, "annotations"));
}

static double scale_of(const char *suffix)
{
	static const struct {
		const char *suffix;
		double scale;
	} all[] = {
		{ "", 1 },	{ "n", 1e-9 },	{ "u", 1e-6 },	{ "m", 1e-3 },
		{ "k", 1e3 },	{ "M", 1e6 },	{ "G", 1e9 },	{ "T", 1e12 },
		{ "P", 1e15 },	{ "E", 1e18 },	{ "Ki", 0x1p10 }, { "Mi", 0x1p20 },
		{ "Gi", 0x1p30 }, { "Ti", 0x1p40 }, { "Pi", 0x1p50 }, { "Ei", 0x1p60 },
	};

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		if (!strcmp(suffix, all[i].suffix))
			return all[i].scale;
	return NAN;
}

double sh_kube_quantity(const json_t *v)
{
	const char *text = json_string_value(v);
	char digits[64];
	size_t len;
	double n, scale;

	if (!text)
		return sh_document_value(v);
	if (sh_parse_double(text, &n) == 0)
		return n;
	len = strspn(text, "+-.0123456789");
	if (!len || len >= sizeof(digits))
		return NAN;
	memcpy(digits, text, len);
	digits[len] = '\0';
	scale = scale_of(text + len);
	if (sh_parse_double(digits, &n) < 0 || isnan(scale))
		return NAN;
	/* Thousandths divide exactly: 0.1 is 100/1000, not 100 * 0.001. */
	return scale < 1 ? n / round(1 / scale) : n * scale;
}

static const char *unit_of(const char *resource)
{
	if (!strcmp(resource, "cpu"))
		return "core";
	if (!strcmp(resource, "memory") || !strcmp(resource, "storage") ||
	    !strcmp(resource, "ephemeral-storage") || !strncmp(resource, "hugepages-", 10) ||
	    !strncmp(resource, "attachable-volumes-", 19))
		return "byte";
	return "integer";
}

void sh_kube_resources(struct sh_kube *k, const char *metric, const json_t *object,
		       const char *container, const char *node)
{
	SH_CLEANUP_BUF struct sh_buf name = SH_BUF_INIT;

	for (void *i = sh_members(object); i; i = sh_members_next(object, i)) {
		const char *resource = json_object_iter_key(i), *unit = unit_of(resource);
		double v = sh_kube_quantity(json_object_iter_value(i));

		sh_buf_clear(&name);
		add_label(&name, resource);
		if (container)
			sh_kube_fact(k, metric, v, "container", container, "node", node,
				     "resource", sh_buf_str(&name), "unit", unit, NULL);
		else
			sh_kube_fact(k, metric, v, "resource", sh_buf_str(&name), "unit", unit, NULL);
	}
}

const json_t *sh_kube_condition_of(const json_t *doc, const char *type)
{
	size_t i;
	json_t *c;

	json_array_foreach(sh_document_at(doc, "status.conditions"), i, c) {
		const char *is = sh_document_text(c, "type");

		if (is && !strcmp(is, type))
			return c;
	}
	return NULL;
}

double sh_kube_condition(const json_t *doc, const char *type)
{
	const char *status = sh_document_text(sh_kube_condition_of(doc, type), "status");

	return status ? !strcmp(status, "True") : NAN;
}
