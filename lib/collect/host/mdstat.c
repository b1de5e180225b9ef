/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "collect/host/mdstat.h"

#include <math.h>
#include <string.h>

#include "collect/host/kv.h"
#include "collect/text.h"

static struct sh_span cut_tail(struct sh_span s, size_t n)
{
	return (struct sh_span){ s.p, s.len - n };
}

/* "sdb2[2](F)(W)": a letter says what a member is, beside taking part. */
static void read_member(struct sh_span member, struct sh_md *md)
{
	const char *end = member.p + member.len;
	const char *flag = memchr(member.p, '[', member.len);
	bool works = flag != NULL;

	for (; flag && end - flag >= 3; flag++) {
		if (flag[0] != '(' || flag[2] != ')')
			continue;
		md->failed += flag[1] == 'F';
		md->spare += flag[1] == 'S';
		works = works && !strchr("FSJ", flag[1]);
	}
	md->working += works;
}

/* "md6 : active (read-only) raid1 sdb2[2](F) sda2[0]" */
static bool read_head(struct sh_span line, struct sh_md *md)
{
	struct sh_span word, state;

	/* "Personalities : [raid1] ..." has no state. */
	if (!sh_text_field(&line, &md->name) || !sh_text_field(&line, &word) ||
	    !sh_span_is(word, ":") || !sh_text_field(&line, &state) || *state.p == '[' ||
	    sh_span_is(md->name, "Personalities"))
		return false;
	md->active = !sh_span_is(state, "inactive") && !sh_span_is(state, "broken");
	while (sh_text_field(&line, &word)) {
		if (word.p[0] == '(')
			md->read_only = true;
		else if (memchr(word.p, '[', word.len))
			read_member(word, md);
		else if (!md->level.p)
			md->level = word;
	}
	return true;
}

/* "[2/1]": two are required, one works. */
static bool read_disks(struct sh_span word, struct sh_md *md)
{
	const char *slash = memchr(word.p, '/', word.len);
	struct sh_span required, working;
	uint64_t r, w;

	if (word.len < 5 || word.p[0] != '[' || word.p[word.len - 1] != ']' || !slash)
		return false;
	required = (struct sh_span){ word.p + 1, (size_t)(slash - word.p) - 1 };
	working = (struct sh_span){ slash + 1, word.len - required.len - 3 };
	if (!sh_text_u64(required, &r) || !sh_text_u64(working, &w))
		return false;
	md->required = r;
	md->working = w;
	return true;
}

/* "195310144 blocks super 1.2 level 6, 64k chunk, algorithm 2 [8/8] [UUUUUUUU]" */
static void read_size(struct sh_span line, struct sh_md *md)
{
	struct sh_span word;
	uint64_t blocks;

	if (!sh_text_field(&line, &word) || !sh_text_u64(word, &blocks))
		return;
	md->blocks = md->synced = (double)blocks;
	while (!md->counted && sh_text_field(&line, &word))
		md->counted = read_disks(word, md);
}

static enum sh_md_sync sync_of(struct sh_span word)
{
	static const char *const name[] = {
		[SH_MD_RECOVERY] = "recovery", [SH_MD_RESYNC] = "resync",
		[SH_MD_CHECK] = "check", [SH_MD_RESHAPE] = "reshape",
	};

	for (int i = SH_MD_RECOVERY; i <= SH_MD_RESHAPE; i++) {
		struct sh_span after = sh_text_after(word, name[i]);

		if (after.p && (!after.len || after.p[0] == '='))
			return (enum sh_md_sync)i;
	}
	return SH_MD_NO_SYNC;
}

/* "8.5%", "=100.0%" */
static bool read_percent(struct sh_span word, double *out)
{
	if (word.len && word.p[0] == '=')
		word = (struct sh_span){ word.p + 1, word.len - 1 };
	return word.len > 1 && word.p[word.len - 1] == '%' && sh_text_double(cut_tail(word, 1), out);
}

/* "NAME=12.3UNIT" */
static bool read_rate(struct sh_span word, const char *name, size_t unit, double *out)
{
	struct sh_span value = sh_text_after(word, name);

	return value.len > unit && sh_text_double(cut_tail(value, unit), out);
}

/* "(16775552/195310144)" */
static void read_progress(struct sh_span word, struct sh_md *md)
{
	const char *slash = memchr(word.p, '/', word.len);
	uint64_t done;

	if (word.p[0] == '(' && slash &&
	    sh_text_u64((struct sh_span){ word.p + 1, (size_t)(slash - word.p) - 1 }, &done))
		md->synced = (double)done;
}

static void read_sync(struct sh_span line, struct sh_md *md)
{
	struct sh_span word;

	while (!md->sync && sh_text_field(&line, &word))
		md->sync = sync_of(word);
	if (!md->sync)
		return;
	/* One that waits ("resync=DELAYED") has done nothing yet. */
	md->synced = 0;
	while (sh_text_field(&line, &word)) {
		if (read_percent(word, &md->percent) ||
		    read_rate(word, "finish=", strlen("min"), &md->minutes) ||
		    read_rate(word, "speed=", strlen("K/sec"), &md->speed))
			continue;
		read_progress(word, md);
	}
}

static bool belongs_to_array(struct sh_span line)
{
	return line.len && (line.p[0] == ' ' || line.p[0] == '\t');
}

static void read_below(struct sh_span *rest, struct sh_md *md)
{
	struct sh_span next = *rest, line;

	while (sh_text_line(&next, &line) && belongs_to_array(line)) {
		if (isnan(md->blocks))
			read_size(line, md);
		if (!md->sync)
			read_sync(line, md);
		*rest = next;
	}
	/* Levels without redundancy give no count: every member is needed. */
	if (!md->counted)
		md->required = md->working + md->failed;
	if (!md->active)
		md->required = md->working = 0;
}

bool sh_mdstat_next(struct sh_span *rest, struct sh_md *md)
{
	struct sh_span line;

	while (sh_text_line(rest, &line)) {
		*md = (struct sh_md){ .blocks = NAN, .synced = NAN, .percent = NAN,
				      .minutes = NAN, .speed = NAN };
		if (belongs_to_array(line) || !read_head(line, md))
			continue;
		read_below(rest, md);
		return true;
	}
	return false;
}
