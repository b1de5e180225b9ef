/* SPDX-License-Identifier: MIT */
/*
 * What sysstat keeps, as `sadf -j` shows it: of each host the intervals, and of each
 * of these the sections. A section is an object of numbers, or a list of them, of
 * which each names what it is about (a processor, a disk, an interface). The
 * section "disk" becomes the group sar_disk; sysstat's units stay as they are.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "collect/format/each.h"
#include "collect/format/formats.h"
#include "record/json.h"

#define MAX_DIMS 8
#define MAX_DEPTH 4

/* What a member of an item says about whose it is. */
static const struct {
	const char *key, *type;
} entities[] = {
	{ "cpu", "cpu" }, { "disk-device", "disk" }, { "iface", "net" }, { "mountpoint", "filesystem" },
};

/* Whose numbers these are: an entity of its own, dimensions of one, or the host itself. */
struct subject {
	const char *type, *name;
	const char *dims[2 * MAX_DIMS + 1];
	char number[MAX_DIMS][24];
	size_t n;
};

static void add_dim(struct subject *s, const char *key, const char *value)
{
	if (s->n == MAX_DIMS)
		return;
	s->dims[2 * s->n] = key;
	s->dims[2 * s->n + 1] = value;
	s->n++;
}

/* "all" processors are the machine. */
static void add_name(struct subject *s, const char *key, const char *name)
{
	for (size_t i = 0; i < sizeof(entities) / sizeof(*entities); i++) {
		if (strcmp(key, entities[i].key) != 0)
			continue;
		if (!strcmp(key, "cpu") && !strcmp(name, "all"))
			return;
		if (!s->type && *name) {
			s->type = entities[i].type;
			s->name = name;
			return;
		}
	}
	add_dim(s, key, name);
}

/* Numbers that count things, and do not measure them. */
static bool is_number_of(const char *key)
{
	return !strcmp(key, "number") || !strcmp(key, "line") || !strcmp(key, "bus_number") ||
	       !strcmp(key, "cpu");
}

static void find_subject(json_t *item, struct subject *s)
{
	const char *key;
	json_t *value;

	memset(s, 0, sizeof(*s));
	json_object_foreach(item, key, value) {
		if (json_is_string(value)) {
			add_name(s, key, json_string_value(value));
		} else if (json_is_integer(value) && is_number_of(key) && s->n < MAX_DIMS) {
			char *text = s->number[s->n];

			snprintf(text, sizeof(s->number[0]), "%lld",
				 (long long)json_integer_value(value));
			add_name(s, key, text);
		}
	}
}

/* "%fsused" is fsused_percent, "ldavg-1" ldavg_1. */
static void add_key(struct sh_buf *out, const char *key)
{
	size_t from = out->len;

	sh_buf_addstr(out, *key == '%' ? key + 1 : key);
	if (*key == '%')
		sh_buf_addstr(out, "_percent");
	for (size_t i = from; i < out->len; i++)
		if (out->data[i] == '-')
			out->data[i] = '_';
}

static void write_numbers(struct sh_sample_writer *w, json_t *item)
{
	SH_CLEANUP_BUF struct sh_buf name = SH_BUF_INIT;
	const char *key;
	json_t *value;

	json_object_foreach(item, key, value) {
		if (!json_is_number(value) || is_number_of(key))
			continue;
		sh_buf_clear(&name);
		add_key(&name, key);
		sh_sample_number(w, sh_buf_str(&name), json_number_value(value));
	}
}

static void write_item(struct sh_import *in, const char *section, json_t *item)
{
	SH_CLEANUP_BUF struct sh_buf group = SH_BUF_INIT;
	struct sh_sample_writer w;
	struct subject s;

	find_subject(item, &s);
	sh_buf_addstr(&group, "sar_");
	add_key(&group, section);
	sh_import_begin(in, &w, s.type, s.name, s.n ? s.dims : NULL, NULL);
	sh_sample_group(&w, sh_buf_str(&group));
	write_numbers(&w, item);
	sh_sample_end(&w);
}

/* Objects and lists within are sections of their own: "io-reads" of "io". */
static void read_section(struct sh_import *in, const char *section, json_t *value, int depth)
{
	const char *key;
	json_t *item;
	size_t i;

	if (json_is_array(value))
		json_array_foreach(value, i, item)
			if (json_is_object(item))
				write_item(in, section, item);
	if (!json_is_object(value))
		return;
	write_item(in, section, value);
	json_object_foreach(value, key, item)
		if (!json_is_number(item) && depth < MAX_DEPTH)
			read_section(in, key, item, depth + 1);
}

/* Without "utc" it is local time of a machine whose zone is a mere name. */
static int read_time(json_t *stamp, int64_t *out, struct sh_error *err)
{
	char text[64];

	if (sh_json_int(stamp, "utc", 0) != 1)
		return sh_error_set(err, SH_ERRC_INPUT,
				    "the time is local to some zone: use sadf without -t and -T");
	snprintf(text, sizeof(text), "%.20sT%.20sZ", sh_json_str(stamp, "date", ""),
		 sh_json_str(stamp, "time", ""));
	if (sh_time_parse(text, strlen(text), out) < 0)
		return sh_error_set(err, SH_ERRC_INPUT, "'%s' is no time", text);
	return 0;
}

static void read_interval(struct sh_import *in, json_t *interval)
{
	struct sh_error e = SH_ERROR_INIT;
	const char *key;
	json_t *value;

	if (read_time(json_object_get(interval, "timestamp"), &in->time, &e) < 0) {
		sh_import_bad(in, in->line, &e);
		return;
	}
	json_object_foreach(interval, key, value)
		if (strcmp(key, "timestamp") != 0)
			read_section(in, key, value, 0);
}

static void read_restart(struct sh_import *in, json_t *restart)
{
	struct sh_error e = SH_ERROR_INIT;
	json_t *boot = json_object_get(restart, "boot");
	SH_CLEANUP_BUF struct sh_buf entity = SH_BUF_INIT;
	int64_t time;

	if (!boot)
		return;
	if (read_time(boot, &time, &e) < 0) {
		sh_import_bad(in, in->line, &e);
		return;
	}
	sh_buf_addf(&entity, "host:%s", in->c->host);
	sh_event_write(&in->c->out, in->c->host, sh_buf_str(&entity), time, in->format->name,
		       "reboot", "the machine was booted");
}

/* What is about another machine names that one. */
static void read_host(struct sh_import *in, json_t *host)
{
	const char *here = sh_import_host(in, sh_json_str(host, "nodename", NULL));
	json_t *item;
	size_t i;

	json_array_foreach(json_object_get(host, "statistics"), i, item)
		read_interval(in, item);
	json_array_foreach(json_object_get(host, "restarts"), i, item)
		read_restart(in, item);
	in->c->host = here;
}

static int read_document(struct sh_import *in, json_t *value, struct sh_error *err)
{
	json_t *hosts = json_object_get(json_object_get(value, "sysstat"), "hosts"), *host;
	int64_t time = in->time;
	size_t i;

	if (!json_is_array(hosts))
		return sh_error_set(err, SH_ERRC_INPUT, "there is no sysstat.hosts: is this of 'sadf -j'?");
	json_array_foreach(hosts, i, host)
		read_host(in, host);
	in->time = time;
	return 0;
}

int sh_format_sadf(struct sh_import *in, struct sh_span text, struct sh_error *err)
{
	(void)err;
	sh_import_each(in, text, read_document);
	return 0;
}
