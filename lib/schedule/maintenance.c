/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "schedule/maintenance.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "schedule/tell.h"
#include "state/ledger.h"

#define ABOUT 2 /* the task, and the host */

struct search {
	char *scope[ABOUT];   /* entities; owned */
	char *playbook;       /* its scope; owned */
	json_t *fault[ABOUT]; /* what a silence is held against; owned */
	int64_t now;
	bool found;
};

static void begin(struct search *w, const struct sh_scheduler *s, const struct sh_item *i)
{
	*w = (struct search){ .now = sh_tell_time(s) };
	w->scope[0] = sh_tell_entity("task", i->task->id, s->place.host);
	w->scope[1] = sh_asprintf("host:%s", s->place.host);
	w->playbook = sh_asprintf("playbook:%s", i->task->playbook);
	for (size_t k = 0; k < ABOUT; k++)
		w->fault[k] = json_pack("{s:s, s:s}", "entity", w->scope[k], "host", s->place.host);
}

static void end(struct search *w)
{
	for (size_t k = 0; k < ABOUT; k++) {
		free(w->scope[k]);
		json_decref(w->fault[k]);
	}
	free(w->playbook);
}

static bool is_about(const struct search *w, const struct sh_silence *s)
{
	int64_t until;

	return sh_silence_holds(s, w->now, &until) &&
	       (sh_silence_matches(s, w->fault[0]) || sh_silence_matches(s, w->fault[1]));
}

static int on_silence(void *arg, const struct sh_ledger_silence *s)
{
	struct search *w = arg;
	const struct sh_silence one = { .match = s->match, .start = s->since, .end = s->until };

	w->found = is_about(w, &one);
	return w->found;
}

static int on_pause(void *arg, const struct sh_pause *p)
{
	struct search *w = arg;

	w->found = !strcmp(p->kind, "pause") &&
		   (!strcmp(p->scope, "all") || !strcmp(p->scope, w->scope[0]) ||
		    !strcmp(p->scope, w->scope[1]) || !strcmp(p->scope, w->playbook));
	return w->found;
}

static bool is_declared(const struct search *w, const struct sh_silences *all)
{
	for (size_t n = 0; all && n < all->n; n++)
		if (all->item[n].maintenance && is_about(w, &all->item[n]))
			return true;
	return false;
}

/* Opened for this question alone: what runs beside writes to it. */
static int is_in_ledger(struct search *w, const char *state_dir, struct sh_error *err)
{
	struct sh_ledger *ledger = NULL;
	struct sh_error e = SH_ERROR_INIT;
	int rc;

	if (sh_ledger_open_readonly(&ledger, state_dir, &e) < 0) {
		if (e.code == SH_ERRC_UNAVAILABLE)
			return 0; /* nobody repaired or paused anything yet */
		*err = e;
		return -1;
	}
	rc = sh_ledger_pauses(ledger, w->now, on_pause, w, err);
	if (rc >= 0 && !w->found)
		rc = sh_ledger_silences(ledger, w->now, on_silence, w, err);
	sh_ledger_close(ledger);
	return rc < 0 ? -1 : w->found;
}

int sh_maintenance_holds(const struct sh_scheduler *s, const struct sh_item *i, struct sh_error *err)
{
	struct search w;
	int rc;

	begin(&w, s, i);
	rc = is_declared(&w, s->silences);
	if (!rc)
		rc = is_in_ledger(&w, s->place.state_dir, err);
	end(&w);
	return rc;
}
