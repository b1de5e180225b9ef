/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "diagnose/family.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

/*
 * A word matches anywhere in the name; one that begins with '<' only where a word of
 * the name begins ("err" is in "interrupts"), one that ends in '>' only at the end.
 */
static const char *const words[SH_FAMILY_RESOURCE][16] = {
	[SH_FAMILY_ERROR] = { "availability", "success", "<err", "fail", "5xx", "<drop", "retrans",
			      "<ecc", "<loss" },
	[SH_FAMILY_LATENCY] = { "<lat", "duration", "rt_", "_ms>", "net_p90", "await", "response" },
	[SH_FAMILY_TRAFFIC] = { "request", "load>", "workload", "<rps", "<qps", "net_rx", "net_tx",
				"span_count", "throughput", "iops" },
};

static bool begins_word(const char *name, const char *at)
{
	return at == name || !isalpha((unsigned char)at[-1]);
}

static bool has_word(const char *name, const char *word)
{
	bool start = *word == '<', end;
	size_t len;

	word += start;
	len = strlen(word);
	end = word[len - 1] == '>';
	len -= end;
	/* What follows a brace are dimensions: names of others. */
	for (const char *p = name; *p && *p != '{'; p++)
		if (!strncasecmp(p, word, len) && (!start || begins_word(name, p)) &&
		    (!end || !p[len] || p[len] == '{'))
			return true;
	return false;
}

enum sh_family sh_family_of(const char *metric)
{
	for (int f = 0; f < SH_FAMILY_RESOURCE; f++)
		for (int i = 0; words[f][i]; i++)
			if (has_word(metric, words[f][i]))
				return (enum sh_family)f;
	return SH_FAMILY_RESOURCE;
}

/* Since a start: that it grows says nothing, that it falls that there was another one. */
static bool counts_time(const char *metric)
{
	return has_word(metric, "uptime") || !strcmp(metric, "service.age_s");
}

int sh_family_direction(const char *metric)
{
	switch (sh_family_of(metric)) {
	case SH_FAMILY_LATENCY:
		return 1;
	case SH_FAMILY_ERROR:
		return has_word(metric, "availability") || has_word(metric, "success") ? -1 : 1;
	case SH_FAMILY_RESOURCE:
		return counts_time(metric) ? -1 : 0;
	case SH_FAMILY_TRAFFIC:
	case SH_FAMILIES:
		break;
	}
	return 0;
}

bool sh_family_is_a_name(const char *metric)
{
	size_t len = strlen(metric);

	return len >= 3 && !strcmp(metric + len - 3, "pid") && begins_word(metric, metric + len - 3);
}

bool sh_family_is_of_callee(const char *metric)
{
	return has_word(metric, "client");
}

bool sh_family_is_share(const char *metric)
{
	static const char *const share[] = { "pct", "percent", "usage", "util", "<busy", NULL };

	for (const char *const *word = share; *word; word++)
		if (has_word(metric, *word))
			return true;
	return false;
}
