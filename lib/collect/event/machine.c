/* SPDX-License-Identifier: MIT */
/* Reboots, the clock set, processes killed for want of memory, mounts. */
#include "config.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "collect/event/event.h"
#include "collect/host/mounts.h"
#include "collect/text.h"

/* What an NTP daemon corrects by making the clock run slower or faster is no step. */
#define STEP_LEAST (500 * SH_MS)
#define SLEW_MOST 600 /* millionths */

/* The first line of a file of the kernel. */
static int read_line(struct sh_collect *c, const char *path, struct sh_span *line,
		     struct sh_error *err)
{
	struct sh_span rest;

	if (sh_collect_read(c, path, err) < 0)
		return -1;
	rest = sh_text_of(&c->text);
	if (!sh_text_line(&rest, line))
		return sh_error_set(err, SH_ERRC_SYSTEM, "'/%s' is empty", path);
	return 0;
}

static int look_boot(struct sh_collect *c, const struct sh_listing *before, struct sh_listing *now,
		     struct sh_error *err)
{
	struct sh_span id;

	(void)before;
	if (read_line(c, "proc/sys/kernel/random/boot_id", &id, err) < 0)
		return -1;
	sh_listing_add_spans(now, sh_span_of("boot_id"), id);
	return 0;
}

/* ns; 0 unknown. */
static int64_t boot_time(struct sh_collect *c)
{
	struct sh_error none = SH_ERROR_INIT;
	uint64_t seconds;

	if (sh_collect_read(c, "proc/stat", &none) < 0 ||
	    !sh_text_u64(sh_text_line_after(sh_text_of(&c->text), "btime "), &seconds))
		return 0;
	return seconds < INT64_MAX / SH_SEC ? (int64_t)seconds * SH_SEC : 0;
}

static void booted(struct sh_collect *c, const char *name, const char *was, const char *is)
{
	(void)name;
	if (was && is)
		sh_event_emit(c, boot_time(c), "host", c->host, "reboot", "%s was booted", c->host);
}

const struct sh_event_source sh_event_boot = {
	.name = "boot", .look = look_boot, .changed = booted
};

/* "BOOT-ID OFFSET MONO": the wall clock less the time since boot, and when it was read. */
static int look_clock(struct sh_collect *c, const struct sh_listing *before, struct sh_listing *now,
		      struct sh_error *err)
{
	int64_t mono = sh_clock_mono(), offset = sh_clock_wall() - mono;
	char value[SH_BOOT_ID_TEXT + 48];
	struct sh_span boot;

	(void)before;
	if (read_line(c, "proc/sys/kernel/random/boot_id", &boot, err) < 0)
		return -1;
	snprintf(value, sizeof(value), "%.*s %" PRId64 " %" PRId64, (int)boot.len, boot.p, offset,
		 mono);
	sh_listing_add(now, "offset", value);
	return 0;
}

static bool parse_clock(const char *text, struct sh_span *boot, int64_t *offset, int64_t *mono)
{
	struct sh_span rest = sh_span_of(text), field;
	uint64_t a, b;

	if (!sh_text_field(&rest, boot) || !sh_text_field(&rest, &field) || !sh_text_u64(field, &a) ||
	    !sh_text_field(&rest, &field) || !sh_text_u64(field, &b) || a > INT64_MAX || b > INT64_MAX)
		return false;
	*offset = (int64_t)a;
	*mono = (int64_t)b;
	return true;
}

static void clock_set(struct sh_collect *c, const char *name, const char *was, const char *is)
{
	struct sh_span boot, boot_before;
	int64_t before, now, then, mono, step;

	(void)name;
	if (!was || !is || !parse_clock(was, &boot_before, &before, &then) ||
	    !parse_clock(is, &boot, &now, &mono) || boot.len != boot_before.len ||
	    memcmp(boot.p, boot_before.p, boot.len) != 0)
		return;
	step = now - before;
	if (llabs(step) < STEP_LEAST + (mono - then) / 1000000 * SLEW_MOST)
		return;
	sh_event_emit(c, 0, "host", c->host, "clock_set", "the clock was set %s by %.3f s",
		      step > 0 ? "forward" : "back", fabs((double)step) / (double)SH_SEC);
}

const struct sh_event_source sh_event_clock = {
	.name = "clock", .live = true, .look = look_clock, .changed = clock_set
};

/* Named by the boot, for the count begins anew with it. */
static int look_oom(struct sh_collect *c, const struct sh_listing *before, struct sh_listing *now,
		    struct sh_error *err)
{
	struct sh_span id, kills;
	char boot[64];

	(void)before;
	if (read_line(c, "proc/sys/kernel/random/boot_id", &id, err) < 0)
		return -1;
	snprintf(boot, sizeof(boot), "%.*s", (int)id.len, id.p);
	if (sh_collect_read(c, "proc/vmstat", err) < 0)
		return -1;
	kills = sh_text_line_after(sh_text_of(&c->text), "oom_kill ");
	if (!kills.p)
		return sh_error_set(err, SH_ERRC_UNAVAILABLE, "the kernel does not count kills");
	sh_listing_add_spans(now, sh_span_of(boot), kills);
	return 0;
}

static void killed(struct sh_collect *c, const char *name, const char *was, const char *is)
{
	uint64_t before = 0, now;

	(void)name;
	/* A new boot begins with none; those that came since are new all the same. */
	if (!is || !sh_text_u64(sh_span_of(is), &now) ||
	    (was && !sh_text_u64(sh_span_of(was), &before)) || now <= before)
		return;
	sh_event_emit(c, 0, "host", c->host, "oom_kill",
		      "the kernel killed %" PRIu64 " %s for want of memory", now - before,
		      now - before == 1 ? "process" : "processes");
}

const struct sh_event_source sh_event_oom = {
	.name = "oom", .look = look_oom, .changed = killed
};

static bool are_same_mounts(struct sh_collect *c)
{
	struct sh_error none = SH_ERROR_INIT;

	return sh_collect_mounts(c, &none) && c->mounts_compared == c->mounts_version;
}

static int look_mounts(struct sh_collect *c, const struct sh_listing *before, struct sh_listing *now,
		       struct sh_error *err)
{
	const struct sh_mounts *mounts = sh_collect_mounts(c, err);

	(void)before;
	if (!mounts)
		return -1;
	sh_mounts_list(mounts, now);
	c->mounts_compared = c->mounts_version;
	return 0;
}

static void mounted(struct sh_collect *c, const char *name, const char *was, const char *is)
{
	if (!is)
		sh_event_emit(c, 0, "filesystem", name, "unmounted", "%s unmounted (%s)", name, was);
	else if (!was)
		sh_event_emit(c, 0, "filesystem", name, "mounted", "%s mounted (%s)", name, is);
	else
		sh_event_emit(c, 0, "filesystem", name, "remounted", "%s is %s now, was %s", name, is,
			      was);
}

const struct sh_event_source sh_event_mounts = {
	.name = "mounts", .is_same = are_same_mounts, .look = look_mounts, .changed = mounted
};
