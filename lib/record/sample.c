/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "record/sample.h"

#include <math.h>
#include <string.h>

#include "base/clock.h"
#include "record/entity.h"
#include "record/json.h"

static void add_text(struct sh_buf *out, const char *s)
{
	sh_json_add_string(out, s, strlen(s));
}

static void add_member(struct sh_buf *out, const char *name, const char *value)
{
	sh_buf_addch(out, ',');
	add_text(out, name);
	sh_buf_addch(out, ':');
	add_text(out, value);
}

static void add_head(struct sh_buf *out, const char *kind, const char *host, int64_t time)
{
	char text[SH_TIME_TEXT];

	sh_buf_addstr(out, "{\"kind\":\"");
	sh_buf_addstr(out, kind);
	sh_buf_addstr(out, "\",\"time\":\"");
	sh_buf_add(out, text, sh_time_format(text, time));
	sh_buf_addch(out, '"');
	add_member(out, "host", host);
}

void sh_sample_begin(struct sh_sample_writer *w, struct sh_buf *out, const char *host,
		     const char *entity, int64_t time)
{
	*w = (struct sh_sample_writer){ .out = out, .start = out->len };
	add_head(out, "sample", host, time);
	add_member(out, "entity", entity);
}

static void add_pairs(struct sh_buf *out, const char *name, const char *const *pairs)
{
	if (!pairs || !pairs[0])
		return;
	sh_buf_addstr(out, ",\"");
	sh_buf_addstr(out, name);
	sh_buf_addstr(out, "\":{");
	for (size_t i = 0; pairs[i]; i += 2) {
		if (i)
			sh_buf_addch(out, ',');
		add_text(out, pairs[i]);
		sh_buf_addch(out, ':');
		add_text(out, pairs[i + 1]);
	}
	sh_buf_addch(out, '}');
}

void sh_sample_dims(struct sh_sample_writer *w, const char *const *pairs)
{
	add_pairs(w->out, "dims", pairs);
}

void sh_sample_labels(struct sh_sample_writer *w, const char *const *pairs)
{
	add_pairs(w->out, "labels", pairs);
}

void sh_sample_source(struct sh_sample_writer *w, const char *collector, const char *target)
{
	sh_buf_addstr(w->out, ",\"source\":{\"collector\":");
	add_text(w->out, collector);
	if (target)
		add_member(w->out, "target", target);
	sh_buf_addch(w->out, '}');
}

void sh_sample_group(struct sh_sample_writer *w, const char *name)
{
	if (w->group_open)
		sh_buf_addch(w->out, '}');
	w->group_open = false;
	w->group = name;
}

void sh_sample_number(struct sh_sample_writer *w, const char *name, double v)
{
	if (!isfinite(v))
		return;
	if (!w->metrics_open)
		sh_buf_addstr(w->out, ",\"metrics\":{");
	else
		sh_buf_addch(w->out, ',');
	if (!w->group_open) {
		add_text(w->out, w->group);
		sh_buf_addstr(w->out, ":{");
	}
	w->metrics_open = true;
	w->group_open = true;
	w->said = true;
	add_text(w->out, name);
	sh_buf_addch(w->out, ':');
	sh_json_add_number(w->out, v);
}

static void close_metrics(struct sh_sample_writer *w)
{
	sh_sample_group(w, NULL);
	if (w->metrics_open)
		sh_buf_addch(w->out, '}');
	w->metrics_open = false;
}

void sh_sample_text(struct sh_sample_writer *w, const char *name, const char *value)
{
	close_metrics(w);
	add_member(w->out, name, value);
	w->said = true;
}

void sh_sample_object(struct sh_sample_writer *w, const char *name)
{
	close_metrics(w);
	sh_buf_addch(w->out, ',');
	add_text(w->out, name);
	sh_buf_addstr(w->out, ":{");
	w->member = false;
}

void sh_sample_object_dim(struct sh_sample_writer *w, struct sh_span name, struct sh_span value)
{
	if (w->member)
		sh_buf_addch(w->out, ',');
	w->member = true;
	sh_json_add_string(w->out, name.p, name.len);
	sh_buf_addch(w->out, ':');
	sh_json_add_string(w->out, value.p, value.len);
}

void sh_sample_object_text(struct sh_sample_writer *w, const char *name, const char *value)
{
	sh_sample_object_dim(w, sh_span_of(name), sh_span_of(value));
	w->said = true;
}

void sh_sample_object_end(struct sh_sample_writer *w)
{
	sh_buf_addch(w->out, '}');
}

void sh_sample_end(struct sh_sample_writer *w)
{
	if (!w->said) {
		w->out->len = w->start;
		w->out->data[w->start] = '\0';
		return;
	}
	close_metrics(w);
	sh_buf_addstr(w->out, "}\n");
}

void sh_tick_write(struct sh_buf *out, const char *host, int64_t time, int64_t interval)
{
	add_head(out, "tick", host, time);
	sh_buf_addstr(out, ",\"interval\":");
	sh_json_add_number(out, (double)interval / (double)SH_SEC);
	sh_buf_addstr(out, "}\n");
}

void sh_collect_failure_write(struct sh_buf *out, const char *host, const char *collector,
			      const char *target, int64_t time, const char *error)
{
	struct sh_buf entity = SH_BUF_INIT;
	struct sh_sample_writer w;

	sh_entity_add(&entity, "collector", collector, host);
	sh_sample_begin(&w, out, host, sh_buf_str(&entity), time);
	sh_sample_source(&w, collector, target);
	sh_sample_group(&w, "collect");
	sh_sample_number(&w, "ok", 0);
	sh_sample_text(&w, "error", error);
	sh_sample_end(&w);
	sh_buf_release(&entity);
}

void sh_event_write(struct sh_buf *out, const char *host, const char *entity, int64_t time,
		    const char *collector, const char *type, const char *text)
{
	add_head(out, "event", host, time);
	add_member(out, "entity", entity);
	add_member(out, "type", type);
	add_member(out, "text", text);
	sh_buf_addstr(out, ",\"source\":{\"collector\":");
	add_text(out, collector);
	sh_buf_addstr(out, "}}\n");
}

void sh_edge_write(struct sh_buf *out, const char *host, int64_t time, const char *from,
		   const char *type, const char *to, const struct sh_edge_terms *terms,
		   const char *collector, const char *target)
{
	add_head(out, "edge", host, time);
	add_member(out, "from", from);
	add_member(out, "type", type);
	add_member(out, "to", to);
	if (terms->need)
		sh_buf_addf(out, ",\"need\":%u", terms->need);
	if (terms->valid)
		add_member(out, "valid", terms->valid);
	sh_buf_addstr(out, ",\"source\":{\"collector\":");
	add_text(out, collector);
	if (target)
		add_member(out, "target", target);
	sh_buf_addstr(out, "}}\n");
}

void sh_notice_write(struct sh_buf *out, const char *host, int64_t time, const char *severity,
		     const char *text, const char *about)
{
	sh_notice_write_with(out, host, time, severity, text, about, NULL);
}

static void add_extra(struct sh_buf *out, const json_t *extra)
{
	json_t *object = (json_t *)(uintptr_t)extra; /* iterating changes nothing */

	for (void *i = json_object_iter(object); i; i = json_object_iter_next(object, i)) {
		const char *name = json_object_iter_key(i);

		sh_buf_addch(out, ',');
		sh_json_add_string(out, name, strlen(name));
		sh_buf_addch(out, ':');
		sh_json_dump(out, json_object_iter_value(i));
	}
}

void sh_notice_write_with(struct sh_buf *out, const char *host, int64_t time, const char *severity,
			  const char *text, const char *about, const json_t *extra)
{
	add_head(out, "notice", host, time);
	add_member(out, "severity", severity);
	add_member(out, "text", text);
	if (about)
		add_member(out, "about", about);
	add_extra(out, extra);
	sh_buf_addstr(out, "}\n");
}
