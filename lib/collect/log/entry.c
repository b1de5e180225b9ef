/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "collect/log/entry.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "collect/text.h"
#include "record/entity.h"
#include "record/json.h"
#include "record/log.h"

struct log_state {
	struct sh_stamp_clock clock;
	struct sh_buf scratch;
	bool holding;
	struct sh_log_entry held;          /* what it points to is kept in these: */
	struct sh_buf text, words, fields; /* words: host, program and unit in a row */
	size_t lines;                      /* joined to it */
	struct sh_buf host, entity, unit;  /* of the record that is written */
};

static struct log_state *state_of(struct sh_import *in)
{
	if (!in->state)
		in->state = sh_calloc(1, sizeof(struct log_state));
	return in->state;
}

struct sh_stamp_clock *sh_log_clock(struct sh_import *in)
{
	return &state_of(in)->clock;
}

struct sh_buf *sh_log_scratch(struct sh_import *in)
{
	struct sh_buf *scratch = &state_of(in)->scratch;

	sh_buf_clear(scratch);
	return scratch;
}

/* syslog and the journal write the first label of a name where SH_HOST may be all of it. */
static bool is_local(const char *local, struct sh_span host)
{
	size_t label = strcspn(local, ".");

	return !host.len || sh_span_is(host, local) || sh_span_is(host, "localhost") ||
	       (host.len == label && !memcmp(host.p, local, label));
}

/* Names of hosts are parts of entities: what cannot be one is none. */
static bool is_name(struct sh_span host)
{
	for (size_t i = 0; i < host.len; i++)
		if ((unsigned char)host.p[i] <= ' ' || (unsigned char)host.p[i] >= 0x7F ||
		    strchr("@%\"\\", host.p[i]))
			return false;
	return true;
}

static const char *name_host(struct sh_import *in, struct log_state *s, struct sh_span host)
{
	if (in->own_host || is_local(in->c->host, host) || !is_name(host))
		return in->c->host;
	sh_buf_clear(&s->host);
	sh_buf_add(&s->host, host.p, host.len);
	return sh_buf_str(&s->host);
}

static const char *name_entity(struct sh_import *in, struct log_state *s, const char *host)
{
	sh_buf_clear(&s->entity);
	if (in->entity)
		sh_buf_addf(&s->entity, "%s@%s", in->entity, host);
	else
		sh_entity_add(&s->entity, "host", host, NULL);
	return sh_buf_str(&s->entity);
}

static int64_t arrival(struct sh_import *in)
{
	return in->time ? in->time : sh_collect_time(in->c);
}

static void write_entry(struct sh_import *in, const struct sh_log_entry *e)
{
	struct log_state *s = state_of(in);
	const char *labels[7] = { NULL };
	struct sh_log log = { .severity = e->severity, .pid = e->pid, .text = e->text,
			      .fields = e->fields, .truncated = e->truncated, .labels = labels,
			      .target = in->target };
	size_t n = 0;

	if (in->wants && !in->wants(in->wants_arg, e->text))
		return;
	log.time = e->time ? e->time : arrival(in);
	log.host = name_host(in, s, e->host);
	log.entity = name_entity(in, s, log.host);
	log.collector = in->target ? in->c->current->name : in->format->name;
	log.program = e->program.len ? e->program : SH_SPAN_NONE;
	if (e->unit.len) {
		sh_buf_clear(&s->unit);
		sh_buf_add(&s->unit, e->unit.p, e->unit.len);
		labels[n++] = "unit";
		labels[n++] = sh_buf_str(&s->unit);
	}
	if (in->target && in->file) {
		labels[n++] = "file";
		labels[n++] = in->file;
	}
	if (e->facility) {
		labels[n++] = "facility";
		labels[n++] = e->facility;
	}
	sh_log_write(&in->c->out, &log);
}

void sh_log_put(struct sh_import *in, const struct sh_log_entry *e)
{
	sh_log_release(in);
	write_entry(in, e);
}

static void add(struct sh_buf *b, struct sh_span s)
{
	sh_buf_add(b, s.p ? s.p : "", s.len);
}

/* There is room for all at once, so that nothing moves while it is pointed to. */
static void keep_words(struct log_state *s)
{
	struct sh_span *const word[] = { &s->held.host, &s->held.program, &s->held.unit };
	size_t len = s->held.host.len + s->held.program.len + s->held.unit.len;

	sh_buf_clear(&s->words);
	sh_buf_reserve(&s->words, len);
	for (size_t i = 0; i < sizeof(word) / sizeof(*word); i++) {
		size_t from = s->words.len;

		add(&s->words, *word[i]);
		if (word[i]->p)
			word[i]->p = s->words.data + from;
	}
}

void sh_log_hold(struct sh_import *in, const struct sh_log_entry *e)
{
	struct log_state *s = state_of(in);

	sh_log_release(in);
	s->held = *e;
	s->holding = true;
	s->lines = 0;
	if (!s->held.time)
		s->held.time = arrival(in);
	sh_buf_clear(&s->text);
	add(&s->text, e->text);
	sh_buf_clear(&s->fields);
	add(&s->fields, e->fields);
	keep_words(s);
}

struct sh_span sh_log_held(const struct sh_import *in)
{
	const struct log_state *s = in->state;

	return s && s->holding ? sh_text_of(&s->text) : SH_SPAN_NONE;
}

bool sh_log_join(struct sh_import *in, struct sh_span line)
{
	struct log_state *s = in->state;

	if (!s || !s->holding)
		return false;
	if (s->lines >= SH_LOG_JOIN_LINES || s->text.len + line.len >= SH_LOG_JOIN_BYTES) {
		s->held.truncated = true;
		return true;
	}
	s->lines++;
	sh_buf_addch(&s->text, '\n');
	add(&s->text, line);
	return true;
}

void sh_log_held_field(struct sh_import *in, struct sh_span name, struct sh_span value)
{
	struct log_state *s = in->state;

	if (!s || !s->holding)
		return;
	if (s->fields.len + name.len + value.len >= SH_LOG_JOIN_BYTES) {
		s->held.truncated = true;
		return;
	}
	if (s->fields.len)
		s->fields.data[s->fields.len - 1] = ','; /* where it was closed */
	else
		sh_buf_addch(&s->fields, '{');
	sh_json_add_string(&s->fields, name.p, name.len);
	sh_buf_addch(&s->fields, ':');
	sh_json_add_string(&s->fields, value.p, value.len);
	sh_buf_addch(&s->fields, '}');
}

void sh_log_release(struct sh_import *in)
{
	struct log_state *s = in->state;

	if (!s || !s->holding)
		return;
	s->holding = false;
	s->held.text = sh_text_of(&s->text);
	s->held.fields = s->fields.len ? sh_text_of(&s->fields) : SH_SPAN_NONE;
	write_entry(in, &s->held);
}

void sh_log_end(struct sh_import *in)
{
	struct log_state *s = in->state;

	sh_log_release(in);
	if (!s)
		return;
	sh_buf_release(&s->scratch);
	sh_buf_release(&s->text);
	sh_buf_release(&s->words);
	sh_buf_release(&s->fields);
	sh_buf_release(&s->host);
	sh_buf_release(&s->entity);
	sh_buf_release(&s->unit);
	free(s);
	in->state = NULL;
}

const char *sh_log_facility(int64_t facility)
{
	static const char *const names[] = {
		"kern",   "user",   "mail",     "daemon", "auth",   "syslog", "lpr",    "news",
		"uucp",   "cron",   "authpriv", "ftp",    "ntp",    "audit",  "alert",  "clock",
		"local0", "local1", "local2",   "local3", "local4", "local5", "local6", "local7",
	};

	return facility >= 0 && facility < 24 ? names[facility] : NULL;
}

int64_t sh_log_pid(struct sh_span text)
{
	uint64_t v;

	return sh_text_u64(text, &v) && v <= INT32_MAX ? (int64_t)v : -1;
}
