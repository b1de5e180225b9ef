/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <math.h>
#include <string.h>

#include "base/clock.h"
#include "cli/escape.h"
#include "cli/text_parts.h"
#include "record/entity.h"
#include "record/json.h"

enum { ENTITY_COLUMN = 34, MOST = 6 };

/* What a person looks at first, by type of entity; other types show their first metrics. */
static const struct {
	const char *type;
	const char *metric[9];
} main_metrics[] = {
	{ "host", { "cpu.usage", "memory.usage", "memory.available_bytes", "memory.swap_usage",
		    "load.one", "load.five", "pressure.cpu_some_avg10", "pressure.io_some_avg10" } },
	{ "filesystem", { "storage.utilization", "storage.available_bytes",
			  "storage.inodes_utilization", "latency.read_avg", "latency.write_avg" } },
	{ "disk", { "disk.busy", "disk.read_bytes", "disk.write_bytes", "latency.read_avg",
		    "latency.write_avg" } },
	{ "net", { "net.rx_bytes", "net.tx_bytes", "net.rx_errors", "net.tx_errors" } },
	{ "service", { "service.running", "service.stopped", "service.cpu", "service.memory_bytes",
		       "check.ok", "check.time_ms", "check.status" } },
	{ "check", { "check.ok", "check.time_ms", "check.status" } },
	{ "file", { "file.exists", "file.matches_baseline", "file.size_bytes", "file.age_s" } },
};

static bool ends_with(const char *s, const char *end)
{
	size_t n = strlen(s), m = strlen(end);

	return n >= m && !strcmp(s + n - m, end);
}

static bool is_word(const char *name, const char *const *word)
{
	for (; *word; word++) {
		if (!strcmp(name, *word))
			return true;
	}
	return false;
}

static void add_number(struct sh_text *t, double v)
{
	if (fabs(v) >= 1000 || v == floor(v))
		sh_buf_addf(t->out, "%.0f", v);
	else
		sh_buf_addf(t->out, "%.3g", v);
}

/* One decimal tells all that a percentage is good for. */
static void add_percent(struct sh_text *t, double v)
{
	double tenths = round(v * 10);

	sh_buf_addf(t->out, "%.*f %%", fmod(tenths, 10) != 0, tenths / 10);
}

/* The value with the unit that its name implies (share/metrics.yaml has the same names). */
static void add_metric(struct sh_text *t, const char *group, const char *name, double v)
{
	static const char *const percent[] = { "usage", "utilization", "busy", "user", "system",
					       "iowait", "steal", "idle", "swap_usage",
					       "inodes_utilization", NULL };
	static const char *const flag[] = { "ok", "running", "stopped", "exists", "up", "read_only",
					    "image", "matches_baseline", "synchronised", "required",
					    "mounted", NULL };
	bool rate = !strcmp(group, "disk") || !strcmp(group, "net");

	sh_text_add(t, group);
	sh_buf_addch(t->out, '.');
	sh_text_add(t, name);
	sh_buf_addch(t->out, ' ');
	/* Of all processes, how many are running or stopped. */
	if (is_word(name, flag) && (v == 0 || v == 1) && strcmp(group, "process") != 0) {
		sh_buf_addstr(t->out, v != 0 ? "yes" : "no");
	} else if (ends_with(name, "_bytes") && (rate || v >= 0)) {
		sh_text_bytes(t, v);
		sh_buf_addstr(t->out, rate ? "/s" : "");
	} else if (ends_with(name, "_s") && v >= 0 && v < 1e9) {
		sh_text_duration(t, (int64_t)(v * 1e9));
	} else {
		if (is_word(name, percent) || ends_with(name, "_avg10")) {
			add_percent(t, v);
			return;
		}
		add_number(t, v);
		if (ends_with(name, "_ms") || !strcmp(group, "latency"))
			sh_buf_addstr(t->out, " ms");
	}
}

static void add_separator(struct sh_text *t, size_t shown)
{
	if (shown)
		sh_buf_addstr(t->out, "  ");
}

static size_t add_named(struct sh_text *t, const json_t *metrics, const char *const *path)
{
	size_t shown = 0;

	for (; *path && shown < MOST; path++) {
		const char *dot = strchr(*path, '.');
		SH_CLEANUP_BUF struct sh_buf group = SH_BUF_INIT;
		const json_t *value;

		sh_buf_add(&group, *path, (size_t)(dot - *path));
		value = json_object_get(json_object_get(metrics, sh_buf_str(&group)), dot + 1);
		if (!json_is_number(value))
			continue;
		add_separator(t, shown++);
		add_metric(t, sh_buf_str(&group), dot + 1, json_number_value(value));
	}
	return shown;
}

static void add_first(struct sh_text *t, json_t *metrics)
{
	const char *group, *name;
	json_t *members, *value;
	size_t shown = 0;

	json_object_foreach(metrics, group, members) {
		json_object_foreach(members, name, value) {
			if (shown == MOST) {
				sh_buf_addstr(t->out, "  …");
				return;
			}
			add_separator(t, shown++);
			add_metric(t, group, name, json_number_value(value));
		}
	}
}

static const char *const *main_of(struct sh_span entity)
{
	struct sh_entity parts;

	if (!sh_entity_split(entity, &parts))
		return NULL;
	for (size_t i = 0; i < sizeof(main_metrics) / sizeof(main_metrics[0]); i++) {
		if (sh_span_is(parts.type, main_metrics[i].type))
			return main_metrics[i].metric;
	}
	return NULL;
}

void sh_text_sample(struct sh_text *t, const struct sh_record *r, const json_t *object)
{
	json_auto_t *metrics = sh_record_metrics(r);
	json_auto_t *dims = sh_record_dims(r);
	const char *error = sh_json_str(object, "error", NULL);
	const char *const *wanted = main_of(r->entity);
	size_t start, width;

	sh_text_time(t, r->time);
	start = t->out->len;
	sh_text_span(t, r->entity);
	sh_text_dims(t, dims);
	width = sh_escape_width(t->out->data + start, t->out->len - start);
	sh_buf_addf(t->out, "%*s", width < ENTITY_COLUMN ? (int)(ENTITY_COLUMN - width) : 2, "");
	if (!wanted || !add_named(t, metrics, wanted))
		add_first(t, metrics);
	if (error) {
		sh_buf_addstr(t->out, "  ");
		sh_text_colored(t, SH_TEXT_BAD, error);
	}
	sh_buf_addch(t->out, '\n');
}
