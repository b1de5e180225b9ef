/* SPDX-License-Identifier: MIT */
/* play - a few records of every kind through a detector, and what must hold of its output */
#ifndef SH_FUZZ_PLAY_H
#define SH_FUZZ_PLAY_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "config/config.h"
#include "config/site.h"
#include "detect/detector.h"
#include "detect/repaired.h"
#include "detect/vectors.h"
#include "record/json.h"
#include "record/record.h"
#include "topology/heard.h"

#define MUST(cond)                                                                                 \
	do {                                                                                       \
		if (!(cond)) {                                                                     \
			fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #cond);                 \
			abort();                                                                   \
		}                                                                                  \
	} while (0)

static const char *const play_records[] = {
	"{\"kind\":\"sample\",\"time\":1000000000,\"host\":\"h\",\"entity\":\"host:h\",\"metrics\":"
	"{\"host\":{\"cpu\":{\"usage\":91.5},\"load\":3}}}",
	"{\"kind\":\"sample\",\"time\":1000000010,\"host\":\"h\",\"entity\":\"filesystem:/@h\",\"dims\":{\"d\":\"1\"},"
	"\"labels\":{\"rack\":\"r1\"},\"source\":{\"collector\":\"c\"},\"metrics\":{\"a\":{\"x\":12,\"y\":\"up\"}}}",
	"{\"kind\":\"sample\",\"time\":1000000020,\"host\":\"g\",\"entity\":\"filesystem:/@g\",\"dims\":{\"d\":\"2\"},"
	"\"labels\":{\"rack\":\"r1\"},\"metrics\":{\"a\":{\"x\":7.5,\"y\":null},\"prom\":{\"up\":1}}}",
	"{\"kind\":\"log\",\"time\":1000000030,\"host\":\"h\",\"entity\":\"service:w@h\",\"severity\":\"high\","
	"\"program\":\"w\",\"text\":\"connection 12 refused by 10.0.0.7\",\"fields\":{\"n\":3}}",
	"{\"kind\":\"tick\",\"time\":1000000060,\"host\":\"h\"}",
	"{\"kind\":\"edge\",\"time\":1000000061,\"host\":\"h\",\"from\":\"service:w@h\",\"to\":\"host:h\"}",
	"{\"time\":1000000070,\"host\":\"h\",\"a\":{\"x\":19,\"y\":\"down\"},\"b\":true}",
	"{\"kind\":\"repair\",\"time\":\"2001-09-09T01:47:55Z\",\"host\":\"h\",\"entity\":\"filesystem:/@h\",\"id\":\"p\","
	"\"steps\":[{\"name\":\"s\",\"action\":\"a\",\"state\":\"done\"}]}",
	"{\"kind\":\"sample\",\"time\":1000000080,\"host\":\"h\",\"entity\":\"filesystem:/@h\",\"dims\":{\"d\":\"1\"},"
	"\"labels\":{\"rack\":\"r1\"},\"source\":{\"collector\":\"c\"},\"metrics\":{\"a\":{\"x\":99,\"y\":\"down\"}}}",
	"{\"kind\":\"log\",\"time\":1000000090,\"host\":\"h\",\"entity\":\"service:w@h\",\"severity\":\"low\","
	"\"text\":\"worker ended\"}",
	"{\"kind\":\"sample\",\"time\":1000000015,\"host\":\"g\",\"entity\":\"filesystem:/@g\",\"metrics\":{\"a\":{\"x\":1}}}",
	"{\"kind\":\"sample\",\"time\":1000004000,\"host\":\"h\",\"entity\":\"host:h\",\"metrics\":"
	"{\"host\":{\"cpu\":{\"usage\":1}},\"a\":{\"x\":0}}}",
	"{\"kind\":\"sample\",\"time\":1000013000,\"host\":\"h\",\"entity\":\"filesystem:/@h\",\"dims\":{\"d\":\"1\"},"
	"\"metrics\":{\"a\":{\"x\":4}}}",
	"{\"kind\":\"tick\",\"time\":1000014000,\"host\":\"h\"}",
};

#define PLAY_RECORDS (sizeof(play_records) / sizeof(play_records[0]))

struct play {
	struct sh_detector d;
	struct sh_vectors *vectors; /* borrowed; NULL none */
	struct sh_buf out;
	unsigned damaged; /* rows, */
	char which[240];  /* of which this was said last */
};

static inline void play_line(void *arg, const char *line, size_t len)
{
	struct play *p = arg;
	struct sh_error err = SH_ERROR_INIT;
	json_t *fault;

	MUST(len > 1 && line[len - 1] == '\n' && !memchr(line, '\n', len - 1));
	fault = sh_json_parse(line, len - 1, &err);
	MUST(json_is_object(fault));
	json_decref(fault);
	sh_buf_add(&p->out, line, len);
}

static inline void play_damaged(void *arg, const struct sh_error *err)
{
	struct play *p = arg;

	MUST(err->code == SH_ERRC_STATE && strstr(err->text, "was damaged: it begins anew"));
	p->damaged++;
	snprintf(p->which, sizeof(p->which), "%s", err->text);
}

static inline void play_broken(void *arg, struct sh_error *err)
{
	(void)arg;
	MUST(sh_error_is_set(err));
}

static inline void play_start(struct play *p, const struct sh_rules *rules, const struct sh_site *site,
			      struct sh_vectors *vectors)
{
	const struct sh_vectors_calls calls = { play_line, play_broken, p };

	sh_detector_init(&p->d, rules, site, true, NULL, NULL);
	p->vectors = vectors;
	p->d.emit = play_line;
	p->d.damaged = play_damaged;
	p->d.arg = p;
	sh_vectors_call(vectors, &calls);
}

static inline void play_record(struct play *p, const struct sh_record *r)
{
	struct sh_error err = SH_ERROR_INIT;
	int rc = 0;

	if (r->kind == SH_KIND_LOG)
		rc = sh_detector_log(&p->d, r, NULL, &err);
	else if (r->kind == SH_KIND_TICK)
		sh_detector_tick(&p->d, r);
	else if (r->kind == SH_KIND_EDGE)
		rc = sh_graph_hear(p->d.hush.graph, r, &err);
	else if (r->kind == SH_KIND_REPAIR)
		sh_detector_repaired(&p->d, r);
	else
		rc = sh_detector_sample(&p->d, r, &err);
	MUST(rc == 0 || sh_error_is_set(&err));
	sh_vectors_record(p->vectors, r);
}

static inline void play_all(struct play *p)
{
	struct sh_record r = SH_RECORD_INIT;
	struct sh_error err = SH_ERROR_INIT;

	for (size_t i = 0; i < PLAY_RECORDS; i++) {
		const char *line = play_records[i];

		MUST(sh_record_view(&r, line, strlen(line), "h", 1, &err) == 0);
		play_record(p, &r);
	}
	sh_detector_pending(&p->d);
	sh_record_release(&r);
}

/* The configuration TEXT alone, from the file PATH; false where it has an error. */
static inline bool play_config(struct sh_config *c, const char *path, const void *text, size_t len)
{
	const char *const paths[] = { path, NULL };
	const struct sh_config_options opt = { .paths = paths, .no_stock = true };
	struct sh_error err = SH_ERROR_INIT;
	FILE *f = fopen(path, "we");

	MUST(f && fwrite(text, 1, len, f) == len && fclose(f) == 0);
	return sh_config_load(c, &opt, NULL, NULL, &err) == 0;
}

#endif
