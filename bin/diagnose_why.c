/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "diagnose_why.h"

#include <string.h>

#include "base/clock.h"
#include "diagnose/explain.h"
#include "diagnose/history_state.h"
#include "diagnose/why.h"
#include "diagnose/words.h"
#include "record/entity.h"
#include "record/json.h"
#include "sentences.h"
#include "topology/heard.h"

#define RECENT (10 * SH_MIN) /* without any fault this is compared with what was before */

/* What the records told, besides the past. */
struct heard {
	const struct sh_diagnose_why *w;
	json_t *fault; /* the entity's latest, owned */
	int64_t fault_time;
	int64_t onset_elsewhere; /* of the latest fault of another; 0: none */
	int64_t elsewhere;
};

/* Of a diagnosis its fault, and when that began; NULL when the record tells of none. A new reference. */
static json_t *fault_of(const struct sh_record *r, int64_t *onset)
{
	json_t *object, *fault;
	const char *time;

	*onset = 0;

	if (r->kind == SH_KIND_FAULT)
		return sh_record_json(r);
	if (r->kind != SH_KIND_DIAGNOSIS)
		return NULL;
	object = sh_record_json(r);
	fault = json_incref(json_object_get(object, "fault"));
	time = sh_json_str(object, "onset", "");
	if (sh_time_parse(time, strlen(time), onset) < 0)
		*onset = 0;
	json_decref(object);
	return fault;
}

/* Where the fault of another began gives the time to look at when the entity has none. */
static void hear_other(struct heard *h, int64_t time, int64_t onset)
{
	if (time < h->elsewhere)
		return;
	h->elsewhere = time;
	h->onset_elsewhere = onset;
}

/* SAID: the onset that a diagnosis says, 0 none. */
static int hear_fault(struct heard *h, const struct sh_record *r, json_t *fault, int64_t said,
		      struct sh_error *err)
{
	struct sh_fault f;
	int64_t onset;

	if (!strcmp(sh_json_str(fault, "status", ""), "pending"))
		return 0;
	if (sh_fault_from_json(&f, fault, err) < 0)
		return -1;
	onset = sh_standing_began(h->w->diagnoser->standing, &f, said ? said : sh_fault_onset(&f));
	if (strcmp(f.entity, h->w->entity) != 0) {
		hear_other(h, r->time, onset);
	} else if (!h->fault || r->time >= h->fault_time) {
		h->fault_time = r->time;
		json_decref(h->fault);
		h->fault = json_incref(fault);
	}
	sh_fault_release(&f);
	return 0;
}

static int on_record(void *arg, struct sh_stream *s, const struct sh_record *r,
		     struct sh_error *err)
{
	struct heard *h = arg;
	int64_t onset;
	json_t *fault = fault_of(r, &onset);
	int rc;

	(void)s;
	rc = fault ? hear_fault(h, r, fault, onset, err) : h->w->remember(h->w->arg, r, err);
	json_decref(fault);
	return rc;
}

static void load_state(const struct sh_diagnose_why *w)
{
	struct sh_error err = SH_ERROR_INIT;
	struct sh_state *state;

	if (sh_state_open_readonly(&state, w->cli->opt.state, "diagnose", &err) < 0)
		sh_cli_die(w->cli, &err);
	if (sh_graph_restore(w->graph, state, NULL, NULL, &err) < 0 ||
	    sh_history_load(w->history, w->graph, state, &err) < 0 ||
	    sh_standing_load(w->diagnoser->standing, state, &err) < 0)
		sh_cli_report(w->cli, &err);
	sh_state_close(state);
}

static void read_records(struct heard *h)
{
	struct sh_error err = SH_ERROR_INIT;
	struct sh_writer out;
	struct sh_stream s;

	sh_writer_init(&out, -1);
	sh_stream_init(&s, &out);
	sh_cli_stream(h->w->cli, &s, &out);
	s.ops.record = on_record;
	s.ops.arg = h;
	if (sh_stream_run(&s, &err) < 0)
		sh_cli_report(h->w->cli, &err);
	sh_writer_release(&out);
}

/* The newest that is remembered of an entity. */
static int64_t newest_of(const struct sh_past_entity *e)
{
	int64_t last = e->lines ? e->line[e->lines - 1].time : 0;
	const struct sh_track *t;

	for (size_t i = 0; (t = sh_history_next(e, &i));)
		if (t->n && t->point[t->n - 1].time > last)
			last = t->point[t->n - 1].time;
	return last;
}

static int64_t newest(const struct sh_history *history)
{
	const struct sh_map_entry *entry;
	int64_t last = 0;

	for (size_t i = 0; (entry = sh_map_next(&history->entities, &i));) {
		int64_t t = newest_of(entry->value);

		last = t > last ? t : last;
	}
	return last;
}

static int tell(const struct heard *h)
{
	const struct sh_diagnose_why *w = h->w;
	struct sh_sentences s = SH_SENTENCES_INIT;
	struct sh_tell tell = sh_sentences_tell(&s);
	struct sh_error err = SH_ERROR_INIT;
	struct sh_diagnosis d;
	struct sh_why why = { .entity = w->entity, .graph = w->graph, .history = w->history };
	bool shown;

	why.onset = h->onset_elsewhere ? h->onset_elsewhere : newest(w->history) - RECENT;
	if (h->fault && sh_diagnose(w->diagnoser, h->fault, &d, &err) < 0)
		sh_cli_die(w->cli, &err);
	if (h->fault) {
		sh_words_translate(&d, w->diagnoser->opinions, w->diagnoser->config);
		why.diagnosis = &d;
		why.onset = sh_explain_onset(&d);
	}
	shown = sh_why(&why, &tell);
	sh_sentences_write(&s, stdout);
	if (h->fault)
		sh_diagnosis_release(&d);
	return w->cli->opt.exit_status && shown ? SH_EXIT_FOUND : SH_EXIT_OK;
}

/* Something that is about it, or that it is related to. */
static bool is_known(const struct heard *h)
{
	struct sh_span name = sh_span_of(h->w->entity);

	return h->fault || sh_graph_find(h->w->graph, name) != SH_GRAPH_NONE;
}

int sh_diagnose_why(const struct sh_diagnose_why *w)
{
	struct heard h = { .w = w };
	struct sh_entity parts;
	int code;

	if (!sh_entity_split(sh_span_of(w->entity), &parts))
		sh_cli_usage_error(w->cli, "--why: '%s' is no entity, such as service:web@h",
				   w->entity);
	if (w->cli->opt.state)
		load_state(w);
	if (!w->cli->opt.state || *w->cli->operand)
		read_records(&h);
	if (!is_known(&h)) {
		sh_cli_error(w->cli, "nothing is known of '%s'", w->entity);
		return SH_EXIT_USAGE;
	}
	sh_graph_node(w->graph, sh_span_of(w->entity));
	code = tell(&h);
	json_decref(h.fault);
	return code;
}
