/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "diagnose/diagnoser.h"

#include <math.h>
#include <string.h>

#include "records.h"
#include "record/json.h"
#include "scratch.h"
#include "tap.h"

static const char yaml[] =
	"diagnoses:\n"
	"  a: {faults: [x], root_cause: one, confidence: 0.5}\n"
	"  b: {faults: [x], root_cause: two, confidence: 0.6}\n"
	"  c: {faults: [x], root_cause: one, confidence: 0.5}\n"
	"  d: {faults: [x], root_cause: three, confidence: 0.6}\n"
	"  sure: {faults: [s], root_cause: sure, confidence: 1}\n"
	"  names: {faults: [n], root_cause: names, confidence: 1,\n"
	"    when: \"a.x == 1.0 && host.cpu.usage > 5 && params.p == 2 && labels.l == 'm' && dims.d == 'e'\n"
	"           && entity_type == 'disk' && entity_name == 'vda' && hostname == 'h' && fault.severity == 'low'\"}\n"
	"  zero: {faults: [z], when: 1 / 0 > 1, root_cause: zero, confidence: 1}\n"
	"  after: {faults: [z], root_cause: after, confidence: 0.1}\n"
	"playbooks:\n"
	"  for-one: {for: {causes: [one, other]}}\n"
	"  for-two: {for: {causes: [two]}}\n"
	"  again-two: {for: {causes: [two]}}\n"
	"  for-none: {for: {causes: [none]}}\n";

struct bench {
	char *dir;
	struct sh_config config;
	struct sh_opinions opinions;
	struct sh_diagnoser d;
	char broken[200];
};

static void keep_broken(void *arg, const struct sh_opinion *o, const struct sh_fault *f,
			const char *error)
{
	struct bench *b = arg;

	snprintf(b->broken, sizeof(b->broken), "%s %s %s", o->id, f->id, error);
}

static void set_up(struct bench *b)
{
	memset(b, 0, sizeof(*b));
	b->dir = scratch_make();
	config_of(&b->config, b->dir, yaml);
	OK(sh_opinions_load(&b->opinions, &b->config, NULL, NULL) == 0, "rules");
	b->d = (struct sh_diagnoser){ .opinions = &b->opinions, .config = &b->config,
				      .broken = keep_broken, .arg = b };
}

static void tear_down(struct bench *b)
{
	sh_diagnoser_release(&b->d);
	sh_opinions_release(&b->opinions);
	sh_config_release(&b->config);
	scratch_remove(b->dir);
}

static int diagnose(struct bench *b, const char *type, const char *id, struct sh_diagnosis *out,
		    struct sh_error *err)
{
	json_t *fault = json_pack(
		"{s:s,s:s,s:s,s:s,s:s,s:s,s:s,s:s,s:s,s:s,s:{s:s},s:{s:s},s:{s:i},s:{s:{s:{s:i}},s:{s:{s:f}}}}",
		"kind", "fault", "time", "2026-11-21T01:00:00.000000Z", "host", "h", "entity",
		"disk:vda@h", "id", id, "fingerprint", "f-0", "status", "open", "fault_type", type,
		"rule_id", "r", "severity", "low", "dims", "d", "e", "labels", "l", "m", "params", "p",
		2, "context", "metrics", "a", "x", 1, "host", "cpu", "usage", 7.5);
	int rc = sh_diagnose(&b->d, fault, out, err);

	json_decref(fault);
	return rc;
}

static bool dumps_to(const json_t *v, const char *wanted)
{
	SH_CLEANUP_BUF struct sh_buf text = SH_BUF_INIT;

	if (v)
		sh_json_dump(&text, v);
	if (!strcmp(sh_buf_str(&text), wanted))
		return true;
	diag("got %s", sh_buf_str(&text));
	return false;
}

static void test_merged(struct bench *b)
{
	struct sh_error err = SH_ERROR_INIT;
	struct sh_diagnosis d;

	OK(diagnose(b, "x", "f-1", &d, &err) == 0 && d.results == 4, "four opinions %s", err.text);
	OK(d.merged == 1 && !strcmp(sh_diagnosis_cause(&d)->root_cause, "two"),
	   "the highest confidence, the first of equal ones");
	OK(dumps_to(d.ranking,
		    "[{\"root_cause\":\"one\",\"confidence\":0.75,\"evidence\":["
		    "{\"source\":\"rule\",\"rule_id\":\"a\",\"confidence\":0.5},"
		    "{\"source\":\"rule\",\"rule_id\":\"c\",\"confidence\":0.5}]},"
		    "{\"root_cause\":\"two\",\"confidence\":0.6,\"evidence\":["
		    "{\"source\":\"rule\",\"rule_id\":\"b\",\"confidence\":0.6}]},"
		    "{\"root_cause\":\"three\",\"confidence\":0.6,\"evidence\":["
		    "{\"source\":\"rule\",\"rule_id\":\"d\",\"confidence\":0.6}]}]"),
	   "the same cause twice is noisy-or, best first");
	OK(dumps_to(d.candidates, 
		    "[{\"playbook\":\"for-one\",\"target\":\"disk:vda@h\",\"cause\":\"one\",\"confidence\":0.75},"
		    "{\"playbook\":\"for-two\",\"target\":\"disk:vda@h\",\"cause\":\"two\",\"confidence\":0.6},"
		    "{\"playbook\":\"again-two\",\"target\":\"disk:vda@h\",\"cause\":\"two\",\"confidence\":0.6}]"),
	   "playbooks by ranked cause, in file order");
	OK(d.time == d.fault.time && !strcmp(d.host, "h") && !strcmp(d.entity, "disk:vda@h") &&
		   !strncmp(d.id, "d-", 2),
	   "what it is about");
	sh_diagnosis_release(&d);
}

static void test_unknown(struct bench *b)
{
	struct sh_error err = SH_ERROR_INIT;
	struct sh_diagnosis d;

	OK(diagnose(b, "novel", "f-1", &d, &err) == 0 && d.results == 0 &&
		   !strcmp(sh_diagnosis_cause(&d)->root_cause, "unknown") &&
		   !(sh_diagnosis_cause(&d)->confidence > 0),
	   "no opinion is unknown at 0");
	OK(dumps_to(d.ranking, "[]") && dumps_to(d.candidates, "[]"), "with nothing to rank");
	sh_diagnosis_release(&d);
	OK(diagnose(b, "s", "f-1", &d, &err) == 0 &&
		   fabs(sh_json_num(json_array_get(d.ranking, 0), "confidence", 0) - 0.99) < 1e-9 &&
		   fabs(sh_diagnosis_cause(&d)->confidence - 1) < 1e-9,
	   "ranking is never sure, the merged result is what its rule says");
	sh_diagnosis_release(&d);
}

static void test_names(struct bench *b)
{
	struct sh_error err = SH_ERROR_INIT;
	struct sh_diagnosis d;

	OK(diagnose(b, "n", "f-1", &d, &err) == 0 && d.results == 1 && !b->broken[0],
	   "metrics, host, params, labels, dims, entity and fault are known %s", b->broken);
	sh_diagnosis_release(&d);
	OK(diagnose(b, "z", "f-1", &d, &err) == 0 && d.results == 1 &&
		   !strcmp(d.result[0].root_cause, "after") &&
		   !strcmp(b->broken, "zero f-1 1:3: division by zero"),
	   "a rule that fails is told, the others have their say: %s", b->broken);
	sh_diagnosis_release(&d);
}

static char *id_of(struct bench *b, const char *type, const char *fault)
{
	struct sh_error err = SH_ERROR_INIT;
	struct sh_diagnosis d;
	char *id;

	if (diagnose(b, type, fault, &d, &err) < 0)
		return sh_strdup(err.text);
	id = sh_strdup(d.id);
	sh_diagnosis_release(&d);
	return id;
}

static void test_ids(struct bench *b)
{
	SH_CLEANUP_FREE char *one = id_of(b, "x", "f-1"), *again = id_of(b, "x", "f-1");
	SH_CLEANUP_FREE char *other = id_of(b, "x", "f-2"), *rules = id_of(b, "s", "f-1");

	OK(!strcmp(one, again) && strcmp(one, other) && strcmp(one, rules),
	   "the id is a digest of the fault's and the rules");
}

static void test_bad(struct bench *b)
{
	struct sh_error err = SH_ERROR_INIT;
	json_t *fault = json_pack("{s:s,s:s}", "kind", "fault", "host", "h");
	struct sh_diagnosis d;

	OK(sh_diagnose(&b->d, fault, &d, &err) < 0 && err.code == SH_ERRC_INPUT &&
		   strstr(err.text, "entity"),
	   "what is no whole fault is refused: %s", err.text);
	json_decref(fault);
}

int main(void)
{
	struct bench b;

	set_up(&b);
	test_merged(&b);
	test_unknown(&b);
	test_names(&b);
	test_ids(&b);
	test_bad(&b);
	tear_down(&b);
	return plan_done();
}
