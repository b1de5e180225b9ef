/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "repair/mode.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "base/hash.h"
#include "base/mem.h"
#include "record/json.h"

static enum sh_mode least(enum sh_mode a, enum sh_mode b)
{
	return a < b ? a : b;
}

/* What is promoted, and what is configured for it now. */
struct subject {
	const char *kind, *id;
	const struct sh_node *node; /* NULL: it is not configured here */
};

static void digest_of(const struct sh_node *n, char out[SH_HASH_TEXT])
{
	json_t *json = n ? sh_node_json(n) : NULL;
	char *text = json ? sh_json_text(json, JSON_COMPACT | JSON_SORT_KEYS) : NULL;
	struct sh_hash h;

	sh_hash_init(&h);
	sh_hash_str(&h, text);
	sh_hash_finish(&h, out);
	free(text);
	json_decref(json);
}

/* Written after TIME; what cannot be looked at may have been. */
static bool is_newer(const struct sh_node *n, int64_t time)
{
	struct stat st;

	return n && (stat(n->file, &st) < 0 || sh_clock_of(st.st_mtim) > time);
}

/*
 * A person who let it act had seen what it was. The first run after that pins what it
 * is; 1 pinned and the same, 0 not pinned yet, -1 another by now.
 */
static int compare_pin(const struct sh_repairer *r, const struct subject *s, int64_t promoted, int *out,
		       struct sh_error *err)
{
	SH_CLEANUP_FREE char *name = sh_asprintf("pin:%s:%s", s->kind, s->id);
	struct sh_mark pin = { 0 };
	char digest[SH_HASH_TEXT];

	if (sh_ledger_mark(r->ledger, name, &pin, err) < 0)
		return -1;
	digest_of(s->node, digest);
	if (pin.value && pin.time >= promoted)
		*out = strcmp(pin.value, digest) ? -1 : 1;
	else
		*out = is_newer(s->node, promoted) ? -1 : 0;
	sh_mark_release(&pin);
	return 0;
}

/* What an operator said last of it; 1 in *MODE, 0 nothing. Of leave to act *PIN as compare_pin says. */
static int look_up(const struct sh_repairer *r, const struct subject *s, enum sh_mode *mode, int *pin,
		   struct sh_error *err)
{
	SH_CLEANUP_FREE char *scope = sh_asprintf("%s:%s", s->kind, s->id);
	struct sh_mark m = { 0 };
	int found = r->ledger ? sh_ledger_mode(r->ledger, scope, &m, err) : 0, known = 0, rc = 0;

	*pin = 0;
	for (int i = 0; found > 0 && sh_mode_words[i]; i++)
		if (!strcmp(m.value, sh_mode_words[i])) {
			*mode = (enum sh_mode)i;
			known = 1;
		}
	if (known && *mode == SH_MODE_ACT)
		rc = compare_pin(r, s, m.changed, pin, err);
	sh_mark_release(&m);
	return found < 0 || rc < 0 ? -1 : known;
}

/* It takes the place of *MODE, unless it was leave to act, of what is another by now. */
static int promoted(const struct sh_repairer *r, const struct subject *s, enum sh_mode *mode, char **lapsed,
		    struct sh_error *err)
{
	enum sh_mode word = *mode;
	int pin, known = look_up(r, s, &word, &pin, err);

	if (known > 0 && pin < 0 && word > *mode && !*lapsed)
		*lapsed = sh_asprintf("%s '%s' was changed since it was promoted to act", s->kind, s->id);
	if (known > 0 && pin >= 0)
		*mode = word;
	return known < 0 ? -1 : 0;
}

static int pin_one(const struct sh_repairer *r, const struct subject *s, struct sh_error *err)
{
	SH_CLEANUP_FREE char *name = sh_asprintf("pin:%s:%s", s->kind, s->id);
	char digest[SH_HASH_TEXT];
	int64_t now = sh_repairer_now(r);
	const struct sh_mark m = { .value = digest, .time = now, .changed = now };
	enum sh_mode mode = SH_MODE_OBSERVE;
	int pin, known = look_up(r, s, &mode, &pin, err);

	if (known <= 0 || mode != SH_MODE_ACT || pin)
		return known < 0 ? -1 : 0;
	digest_of(s->node, digest);
	return sh_ledger_mark_put(r->ledger, name, &m, err);
}

static struct subject subject_of_rule(const struct sh_repairer *r, const char *id)
{
	const struct sh_config_entry *rule = sh_config_find(r->config, SH_SECTION_RULES, id);

	return (struct subject){ "rule", id, rule ? rule->node : NULL };
}

static struct subject subject_of_book(const struct sh_repairer *r, const char *id)
{
	const struct sh_config_entry *e = sh_config_find(r->config, SH_SECTION_PLAYBOOKS, id);

	return (struct subject){ "playbook", id, e ? e->node : NULL };
}

int sh_mode_pin(const struct sh_repairer *r, const char *rule_id, const char *playbook, const char *ladder,
		struct sh_error *err)
{
	const struct subject all[] = { subject_of_rule(r, rule_id ? rule_id : ""),
				       subject_of_book(r, playbook ? playbook : ""),
				       subject_of_book(r, ladder ? ladder : "") };

	for (size_t i = 0; r->ledger && i < sizeof(all) / sizeof(all[0]); i++)
		if (all[i].node && pin_one(r, &all[i], err) < 0)
			return -1;
	return 0;
}

static int of_playbook(const struct sh_repairer *r, const struct sh_playbook *book, enum sh_mode *out,
		       char **lapsed, struct sh_error *err)
{
	const struct subject s = subject_of_book(r, book->id);
	enum sh_mode mode = book->mode;

	if (promoted(r, &s, &mode, lapsed, err) < 0)
		return -1;
	*out = least(*out, mode);
	return 0;
}

static int of_rule(const struct sh_repairer *r, const char *id, enum sh_mode *out, char **lapsed,
		   struct sh_error *err)
{
	const struct subject s = subject_of_rule(r, id);
	struct sh_error ignored = SH_ERROR_INIT;
	int word = SH_MODE_ACT;
	enum sh_mode mode;

	if (!s.node) {
		*out = SH_MODE_OBSERVE;
		return 0;
	}
	sh_node_choice(s.node, "mode", sh_mode_words, &word, &ignored);
	mode = (enum sh_mode)word;
	if (promoted(r, &s, &mode, lapsed, err) < 0)
		return -1;
	*out = least(*out, mode);
	return 0;
}

int sh_mode_of(const struct sh_repairer *r, const struct sh_request *q, const struct sh_playbook *book,
	       const struct sh_playbook *ladder, enum sh_mode *out, char **lapsed, struct sh_error *err)
{
	*lapsed = NULL;
	*out = least(sh_site_lookup(r->site, q->target).mode, r->mode);
	if ((q->rule_id && of_rule(r, q->rule_id, out, lapsed, err) < 0) ||
	    of_playbook(r, book, out, lapsed, err) < 0)
		return -1;
	return ladder ? of_playbook(r, ladder, out, lapsed, err) : 0;
}
