/* SPDX-License-Identifier: MIT */
#include "config.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include "expr/regex.h"

#include <pcre2.h>
#include <stdio.h>

#define MAX_PATTERN 4096
#define MAX_MATCH   100000 /* backtracking steps */
#define MAX_HEAP    1024   /* KiB */

static void explain(int code, char *why, size_t size)
{
	if (pcre2_get_error_message(code, (PCRE2_UCHAR *)why, size) < 0 && size)
		snprintf(why, size, "error %d", code);
}

void *sh_regex_compile(struct sh_span pattern, char *why, size_t size)
{
	PCRE2_SIZE offset;
	pcre2_code *code;
	int error;

	if (pattern.len > MAX_PATTERN) {
		snprintf(why, size, "longer than %d bytes", MAX_PATTERN);
		return NULL;
	}
	/* A pattern's own (*LIMIT_MATCH=...) may only lower the limit. */
	code = pcre2_compile((PCRE2_SPTR)(pattern.p ? pattern.p : ""), pattern.len,
			     PCRE2_UTF | PCRE2_MATCH_INVALID_UTF | PCRE2_NEVER_BACKSLASH_C |
				     PCRE2_DOLLAR_ENDONLY, &error,
			     &offset, NULL);
	if (!code)
		explain(error, why, size);
	return code;
}

void sh_regex_free(void *regex)
{
	pcre2_code_free(regex);
}

static int match(const void *regex, struct sh_span text, size_t from, pcre2_match_data *data,
		 char *why, size_t size)
{
	pcre2_match_context *context = pcre2_match_context_create(NULL);
	int r = PCRE2_ERROR_NOMEMORY;

	if (context && data) {
		pcre2_set_match_limit(context, MAX_MATCH);
		pcre2_set_heap_limit(context, MAX_HEAP);
		r = pcre2_match(regex, (PCRE2_SPTR)(text.p ? text.p : ""), text.len, from, 0, data,
				context);
	}
	pcre2_match_context_free(context);
	if (r < 0 && r != PCRE2_ERROR_NOMATCH) {
		explain(r, why, size);
		return -1;
	}
	return r != PCRE2_ERROR_NOMATCH;
}

int sh_regex_search(const void *regex, struct sh_span text, char *why, size_t size)
{
	pcre2_match_data *data = pcre2_match_data_create(1, NULL);
	int r = match(regex, text, 0, data, why, size);

	pcre2_match_data_free(data);
	return r;
}

size_t sh_regex_captures(const void *regex)
{
	uint32_t n = 0;

	pcre2_pattern_info(regex, PCRE2_INFO_CAPTURECOUNT, &n);
	return n;
}

int sh_regex_groups(const void *regex, struct sh_span text, struct sh_span *group, size_t n,
		    char *why, size_t size)
{
	return sh_regex_groups_from(regex, text, 0, group, n, why, size);
}

int sh_regex_groups_from(const void *regex, struct sh_span text, size_t from, struct sh_span *group,
			 size_t n, char *why, size_t size)
{
	pcre2_match_data *data = pcre2_match_data_create_from_pattern(regex, NULL);
	int r = match(regex, text, from, data, why, size);
	const PCRE2_SIZE *at = r == 1 ? pcre2_get_ovector_pointer(data) : NULL;
	size_t groups = at ? pcre2_get_ovector_count(data) : 0;

	for (size_t i = 0; i < n; i++) {
		bool took = i < groups && at[2 * i] != PCRE2_UNSET && at[2 * i] <= at[2 * i + 1];

		group[i] = took ? (struct sh_span){ (text.p ? text.p : "") + at[2 * i],
						    at[2 * i + 1] - at[2 * i] } :
				  SH_SPAN_NONE;
	}
	pcre2_match_data_free(data);
	return r;
}
