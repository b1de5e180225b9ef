/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "cli/unheard.h"

#include "base/clock.h"
#include "record/json.h"

#define ROUNDS 5
#define LEAST (10 * SH_SEC)
#define LIVE (60 * SH_SEC)

static int64_t interval_of(const struct sh_record *r)
{
	json_t *record = sh_record_json(r);
	double seconds = sh_json_num(record, "interval", 0);

	json_decref(record);
	return seconds > 0 && seconds < 86400 ? (int64_t)(seconds * (double)SH_SEC) : 0;
}

void sh_unheard_hear(struct sh_unheard *u, const struct sh_record *r, int64_t wall, int64_t mono)
{
	if (r->kind != SH_KIND_TICK || wall - r->time > LIVE)
		return;
	if (!u->interval)
		u->interval = interval_of(r);
	u->heard = mono;
	u->told = false;
}

static int64_t patience(const struct sh_unheard *u)
{
	return u->interval * ROUNDS > LEAST ? u->interval * ROUNDS : LEAST;
}

int sh_unheard_wait(const struct sh_unheard *u, int64_t mono)
{
	int64_t left = u->heard + patience(u) - mono;

	if (!u->interval || u->told)
		return -1;
	return left > 0 ? (int)(left / SH_MS) + 1 : 0;
}

bool sh_unheard_since(struct sh_unheard *u, int64_t mono, struct sh_buf *text)
{
	if (!u->interval || u->told || mono - u->heard < patience(u))
		return false;
	u->told = true;
	sh_buf_addf(text,
		    "nothing was heard for %lld s of what comes every %.3g s: what happens now is neither seen nor repaired",
		    (long long)((mono - u->heard) / SH_SEC), (double)u->interval / (double)SH_SEC);
	return true;
}
