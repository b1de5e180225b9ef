/* SPDX-License-Identifier: MIT */
/*
 * Messages of the kernel: /dev/kmsg ("6,339,5140900,-;text", and lines with a
 * blank before " KEY=value"), and what dmesg shows: "[    5.140900] text", with
 * "<6>" before it (-r), "kern  :info  : " (-x), or times of the clock (-T, iso).
 * Times since the boot are those of this boot.
 */
#include "config.h"

#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "collect/format/formats.h"
#include "collect/log/entry.h"
#include "collect/log/level.h"
#include "collect/log/tag.h"
#include "collect/text.h"

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* The number at the start; how long it is, 0 none. */
static size_t number(struct sh_span s, uint64_t *v)
{
	size_t n = 0;

	while (n < s.len && is_digit(s.p[n]))
		n++;
	return sh_text_u64((struct sh_span){ s.p, n }, v) ? n : 0;
}

/* printk's clock stands still while the machine sleeps, as CLOCK_MONOTONIC does. */
static int64_t since_boot(struct sh_import *in, uint64_t us)
{
	struct timespec ts;
	int64_t now = in->time ? in->time : sh_clock_wall(), up, ns;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	up = (int64_t)ts.tv_sec * SH_SEC + ts.tv_nsec;
	if (us > INT64_MAX / 1000 || __builtin_add_overflow(now - up, (int64_t)us * 1000, &ns))
		return 0;
	/* The same for the same message, in spite of the moment of looking. */
	return ns / SH_MS * SH_MS;
}

static int hex(char c)
{
	if (is_digit(c))
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* "\x0a" as its byte. */
static struct sh_span unescape(struct sh_span s, struct sh_buf *out)
{
	if (!memchr(s.p, '\\', s.len))
		return s;
	for (size_t i = 0; i < s.len; i++) {
		if (s.len - i >= 4 && s.p[i] == '\\' && s.p[i + 1] == 'x' && hex(s.p[i + 2]) >= 0 &&
		    hex(s.p[i + 3]) >= 0) {
			sh_buf_addch(out, (char)(hex(s.p[i + 2]) << 4 | hex(s.p[i + 3])));
			i += 3;
		} else {
			sh_buf_addch(out, s.p[i]);
		}
	}
	return sh_text_of(out);
}

static void note_priority(struct sh_log_entry *e, uint64_t priority)
{
	e->severity = sh_level_syslog((int64_t)(priority & 7));
	e->facility = priority < 192 ? sh_log_facility((int64_t)(priority >> 3)) : NULL;
	/* What others wrote into the kernel's log names itself. */
	if (priority >> 3)
		sh_log_split(e->text, e, false);
}

/* "6,339,5140900,-;text" */
static bool read_device(struct sh_import *in, struct sh_span line, struct sh_log_entry *e)
{
	const char *semicolon = memchr(line.p, ';', line.len);
	uint64_t priority, sequence, us;
	size_t n = number(line, &priority);

	if (!n || !semicolon || n == line.len || line.p[n] != ',')
		return false;
	e->text = (struct sh_span){ semicolon + 1, (size_t)(line.p + line.len - semicolon - 1) };
	sh_span_cut(&line, n + 1);
	n = number(line, &sequence);
	if (!n || n == line.len || line.p[n] != ',')
		return false;
	sh_span_cut(&line, n + 1);
	n = number(line, &us);
	if (!n || n == line.len || line.p[n] != ',')
		return false;
	e->time = since_boot(in, us);
	e->text = unescape(e->text, sh_log_scratch(in));
	note_priority(e, priority);
	return true;
}

/* "[    5.140900] ", and the "[    T1] " that may follow. */
static bool take_uptime(struct sh_import *in, struct sh_span *rest, int64_t *time)
{
	struct sh_span s = *rest;
	uint64_t seconds, us;
	size_t n;

	if (!s.len || s.p[0] != '[')
		return false;
	sh_span_cut(&s, 1);
	while (s.len && s.p[0] == ' ')
		sh_span_cut(&s, 1);
	n = number(s, &seconds);
	if (!n || n == s.len || s.p[n] != '.' || seconds > INT32_MAX)
		return false;
	sh_span_cut(&s, n + 1);
	n = number(s, &us);
	if (n != 6 || s.len < 7 || s.p[6] != ']')
		return false;
	*time = since_boot(in, seconds * 1000000 + us);
	sh_span_cut(&s, 7);
	if (s.len && s.p[0] == '[' && memchr(s.p, ']', s.len))
		sh_span_cut(&s, (size_t)((const char *)memchr(s.p, ']', s.len) - s.p) + 1);
	if (s.len && s.p[0] == ' ')
		sh_span_cut(&s, 1);
	*rest = s;
	return true;
}

/* "<6>", or "kern  :info  : "; PRIORITY is left alone where there is neither. */
static void take_level(struct sh_span *rest, struct sh_log_entry *e, uint64_t *priority)
{
	struct sh_span s = *rest, level;
	size_t n;
	int severity;

	if (s.len && s.p[0] == '<') {
		sh_span_cut(&s, 1);
		n = number(s, priority);
		if (n && n < s.len && s.p[n] == '>')
			*rest = (struct sh_span){ s.p + n + 1, s.len - n - 1 };
		return;
	}
	n = 0;
	while (n < s.len && n < 10 && s.p[n] >= 'a' && s.p[n] <= 'z')
		n++;
	while (n < s.len && n < 10 && s.p[n] == ' ')
		n++;
	if (!n || n == s.len || s.p[n] != ':')
		return;
	sh_span_cut(&s, n + 1);
	level = (struct sh_span){ s.p, s.len < 8 ? s.len : 8 };
	for (n = 0; n < level.len && level.p[n] != ' ' && level.p[n] != ':';)
		n++;
	severity = sh_level_word((struct sh_span){ level.p, n });
	if (severity < 0 || s.len < 8 || s.p[6] != ':' || s.p[7] != ' ')
		return;
	e->severity = severity;
	sh_span_cut(&s, 8);
	*rest = s;
}

/* What dmesg shows; false when there is no time. */
static bool read_shown(struct sh_import *in, struct sh_span line, struct sh_log_entry *e)
{
	uint64_t priority = UINT64_MAX;
	size_t n = 0;

	take_level(&line, e, &priority);
	if (!take_uptime(in, &line, &e->time)) {
		n = sh_stamp_parse(sh_log_clock(in), line, &e->time);
		if (!n)
			return false;
	}
	e->text = (struct sh_span){ line.p + n, line.len - n };
	if (priority != UINT64_MAX)
		note_priority(e, priority);
	return true;
}

/* " SUBSYSTEM=pci": how long the name is, 0 when the line is none of /dev/kmsg's fields. */
static size_t field_name(struct sh_span line)
{
	size_t n = 1;

	while (n < line.len && ((line.p[n] >= 'A' && line.p[n] <= 'Z') || line.p[n] == '_'))
		n++;
	return line.len > 2 && line.p[0] == ' ' && n < line.len && line.p[n] == '=' ? n - 1 : 0;
}

int sh_format_kmsg(struct sh_import *in, struct sh_span line, struct sh_error *err)
{
	struct sh_log_entry e = SH_LOG_ENTRY_INIT;
	size_t name;

	(void)err;
	if (!line.len)
		return 0;
	name = field_name(line);
	if (name && sh_log_held(in).p) {
		sh_log_held_field(in, (struct sh_span){ line.p + 1, name },
				  (struct sh_span){ line.p + name + 2, line.len - name - 2 });
		return 0;
	}
	if (!read_device(in, line, &e) && !read_shown(in, line, &e)) {
		if (sh_log_join(in, line))
			return 0;
		e.text = line;
	}
	if (!e.program.p)
		e.program = sh_span_of("kernel");
	e.truncated = in->cut;
	sh_log_hold(in, &e);
	return 0;
}
