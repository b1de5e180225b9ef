/* SPDX-License-Identifier: MIT */
/*
 * capacity-forecast - when each local file system will be full if it goes on as it did
 *
 * Each run notes how full they are, in capacity.json in the state directory, so the
 * forecast needs no other history. Only local file systems are asked: one of a network
 * could hang.
 */
#include "config.h"

#include <math.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include "action/action.h"
#include "base/clock.h"
#include "base/mem.h"
#include "collect/collector.h"
#include "growth.h"

#define WITHIN SH_DAY
#define WINDOW (48 * SH_HOUR)
#define FROM   60 /* percent: what is emptier than that may be filled and emptied all day */
#define FAR    (3650. * 24)

static const struct sh_param params[] = {
	{ "within", SH_PARAM_DURATION, false },
	{ "window", SH_PARAM_DURATION, false },
	{ "from", SH_PARAM_NUMBER, false },
	{ NULL, SH_PARAM_STRING, false },
};

struct look {
	struct sh_growth growth;
	json_t *list;
	int64_t now, within, window;
	double from, soonest; /* percent; hours */
	char *mount;          /* what will be full soonest; owned */
	const char *what;
};

/* One of the two things that run out. */
static void foretell(struct look *l, json_t *entry, const struct sh_mount *m, const char *what, double percent)
{
	SH_CLEANUP_FREE char *thing = sh_asprintf("%s %s", what, m->point);
	SH_CLEANUP_FREE char *hours_name = sh_asprintf("%s_full_in_hours", what);
	double seconds, hours;
	const char *why;

	sh_growth_note(&l->growth, thing, m->device, l->now, percent);
	json_object_set_new(entry, what, json_real(percent));
	if (sh_growth_full_in(&l->growth, thing, l->window, l->now, &seconds, &why) <= 0) {
		json_object_set_new(entry, "not_known", json_string(why));
		return;
	}
	hours = seconds / 3600;
	if (hours >= FAR)
		return; /* it does not fill */
	json_object_set_new(entry, hours_name, json_real(hours));
	if (percent >= l->from && hours < l->soonest) {
		l->soonest = hours;
		l->what = what;
		free(l->mount);
		l->mount = sh_strdup(m->point);
	}
}

/* df's formula: what root may still use does not count as free. */
static void look_at(struct look *l, const struct sh_mount *m)
{
	struct statvfs fs;
	struct stat st;
	json_t *entry;
	double used;

	/* Single files are bind-mounted into containers. */
	if (stat(m->point, &st) < 0 || !S_ISDIR(st.st_mode) || statvfs(m->point, &fs) < 0 || fs.f_flag & ST_RDONLY)
		return;
	used = (double)(fs.f_blocks - fs.f_bfree);
	if (used + (double)fs.f_bavail <= 0)
		return;
	entry = json_pack("{s:o}", "mount", sh_action_text(m->point));
	json_array_append_new(l->list, entry);
	foretell(l, entry, m, "space", 100 * used / (used + (double)fs.f_bavail));
	if (fs.f_files)
		foretell(l, entry, m, "inodes", 100 * (double)(fs.f_files - fs.f_ffree) / (double)fs.f_files);
}

static int look_at_all(struct look *l, struct sh_error *err)
{
	const struct sh_mounts *all;
	struct sh_collect c;

	if (sh_collect_init(&c, NULL, "", err) < 0)
		return -1;
	all = sh_collect_mounts(&c, err);
	for (size_t i = 0; all && i < all->n; i++) {
		const struct sh_mount *m = &all->item[i];

		if (m->class != SH_MOUNT_IMAGE && !sh_mount_may_hang(all, m) && sh_mount_is_shown(all, m))
			look_at(l, m);
	}
	sh_collect_release(&c);
	return all ? 0 : -1;
}

static int conclude(const struct look *l, json_t *output, struct sh_error *err)
{
	if (!l->mount)
		return 0;
	json_object_set_new(output, "soonest_hours", json_real(l->soonest));
	json_object_set_new(output, "soonest", sh_action_text(l->mount));
	if (l->soonest * (double)SH_HOUR >= (double)l->within)
		return 0;
	return sh_error_set(err, SH_ERRC_SYSTEM, "the %s of '%s' is used up in %.1f hours if it goes on like this",
			    l->what, l->mount, l->soonest);
}

static int run(const struct sh_action_call *call, json_t *output, struct sh_error *err)
{
	struct look l = {
		.list = json_array(),
		.now = sh_clock_wall(),
		.within = sh_param_duration(call->parameters, "within", WITHIN),
		.window = sh_param_duration(call->parameters, "window", WINDOW),
		.from = sh_param_number(call->parameters, "from", FROM),
		.soonest = INFINITY,
	};
	SH_CLEANUP_FREE char *path = NULL;
	int rc = -1;

	json_object_set_new(output, "filesystems", l.list);
	if (!call->state || l.window <= 0)
		return sh_error_set(err, SH_ERRC_INPUT, call->state ? "'window' must be above 0" :
				    "without a state directory nothing is known of yesterday");
	path = sh_asprintf("%s/capacity.json", call->state);
	if (sh_growth_open(&l.growth, path, err) == 0 && look_at_all(&l, err) == 0 &&
	    sh_growth_save(&l.growth, err) == 0)
		rc = conclude(&l, output, err);
	sh_growth_release(&l.growth);
	free(l.mount);
	return rc;
}

int main(int argc, char **argv)
{
	static const struct sh_action action = { "capacity-forecast", params, run, sh_action_check_again, NULL };

	return sh_action_main(&action, argc, argv);
}
