/* SPDX-License-Identifier: MIT */
/* records - lines as records, and texts as configuration, for unit tests */
#ifndef SH_TESTS_RECORDS_H
#define SH_TESTS_RECORDS_H

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "config/config.h"
#include "record/record.h"

#define RECORDS_NOW (INT64_C(1795222800) * 1000000000)

/* LINE must be a record and outlive R; ' stands for ". */
static inline void record_of(struct sh_record *r, char *line)
{
	struct sh_error err = SH_ERROR_INIT;

	for (char *p = line; *p; p++)
		if (*p == '\'')
			*p = '"';
	if (sh_record_view(r, line, strlen(line), "h", RECORDS_NOW, &err) == 0)
		return;
	printf("Bail out! %s: %s\n", line, err.text);
	exit(99);
}

/* The configuration TEXT alone, from a file in the directory DIR. */
static inline void config_of(struct sh_config *c, const char *dir, const char *text)
{
	SH_CLEANUP_FREE char *path = sh_asprintf("%s/test.yaml", dir);
	const char *const paths[] = { path, NULL };
	const struct sh_config_options opt = { .paths = paths, .no_stock = true };
	struct sh_error err = SH_ERROR_INIT;
	FILE *f = fopen(path, "we");

	if (f) {
		fputs(text, f);
		fclose(f);
	}
	if (f && sh_config_load(c, &opt, NULL, NULL, &err) == 0)
		return;
	printf("Bail out! %s: %s\n", path, err.text);
	exit(99);
}

#endif
