/* SPDX-License-Identifier: MIT */
/* history_log - lines of logs as the templates they are of */
#include "config.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/clock.h"
#include "base/mem.h"
#include "diagnose/history.h"
#include "record/fault.h"
#include "record/json.h"

#define SLOT (5 * SH_SEC)
#define LOOKED 256 /* bytes of a line in which a word tells how bad it is */
#define KIND 160   /* and in which its kind shows: what comes after are the data */
#define WORDS 12   /* with so many words or more it is long */

static const char *const bad_words[] = { "error",   "fail",    "exception", "fatal",
					 "panic",   "critical", "severe",    "refused",
					 "timeout", "time out", "timed out", "unreachable",
					 "denied",  NULL };
static const char *const worse_words[] = { "warn", "retry", "degraded", "slow", NULL };

static bool has_one(struct sh_span text, const char *const *words)
{
	for (; *words; words++) {
		size_t len = strlen(*words);

		for (size_t i = 0; i + len <= text.len; i++)
			if (!strncasecmp(text.p + i, *words, len))
				return true;
	}
	return false;
}

/* What the record says, else what its words say. */
static int severity_of(const struct sh_record *r, struct sh_span text)
{
	struct sh_slice v = sh_record_member(r, "severity");

	for (int i = 0; v.type == SH_JSON_STRING && sh_severity_words[i]; i++)
		if (sh_span_is((struct sh_span){ v.text.p + 1, v.text.len - 2 }, sh_severity_words[i]))
			return i;
	if (text.len > LOOKED)
		text.len = LOOKED;
	if (has_one(text, bad_words))
		return SH_SEVERITY_HIGH;
	return has_one(text, worse_words) ? SH_SEVERITY_MEDIUM : SH_SEVERITY_INFO;
}

struct sh_log_miner *sh_history_miner(void)
{
	static const struct sh_log_limits limits = { .streams = 8,
						     .templates = SH_HISTORY_TEMPLATES,
						     .of_stream = SH_HISTORY_TEMPLATES };

	return sh_log_miner_new(&limits);
}

/* A list of one and a list of many are one template to the miner, and two things to happen. */
static size_t words_of(struct sh_span text)
{
	size_t words = 1;

	for (size_t i = 0; i < text.len && words < WORDS; i++)
		words += text.p[i] == ' ';
	return words;
}

/* Index + 1; 0: there are too many. */
static uintptr_t template_of(struct sh_history *h, struct sh_span text, int severity, int64_t time)
{
	struct sh_log_answer answer;
	uintptr_t index;
	char key[40];

	if (text.len > KIND)
		text.len = KIND;
	if (!h->miner)
		h->miner = sh_history_miner();
	/* Lines of other severity are other templates, whatever they say. */
	sh_log_look(h->miner, sh_span_of(sh_severity_words[severity]), text, severity, time, &answer);
	snprintf(key, sizeof(key), "%d%s/%zu", severity, answer.id, words_of(text));
	index = (uintptr_t)sh_map_gets(&h->template_ids, key);
	if (!index && h->templates < SH_HISTORY_TEMPLATES) {
		sh_grow(h->template, h->templates, h->template_cap);
		h->template[h->templates++] = (struct sh_past_template){ NULL, severity };
		index = h->templates;
		sh_map_puts(&h->template_ids, key, (void *)index);
	}
	if (!index)
		return 0;
	/* It becomes more general as lines come. */
	if (!h->template[index - 1].text || strcmp(h->template[index - 1].text, answer.text) != 0) {
		h->reworded += h->template[index - 1].text != NULL;
		free(h->template[index - 1].text);
		h->template[index - 1].text = sh_strdup(answer.text);
	}
	return index;
}

static int64_t start_of(int64_t time)
{
	return time - time % SLOT;
}

static void note_time(struct sh_history *h, int64_t time)
{
	size_t at = h->slots;

	while (at && start_of(h->slot[at - 1].first) > start_of(time))
		at--;
	if (at && start_of(h->slot[at - 1].first) == start_of(time)) {
		struct sh_past_slot *s = &h->slot[at - 1];

		s->first = s->first < time ? s->first : time;
		s->last = s->last > time ? s->last : time;
		return;
	}
	if (h->slots == SH_HISTORY_SLOTS) {
		h->slots -= SH_HISTORY_SLOTS / 2;
		memmove(h->slot, h->slot + SH_HISTORY_SLOTS / 2, h->slots * sizeof(*h->slot));
		at = at > SH_HISTORY_SLOTS / 2 ? at - SH_HISTORY_SLOTS / 2 : 0;
	}
	sh_grow(h->slot, h->slots, h->slot_cap);
	memmove(h->slot + at + 1, h->slot + at, (h->slots - at) * sizeof(*h->slot));
	h->slot[at] = (struct sh_past_slot){ time, time };
	h->slots++;
}

void sh_history_log(struct sh_history *h, const struct sh_record *r)
{
	struct sh_past_entity *e = sh_history_entity(h, r->entity, r->host);
	struct sh_slice value = sh_record_member(r, "text");
	SH_CLEANUP_BUF struct sh_buf text = SH_BUF_INIT;
	struct sh_span line;
	uintptr_t template;

	if (!e || value.type != SH_JSON_STRING)
		return;
	sh_json_unescape(value, &text);
	line = (struct sh_span){ sh_buf_str(&text), text.len };
	template = template_of(h, line, severity_of(r, line), r->time);
	if (!template) {
		h->refused++;
		return;
	}
	h->dirty_logs = true;
	note_time(h, r->time);
	sh_history_line(h, e, (struct sh_line){ r->time, (uint32_t)template - 1 });
}
