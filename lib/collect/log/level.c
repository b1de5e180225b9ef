/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "collect/log/level.h"

#include <stdbool.h>
#include <string.h>
#include <strings.h>

#include "collect/text.h"
#include "record/fault.h"

#define WORDS_MAX 6 /* levels stand in front; a word further on is part of the message */
#define BEGINNING_MAX 160

int sh_level_syslog(int64_t priority)
{
	static const signed char severity[] = {
		SH_SEVERITY_CRITICAL, SH_SEVERITY_CRITICAL, SH_SEVERITY_CRITICAL, SH_SEVERITY_HIGH,
		SH_SEVERITY_MEDIUM,   SH_SEVERITY_LOW,      SH_SEVERITY_INFO,     SH_SEVERITY_INFO,
	};

	return priority >= 0 && priority <= 7 ? severity[priority] : -1;
}

static const struct {
	const char *word;
	enum sh_severity severity;
} levels[] = {
	{ "alert", SH_SEVERITY_CRITICAL },     { "crit", SH_SEVERITY_CRITICAL },
	{ "critical", SH_SEVERITY_CRITICAL },  { "debug", SH_SEVERITY_INFO },
	{ "dpanic", SH_SEVERITY_CRITICAL },    { "emerg", SH_SEVERITY_CRITICAL },
	{ "emergency", SH_SEVERITY_CRITICAL }, { "err", SH_SEVERITY_HIGH },
	{ "error", SH_SEVERITY_HIGH },         { "fatal", SH_SEVERITY_CRITICAL },
	{ "fine", SH_SEVERITY_INFO },          { "info", SH_SEVERITY_INFO },
	{ "information", SH_SEVERITY_INFO },   { "notice", SH_SEVERITY_LOW },
	{ "panic", SH_SEVERITY_CRITICAL },     { "severe", SH_SEVERITY_HIGH },
	{ "trace", SH_SEVERITY_INFO },         { "verbose", SH_SEVERITY_INFO },
	{ "warn", SH_SEVERITY_MEDIUM },        { "warning", SH_SEVERITY_MEDIUM },
};

static int named(struct sh_span word)
{
	for (size_t i = 0; i < sizeof(levels) / sizeof(*levels); i++)
		if ((word.p[0] | 0x20) == levels[i].word[0] && word.len == strlen(levels[i].word) &&
		    !strncasecmp(word.p, levels[i].word, word.len))
			return (int)levels[i].severity;
	return -1;
}

static int lettered(char c)
{
	switch (c | 0x20) {
	case 'f':
	case 'c':
		return SH_SEVERITY_CRITICAL;
	case 'e':
		return SH_SEVERITY_HIGH;
	case 'w':
		return SH_SEVERITY_MEDIUM;
	case 'i':
	case 'd':
	case 't':
		return SH_SEVERITY_INFO;
	default:
		return -1;
	}
}

static int numbered(uint64_t n)
{
	if (n < 8)
		return sh_level_syslog((int64_t)n);
	if (n < 40)
		return SH_SEVERITY_INFO;
	if (n < 60)
		return n < 50 ? SH_SEVERITY_MEDIUM : SH_SEVERITY_HIGH;
	return SH_SEVERITY_CRITICAL;
}

int sh_level_word(struct sh_span word)
{
	uint64_t n;

	if (!word.len)
		return -1;
	if (sh_text_u64(word, &n))
		return numbered(n);
	return word.len == 1 ? lettered(word.p[0]) : named(word);
}

int sh_level_glog(struct sh_span line)
{
	if (line.len < 6 || line.p[1] < '0' || line.p[1] > '9' || line.p[5] != ' ')
		return -1;
	return lettered(line.p[0]);
}

static bool is_letter(char c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

static bool among(char c, const char *set)
{
	return c && strchr(set, c);
}

static bool is_capitals(struct sh_span word)
{
	for (size_t i = 0; i < word.len; i++)
		if (word.p[i] >= 'a')
			return false;
	return true;
}

static bool ends_with(struct sh_span text, const char *end)
{
	size_t len = strlen(end);

	return text.len >= len && !strncasecmp(text.p + text.len - len, end, len);
}

/* Whether the letters from FROM to TO stand where a level would. */
static bool is_placed(struct sh_span text, size_t from, size_t to)
{
	char before = from ? text.p[from - 1] : ' ', after = to < text.len ? text.p[to] : ' ';
	struct sh_span head = { text.p, from };

	if (among(before, "=\""))
		return ends_with(head, "level=") || ends_with(head, "lvl=") ||
		       ends_with(head, "severity=") || ends_with(head, "level=\"");
	if (among(before, "_-/.") || among(after, "_-/.=("))
		return false;
	if (among(before, "[<(:") && among(after, "]>):"))
		return true;
	return (before == ' ' && after == ':') ||
	       is_capitals((struct sh_span){ text.p + from, to - from });
}

int sh_level_find(struct sh_span text)
{
	size_t words = 0;

	if (text.len > BEGINNING_MAX)
		text.len = BEGINNING_MAX;
	for (size_t i = 0; i < text.len && words < WORDS_MAX; i++) {
		size_t from = i;
		int severity;

		while (i < text.len && is_letter(text.p[i]))
			i++;
		severity = i - from >= 3 ? named((struct sh_span){ text.p + from, i - from }) : -1;
		if (severity >= 0 && is_placed(text, from, i))
			return severity;
		words += i < text.len && text.p[i] == ' ';
	}
	return -1;
}
