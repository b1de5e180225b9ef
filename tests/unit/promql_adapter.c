/* SPDX-License-Identifier: MIT */
/*
 * promql_adapter - rules in PromQL over records, for conformance suites
 *
 * The environment variable RULES has a JSON array of {"alert" or "record",
 * "expr", "for_s", "keep_firing_for_s", "labels", "every_s"}; standard input are
 * records. Prints, for each alert that fires at the end, one object of its labels.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "detect/prom/engine.h"
#include "record/json.h"

static char *quiet(void *arg, const struct sh_prom_rule *rule, enum sh_prom_change change,
		   const struct sh_prom_alert *alert, int64_t now)
{
	(void)arg, (void)rule, (void)change, (void)alert, (void)now;
	return NULL;
}

static void tell(void *arg, const struct sh_prom_rule *rule, const char *why)
{
	(void)arg;
	fprintf(stderr, "rule '%s': %s\n", rule->id, why);
}

static void print(void *arg, const struct sh_prom_rule *rule, const struct sh_prom_alert *alert)
{
	json_t *labels = sh_prom_labels_json(alert->labels);

	(void)arg;
	if (rule->labels)
		json_object_update(labels, (json_t *)(uintptr_t)rule->labels);
	json_object_set_new(labels, "alertname", json_string(rule->name));
	json_dumpf(labels, stdout, JSON_COMPACT);
	putchar('\n');
	json_decref(labels);
}

static int add_rule(struct sh_prom_engine *p, const json_t *r)
{
	const char *record = sh_json_str(r, "record", NULL), *name = sh_json_str(r, "alert", record);
	struct sh_error err = SH_ERROR_INIT;
	struct sh_prom_rule rule = {
		.id = name, .name = name, .record = record, .expr = sh_json_str(r, "expr", ""),
		.labels = json_object_get(r, "labels"),
		.for_time = (int64_t)(sh_json_num(r, "for_s", 0) * 1e9),
		.keep_time = (int64_t)(sh_json_num(r, "keep_firing_for_s", 0) * 1e9),
		.every = (int64_t)(sh_json_num(r, "every_s", 60) * 1e9),
	};

	if (sh_prom_engine_add(p, &rule, &err) == 0)
		return 0;
	fprintf(stderr, "rule '%s': %s\n", name, err.text);
	return -1;
}

static int read_records(struct sh_prom_engine *p)
{
	struct sh_record r = SH_RECORD_INIT;
	char *line = NULL;
	size_t cap = 0;
	ssize_t len;
	int rc = 0;

	while ((len = getline(&line, &cap, stdin)) > 0) {
		struct sh_error err = SH_ERROR_INIT;

		if (line[len - 1] == '\n')
			len--;
		if (sh_record_view(&r, line, (size_t)len, "h", 0, &err) == 0) {
			sh_prom_engine_record(p, &r);
			continue;
		}
		fprintf(stderr, "%s\n", err.text);
		rc = 1;
	}
	sh_record_release(&r);
	free(line);
	return rc;
}

int main(void)
{
	const struct sh_prom_calls calls = { quiet, tell, NULL };
	struct sh_prom_engine *p = sh_prom_engine_new(&calls);
	const char *text = getenv("RULES");
	json_t *rules = json_loads(text ? text : "", 0, NULL);
	size_t i;
	json_t *r;
	int rc = json_is_array(rules) ? 0 : 2;

	json_array_foreach(rules, i, r)
		rc |= add_rule(p, r) < 0 ? 2 : 0;
	rc |= read_records(p);
	sh_prom_engine_firing(p, print, NULL);
	sh_prom_engine_free(p);
	json_decref(rules);
	return rc;
}
