/* SPDX-License-Identifier: MIT */
/*
 * `virsh domstats`: entity vm:NAME, without a host, since machines move. Totals
 * come with --detail, under libvirt's own names.
 */
#include "config.h"

#include <math.h>
#include <string.h>

#include "collect/format/document.h"
#include "collect/format/formats.h"
#include "collect/format/units.h"
#include "collect/text.h"

#define KIB 1024

struct domain {
	struct sh_import *in;
	char name[256];
	json_t *all; /* owned: "balloon.current" -> number or text; NULL outside */
	size_t known;
};

/* Keys have dots in them, so this is no path. */
static double number(const struct domain *d, const char *key)
{
	return sh_document_value(json_object_get(d->all, key));
}

static double numbered(const struct domain *d, const char *group, unsigned i, const char *rest)
{
	SH_CLEANUP_BUF struct sh_buf key = SH_BUF_INIT;

	sh_buf_addf(&key, "%s.%u.%s", group, i, rest);
	return number(d, sh_buf_str(&key));
}

static const char *named(const struct domain *d, const char *group, unsigned i)
{
	SH_CLEANUP_BUF struct sh_buf key = SH_BUF_INIT;

	sh_buf_addf(&key, "%s.%u.name", group, i);
	return json_string_value(json_object_get(d->all, sh_buf_str(&key)));
}

static void put_state(struct sh_sample_writer *s, const struct domain *d)
{
	/* enum virDomainState: 1 running, 3 paused, 5 shut off, 6 crashed */
	double state = number(d, "state.state");

	if (isnan(state))
		return;
	sh_sample_number(s, "running", state == 1);
	sh_sample_number(s, "paused", state == 3);
	sh_sample_number(s, "stopped", state == 5);
	sh_sample_number(s, "crashed", state == 6);
}

/* What the guest itself says of its memory, where its driver does. */
static void put_memory(struct sh_sample_writer *s, const struct domain *d)
{
	double seen = number(d, "balloon.available"), usable = number(d, "balloon.usable");

	sh_sample_group(s, "memory");
	sh_sample_number(s, "usage", sh_percent(seen - usable, seen));
	sh_sample_number(s, "total_bytes", KIB * number(d, "balloon.current"));
	sh_sample_number(s, "limit_bytes", KIB * number(d, "balloon.maximum"));
	sh_sample_number(s, "available_bytes", KIB * usable);
	sh_sample_number(s, "resident_bytes", KIB * number(d, "balloon.rss"));
}

/* An average since the machine was started is no latency of now: totals only. */
static const char *const disk_totals[] = { "rd.reqs", "rd.bytes", "rd.times", "wr.reqs",
					   "wr.bytes", "wr.times", "fl.reqs",  "fl.times",
					   "errors" };
static const char *const net_totals[] = { "rx.bytes", "rx.pkts", "rx.errs", "rx.drop",
					  "tx.bytes", "tx.pkts", "tx.errs", "tx.drop" };

static void put_totals(struct sh_sample_writer *s, const struct domain *d, const char *group,
		       unsigned i, const char *const *names, size_t n)
{
	SH_CLEANUP_BUF struct sh_buf name = SH_BUF_INIT;

	for (size_t k = 0; k < n; k++) {
		sh_buf_clear(&name);
		sh_metric_name(&name, names[k]);
		sh_buf_addstr(&name, "_total");
		sh_sample_number(s, sh_buf_str(&name), numbered(d, group, i, names[k]));
	}
}

static void devices(const struct domain *d, const char *group)
{
	bool disk = !strcmp(group, "block");
	struct sh_sample_writer s;
	const char *name;

	for (unsigned i = 0; (name = named(d, group, i)); i++) {
		const char *dims[] = { disk ? "disk" : "interface", name, NULL };

		sh_document_begin_fleet(&s, d->in, "vm", d->name, dims, NULL);
		sh_sample_group(&s, group);
		if (disk) {
			sh_sample_number(&s, "size_bytes", numbered(d, group, i, "capacity"));
			sh_sample_number(&s, "allocated_bytes", numbered(d, group, i, "allocation"));
			sh_sample_number(&s, "file_bytes", numbered(d, group, i, "physical"));
			put_totals(&s, d, group, i, disk_totals, 9);
		} else {
			put_totals(&s, d, group, i, net_totals, 8);
		}
		sh_sample_end(&s);
	}
}

/* GROUP.REST -> the object of GROUP. */
static json_t *grouped(const struct domain *d)
{
	SH_CLEANUP_BUF struct sh_buf name = SH_BUF_INIT;
	json_t *groups = json_object();

	for (void *i = sh_members(d->all); i; i = sh_members_next(d->all, i)) {
		const char *key = json_object_iter_key(i), *dot = strchr(key, '.');
		json_t *v = json_object_iter_value(i), *group;

		if (!dot || dot == key || !dot[1] || !json_is_number(v))
			continue;
		group = json_object_getn(groups, key, (size_t)(dot - key));
		if (!group) {
			group = json_object();
			json_object_setn_new(groups, key, (size_t)(dot - key), group);
		}
		sh_buf_clear(&name);
		sh_metric_name(&name, dot + 1);
		json_object_set(group, sh_buf_str(&name), v);
	}
	return groups;
}

static void raw(const struct domain *d)
{
	const char *dims[] = { "source", "domstats", NULL };
	json_t *groups = grouped(d);
	struct sh_sample_writer s;

	sh_document_begin_fleet(&s, d->in, "vm", d->name, dims, NULL);
	for (void *i = sh_members(groups); i; i = sh_members_next(groups, i)) {
		sh_sample_group(&s, json_object_iter_key(i));
		sh_document_put_all(&s, json_object_iter_value(i));
	}
	sh_sample_end(&s);
	json_decref(groups);
}

static void end_domain(struct domain *d)
{
	struct sh_sample_writer s;

	if (!d->all)
		return;
	sh_document_begin_fleet(&s, d->in, "vm", d->name, NULL, NULL);
	sh_sample_group(&s, "vm");
	put_state(&s, d);
	sh_sample_number(&s, "cpus", number(d, "vcpu.current"));
	sh_sample_number(&s, "cpus_max", number(d, "vcpu.maximum"));
	sh_sample_number(&s, "cpu_s_total", number(d, "cpu.time") / 1e9);
	put_memory(&s, d);
	sh_sample_end(&s);
	devices(d, "block");
	devices(d, "net");
	if (d->in->c->detail)
		raw(d);
	json_decref(d->all);
	d->all = NULL;
	d->known++;
}

/* "Domain: 'name'". */
static bool begins_domain(struct domain *d, struct sh_span line)
{
	struct sh_span name = sh_text_after(line, "Domain:");
	size_t n;

	if (!name.p)
		return false;
	end_domain(d);
	name = sh_unit_trim(name);
	if (name.len >= 2 && name.p[0] == '\'' && name.p[name.len - 1] == '\'')
		name = (struct sh_span){ name.p + 1, name.len - 2 };
	n = name.len < sizeof(d->name) - 1 ? name.len : sizeof(d->name) - 1;
	memcpy(d->name, name.p, n);
	d->name[n] = '\0';
	d->all = json_object();
	return true;
}

/* What is a name, or a list of processors, is no number though it may look like one. */
static bool is_word(struct sh_span key)
{
	static const char *const ends[] = { ".name", ".vcpus", ".path", ".addr" };

	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		size_t len = strlen(ends[i]);

		if (key.len > len && !memcmp(key.p + key.len - len, ends[i], len))
			return true;
	}
	return false;
}

static void pair(struct domain *d, struct sh_span line)
{
	struct sh_span key = sh_unit_before(line, '='), value = sh_unit_behind(line, '=');
	double v = is_word(key) ? NAN : sh_unit_number(value);

	if (!d->all || !key.len)
		return;
	json_object_setn_new(d->all, key.p, key.len,
			     isnan(v) ? json_stringn(value.p, value.len) : json_real(v));
}

int sh_format_domstats(struct sh_import *in, struct sh_span text, struct sh_error *err)
{
	struct domain d = { .in = in };
	struct sh_span line;

	while (sh_text_line(&text, &line))
		if (!begins_domain(&d, sh_unit_trim(line)))
			pair(&d, line);
	end_domain(&d);
	if (!d.known)
		return sh_error_set(err, SH_ERRC_INPUT, "no statistics of domains");
	return 0;
}
