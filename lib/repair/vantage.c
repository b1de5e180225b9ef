/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "repair/vantage.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/hash.h"
#include "base/mem.h"
#include "repair/network.h"

#define SLACK SH_MIN
#define DRIFT 1000 /* a clock may be off by a thousandth of the time */
/* So often a mark that says nothing new is put again. */
#define REFRESH SH_MIN

/* ROOT is the directory that stands for the root of the file system. */
static void read_now(struct sh_vantage *v, int root)
{
	v->wall = sh_clock_wall();
	v->up = sh_clock_mono();
	v->awake = sh_clock_awake();
	sh_clock_boot_id(v->boot_id);
	v->network = sh_network_identity(root);
}

void sh_vantage_release(struct sh_vantage *v)
{
	free(v->network);
	v->network = NULL;
}

/* Leave VALUE; WHY, taken over, says what is not as before, from CHANGED on. OLD may be empty. */
static int put(const struct sh_repairer *r, const char *name, const struct sh_mark *old, char *value,
	       int64_t now, char *why, int64_t changed, struct sh_error *err)
{
	struct sh_mark m = { .value = value, .time = now, .changed = why ? changed : old->changed,
			     .why = why ? why : old->why };
	struct sh_error ignored = SH_ERROR_INIT;
	bool same = old->value && !strcmp(old->value, value);
	int rc = 0;

	if (why)
		rc = sh_ledger_mark_put(r->ledger, name, &m, err);
	else if (!same || now - old->time >= REFRESH || now < old->time)
		sh_ledger_mark_put(r->ledger, name, &m, &ignored); /* the next one will do as well */
	free(why);
	return rc;
}

static int64_t distance(int64_t a, int64_t b)
{
	return a > b ? a - b : b - a;
}

static char *seconds(const char *what, int64_t d)
{
	char text[SH_DURATION_TEXT];

	sh_duration_format(text, (d + SH_SEC / 2) / SH_SEC * SH_SEC);
	return sh_asprintf("%s %s", what, text);
}

/* What happened to the clock since then, a new string, or NULL. */
static char *judge_clock(const struct sh_vantage *now, const struct sh_mark *old, int64_t *changed)
{
	struct sh_vantage then = { 0 };
	int64_t passed, wall, slept;

	if (sscanf(old->value, "%36s %" SCNd64 " %" SCNd64 " %" SCNd64, then.boot_id, &then.wall,
		   &then.up, &then.awake) != 4)
		return NULL;
	*changed = now->wall;
	if (strcmp(now->boot_id, then.boot_id) != 0) {
		*changed = now->wall - now->up;
		return sh_strdup("the machine was started");
	}
	passed = now->up - then.up;
	wall = now->wall - then.wall;
	slept = passed - (now->awake - then.awake);
	if (distance(wall, passed) > SLACK + passed / DRIFT)
		return seconds(wall > passed ? "the clock was set forward by" : "the clock was set back by",
			       distance(wall, passed));
	return slept > SLACK ? seconds("the machine slept for", slept) : NULL;
}

/* *STARTED becomes when the machine was started, if that is news, else 0. */
static int note_clock(const struct sh_repairer *r, const struct sh_vantage *now, int64_t *started,
		      struct sh_error *err)
{
	SH_CLEANUP_FREE char *value = sh_asprintf("%s %" PRId64 " %" PRId64 " %" PRId64, now->boot_id,
						  now->wall, now->up, now->awake);
	struct sh_mark old;
	int64_t changed = 0;
	char *why;
	int rc;

	*started = 0;
	if (sh_ledger_mark(r->ledger, SH_MARK_CLOCK, &old, err) < 0)
		return -1;
	why = old.value ? judge_clock(now, &old, &changed) : NULL;
	if (why && changed != now->wall)
		*started = changed;
	/* Between two marks the time counts, not the text. */
	if (!why && old.value && distance(now->wall, old.time) < REFRESH)
		rc = 0;
	else
		rc = put(r, SH_MARK_CLOCK, &old, value, now->wall, why, changed, err);
	sh_mark_release(&old);
	return rc;
}

static int note_network(const struct sh_repairer *r, const struct sh_vantage *now, int64_t started,
			struct sh_error *err)
{
	struct sh_mark old;
	char *why = NULL;
	int rc;

	if (sh_ledger_mark(r->ledger, SH_MARK_NETWORK, &old, err) < 0)
		return -1;
	if (old.value && strcmp(old.value, now->network) != 0)
		why = sh_strdup("the name or the default routes of this machine changed");
	else if (old.changed > now->wall + SLACK)
		why = sh_strdup(old.why); /* the clock was set back: it holds from now, not for a year */
	rc = put(r, SH_MARK_NETWORK, &old, now->network, now->wall, why, started ? started : now->wall, err);
	sh_mark_release(&old);
	return rc;
}

int64_t sh_vantage_declared(const struct sh_site *site)
{
	return (int64_t)(site->services + site->filesystems + site->checks);
}

/* Those who read other files know other targets. */
char *sh_vantage_inventory(const struct sh_repairer *r)
{
	struct sh_hash h;
	char digest[SH_HASH_TEXT];

	if (!r->config_paths || !r->config_paths[0])
		return sh_strdup(SH_MARK_INVENTORY);
	sh_hash_init(&h);
	for (const char *const *p = r->config_paths; *p; p++)
		sh_hash_str(&h, *p);
	sh_hash_finish(&h, digest);
	return sh_asprintf(SH_MARK_INVENTORY " %s", digest);
}

bool sh_vantage_fell(const struct sh_limits *limits, int64_t before, int64_t now)
{
	return before >= limits->doubt_least && (before - now) * 100 > limits->inventory_fall * before;
}

static int note_inventory(const struct sh_repairer *r, int64_t now, struct sh_error *err)
{
	SH_CLEANUP_FREE char *name = sh_vantage_inventory(r);
	int64_t n = sh_vantage_declared(r->site);
	SH_CLEANUP_FREE char *value = sh_asprintf("%" PRId64, n);
	struct sh_mark old;
	int rc = 0;

	if (sh_ledger_mark(r->ledger, name, &old, err) < 0)
		return -1;
	if (!old.value || !sh_vantage_fell(&r->limits, strtoll(old.value, NULL, 10), n))
		rc = put(r, name, &old, value, now, NULL, 0, err);
	sh_mark_release(&old);
	return rc;
}

int sh_vantage_note(const struct sh_repairer *r, const struct sh_vantage *now, struct sh_error *err)
{
	int64_t started;

	if (note_clock(r, now, &started, err) < 0 || note_network(r, now, started, err) < 0)
		return -1;
	return note_inventory(r, now->wall, err);
}

int sh_vantage_watch(const struct sh_repairer *r, struct sh_error *err)
{
	SH_CLEANUP_FD int root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct sh_vantage now;
	int rc;

	if (r->now)
		return note_inventory(r, r->now, err);
	read_now(&now, root);
	rc = sh_vantage_note(r, &now, err);
	sh_vantage_release(&now);
	return rc;
}
