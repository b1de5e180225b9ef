/* SPDX-License-Identifier: MIT */
/*
 * Interrupts by line and processor, /proc/interrupts and /proc/softirqs: a sample for each
 * line with a member for each processor, since a large machine has a hundred thousand pairs.
 */
#include "config.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "collect/host/kv.h"
#include "collect/table.h"
#include "collect/text.h"

#define MAX_CPUS 8192
#define MAX_FILE ((size_t)64 << 20)

/* "CPU0 CPU2 …": how many, each with its number; *head stays for walking along the counts. */
static size_t count_cpus(struct sh_span head)
{
	struct sh_span field;
	size_t n = 0;

	while (n < MAX_CPUS && sh_text_field(&head, &field) && sh_text_after(field, "CPU").len)
		n++;
	return n;
}

/* The numbers of one line; *rest is what follows them. False where there are fewer than processors. */
static bool write_counts(struct sh_sample_writer *w, struct sh_span head, struct sh_span *rest, size_t n)
{
	struct sh_span cpu;
	uint64_t v;
	char name[24];

	for (size_t i = 0; i < n; i++) {
		if (!sh_text_field(&head, &cpu) || sh_text_u64s(rest, &v, 1) != 1 ||
		    !sh_kv_copy(sh_text_after(cpu, "CPU"), name, sizeof(name)))
			return false;
		sh_sample_number(w, name, (double)v);
	}
	return true;
}

static bool has_counts(struct sh_span rest, size_t n)
{
	uint64_t v;

	while (n && sh_text_u64s(&rest, &v, 1) == 1)
		n--;
	return !n;
}

/* After the counts: for a numbered line the controller and then the devices, else what it is. */
static void describe(struct sh_span rest, bool numbered, char *info, char *devices, size_t size)
{
	struct sh_span field;

	rest = sh_kv_trim(rest);
	*info = *devices = '\0';
	if (!numbered) {
		sh_kv_copy(rest, info, size);
		return;
	}
	if (sh_text_field(&rest, &field))
		sh_kv_copy(field, info, size);
	sh_kv_copy(sh_kv_trim(rest), devices, size);
}

static void write_line(struct sh_collect *c, struct sh_span head, size_t n, const char *type,
		       struct sh_span rest)
{
	char info[128], devices[512];
	const char *labels[5] = { NULL };
	struct sh_sample_writer w;
	struct sh_span after = rest;
	uint64_t skipped;
	size_t k = 0;

	for (size_t i = 0; i < n; i++)
		sh_text_u64s(&after, &skipped, 1);
	describe(after, isdigit((unsigned char)*type), info, devices, sizeof(info));
	if (*info) {
		labels[k++] = "info";
		labels[k++] = info;
	}
	if (*devices) {
		labels[k++] = "devices";
		labels[k++] = devices;
	}
	sh_collect_begin(c, &w, "interrupt", type, type, NULL, labels);
	sh_sample_group(&w, "interrupts");
	write_counts(&w, head, &rest, n);
	sh_sample_end(&w);
}

static void write_softirq(struct sh_collect *c, struct sh_span head, size_t n, const char *type,
			  struct sh_span rest)
{
	const char *dims[] = { "type", type, NULL };
	struct sh_sample_writer w;

	sh_collect_begin(c, &w, "host", c->host, c->host, dims, NULL);
	sh_sample_group(&w, "softirqs_functions");
	write_counts(&w, head, &rest, n);
	sh_sample_end(&w);
}

static int walk(struct sh_collect *c, const char *path,
		void (*write)(struct sh_collect *, struct sh_span, size_t, const char *, struct sh_span),
		struct sh_error *err)
{
	struct sh_span text, head, key, rest;
	char type[32];
	size_t n;

	if (sh_file_read(c->root, path, MAX_FILE, &c->text, err) < 0)
		return -1;
	text = sh_text_of(&c->text);
	if (!sh_text_line(&text, &head))
		return 0;
	n = count_cpus(head);
	if (!n)
		return sh_error_set(err, SH_ERRC_SYSTEM, "cannot understand '/%s'", path);
	/* ERR and MIS have one number for all. */
	while (sh_kv_line(&text, &key, &rest))
		if (sh_kv_copy(key, type, sizeof(type)) && has_counts(rest, n))
			write(c, head, n, type, rest);
	return 0;
}

int sh_collect_interrupts(struct sh_collect *c, struct sh_error *err)
{
	struct sh_error first = SH_ERROR_INIT;

	if (walk(c, "proc/interrupts", write_line, &first) < 0 && first.code != SH_ERRC_UNAVAILABLE)
		sh_collect_fail(c, c->host, &first);
	return walk(c, "proc/softirqs", write_softirq, err);
}
