/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "detect/log/scope.h"

#include <string.h>

#include "record/fault.h"
#include "tap.h"

static const char *const lines[] = { "query took 10 ms of 5", "query took 30 ms of 5",
				     "query took 90 ms of 6" };

static void check(size_t n, const char *want)
{
	struct sh_log_miner *m = sh_log_miner_new(NULL);
	struct sh_log_answer a;
	json_t *log = NULL;
	char *text;

	for (size_t i = 0; i < n; i++) {
		int64_t time = (int64_t)i * 2000000000;
		int severity = i == 1 ? SH_SEVERITY_HIGH : -1;

		sh_log_look(m, sh_span_of("s"), sh_span_of(lines[i]), severity, time, &a);
		json_decref(log);
		log = sh_log_scope(sh_span_of(lines[i]), severity, time, &a);
	}
	json_object_del(log, "template");
	text = json_dumps(log, JSON_COMPACT | JSON_SORT_KEYS | JSON_REAL_PRECISION(6));
	OK(text && !strcmp(text, want), "the names after %zu lines", n);
	if (text && strcmp(text, want))
		diag("%s", text);
	free(text);
	json_decref(log);
	sh_log_miner_free(m);
}

int main(void)
{
	check(1,
	      "{\"count\":1,\"errors_rate\":0.0,\"errors_usual\":0.0,\"fields\":{\"3\":0.01,\"5\":"
	      "5.0},"
	      "\"is_new\":false,\"least\":{},\"means\":{},\"most\":{},\"rare\":false,\"rate\":1.0,"
	      "\"template_text\":\"query took <*> of <*>\",\"text\":\"query took 10 ms of "
	      "5\",\"usual\":0.0}");
	check(2,
	      "{\"age\":2.0,\"count\":2,\"errors_rate\":1.0,\"errors_usual\":0.0,"
	      "\"fields\":{\"3\":0.03,\"5\":5.0},\"is_new\":false,\"least\":{\"3\":0.01,\"5\":5.0},"
	      "\"level\":\"high\",\"means\":{\"3\":0.01,\"5\":5.0},\"most\":{\"3\":0.01,\"5\":5.0},"
	      "\"rare\":false,\"rate\":2.0,\"template_text\":\"query took <*> of <*>\","
	      "\"text\":\"query took 30 ms of 5\",\"usual\":0.0}");
	check(3,
	      "{\"age\":2.0,\"count\":3,\"errors_rate\":1.0,\"errors_usual\":0.0,"
	      "\"fields\":{\"3\":0.09,\"5\":6.0},\"is_new\":false,\"least\":{\"3\":0.01,\"5\":5.0},"
	      "\"means\":{\"3\":0.02,\"5\":5.0},\"most\":{\"3\":0.03,\"5\":5.0},\"rare\":false,"
	      "\"rate\":3.0,"
	      "\"template_text\":\"query took <*> of <*>\",\"text\":\"query took 90 ms of "
	      "6\",\"usual\":0.0}");
	return plan_done();
}
