/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "schedule/wall.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"

#define MAX_TURNS 10000 /* each is a change of the zone with nothing due before the next one */
#define FAR	  (2 * SH_DAY) /* more than any offset */

/* The time between two changes of the offset, and what is around it. */
struct stretch {
	int64_t start, end;         /* instants; INT64_MIN and INT64_MAX where there is no change */
	int64_t before, off, after; /* offsets, ns */
};

static const char *const gaps[] = { "skip", "at_change", "shifted" };
static const char *const overlaps[] = { "first", "second", "both" };

bool sh_dst_parse(struct sh_dst *out, const char *text)
{
	const char *slash = strchr(text, '/');
	size_t len = slash ? (size_t)(slash - text) : 0;

	for (int g = 0; slash && g < 3; g++)
		for (int o = 0; o < 3; o++)
			if (strlen(gaps[g]) == len && !strncmp(gaps[g], text, len) &&
			    !strcmp(overlaps[o], slash + 1)) {
				*out = (struct sh_dst){ (enum sh_gap)g, (enum sh_overlap)o };
				return true;
			}
	return false;
}

void sh_dst_format(char *out, size_t len, struct sh_dst dst)
{
	snprintf(out, len, "%s/%s", gaps[dst.gap], overlaps[dst.overlap]);
}

static int64_t seconds_of(int64_t t)
{
	return t / SH_SEC - (t % SH_SEC < 0);
}

static int64_t offset_at(const struct sh_zone *z, int64_t second)
{
	return sh_zone_offset(z, second) * SH_SEC;
}

static struct stretch stretch_at(const struct sh_zone *z, int64_t t)
{
	int64_t second = seconds_of(t);
	int64_t start = sh_zone_last_change(z, second), end = sh_zone_next_change(z, second);
	struct stretch s = { INT64_MIN, INT64_MAX, 0, offset_at(z, second), 0 };

	s.before = s.after = s.off;
	if (start > INT64_MIN / SH_SEC) {
		s.start = start * SH_SEC;
		s.before = offset_at(z, start - 1);
	}
	if (end < (INT64_MAX - FAR) / SH_SEC) {
		s.end = end * SH_SEC;
		s.after = offset_at(z, end);
	}
	return s;
}

/* Of what is shown from AT on in the stretch itself. */
static int64_t next_shown(const struct sh_wall_rule *r, const struct stretch *s,
			  enum sh_overlap overlap, int64_t at)
{
	int64_t from = at + s->off, to = INT64_MAX, found;

	if (overlap == SH_OVERLAP_FIRST && s->before > s->off && from < s->start + s->before)
		from = s->start + s->before;
	if (s->end != INT64_MAX)
		to = s->end + (overlap == SH_OVERLAP_SECOND && s->after < s->off ? s->after : s->off);
	found = r->next(r, from);
	return found < to ? found - s->off : INT64_MAX;
}

/* Of what the change at the start of the stretch left out. */
static int64_t next_left_out(const struct sh_wall_rule *r, const struct stretch *s, enum sh_gap gap,
			     int64_t at)
{
	int64_t from, found;

	if (gap == SH_GAP_SKIP || s->before >= s->off || at >= s->start + (s->off - s->before))
		return INT64_MAX;
	if (gap == SH_GAP_AT_CHANGE && at > s->start)
		return INT64_MAX;
	from = (at > s->start ? at : s->start) + s->before;
	found = r->next(r, from);
	if (found >= s->start + s->off)
		return INT64_MAX;
	return gap == SH_GAP_AT_CHANGE ? s->start : found - s->before;
}

/* Where the search goes on: the next stretch, or one just before the next shown time. */
static int64_t leap(const struct sh_wall_rule *r, const struct stretch *s)
{
	int64_t found;

	if (s->end == INT64_MAX)
		return INT64_MAX;
	found = r->next(r, s->end + (s->after < s->off ? s->after : s->off));
	if (found == INT64_MAX)
		return INT64_MAX;
	return found - FAR > s->end ? found - FAR : s->end;
}

int64_t sh_wall_next(const struct sh_wall_rule *r, const struct sh_zone *z, struct sh_dst dst,
		     int64_t t)
{
	const struct sh_dst plain = { SH_GAP_SKIP, SH_OVERLAP_BOTH };
	int64_t at = t;

	if (r->is_rhythm)
		dst = plain;
	if (at >= INT64_MAX - 2 * FAR)
		return INT64_MAX;
	at++;
	for (int turn = 0; turn < MAX_TURNS && at < INT64_MAX - 2 * FAR; turn++) {
		struct stretch s = stretch_at(z, at);
		int64_t shown = next_shown(r, &s, dst.overlap, at);
		int64_t left_out = next_left_out(r, &s, dst.gap, at);

		if (shown != INT64_MAX || left_out != INT64_MAX)
			return shown < left_out ? shown : left_out;
		at = leap(r, &s);
	}
	return INT64_MAX;
}
