/* SPDX-License-Identifier: MIT */
/*
 * fuzz_miner - lines of logs and stored templates: bounded, UTF-8, and split anywhere
 *
 * First byte 0: the rest is a stored state, its checksum made right; what is
 * loaded takes lines. Else: lines for two miners, one of which is stored and
 * loaded after each; both say the same.
 */
#include "config.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "logs/miner.h"
#include "logs/parts.h"
#include "expr/utf8.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MUST(cond)                                                                                 \
	do {                                                                                       \
		if (!(cond)) {                                                                     \
			fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #cond);                 \
			abort();                                                                   \
		}                                                                                  \
	} while (0)

static const struct sh_log_limits limits = { 2, 20, 12, 5, 0, 1000 };

/* Lines of the text; their first two bytes are stream and time. */
static bool next_line(const uint8_t **p, const uint8_t *end, struct sh_span *line)
{
	const uint8_t *newline;

	if (*p >= end)
		return false;
	newline = memchr(*p, '\n', (size_t)(end - *p));
	*line = (struct sh_span){ (const char *)*p, (size_t)((newline ? newline : end) - *p) };
	*p = newline ? newline + 1 : end;
	return true;
}

static struct sh_log_answer look(struct sh_log_miner *m, struct sh_span line)
{
	struct sh_log_answer a;
	char stream = line.len ? (char)('a' + line.p[0] % 3) : 'z';
	int64_t time =
		line.len > 1 ? (int64_t)((unsigned char)line.p[1] * UINT64_C(7000000001)) : 0;

	sh_log_look(m, (struct sh_span){ &stream, 1 }, line, (int)(line.len % 6) - 1, time, &a);
	MUST(strlen(a.text) <= SH_LOG_TEXT);
	MUST(sh_utf8_is_valid(sh_span_of(a.text)));
	MUST(a.count > 0 && a.rate >= 0.0 && a.usual >= 0.0);
	MUST(a.n_fields <= SH_LOG_FIELDS && m->n <= limits.templates);
	return a;
}

static void check_lines(const uint8_t *data, size_t size)
{
	struct sh_log_miner *whole = sh_log_miner_new(&limits), *split = sh_log_miner_new(&limits);
	const uint8_t *p = data;
	struct sh_span line;

	while (next_line(&p, data + size, &line)) {
		struct sh_error err = SH_ERROR_INIT;
		struct sh_buf bytes = SH_BUF_INIT;
		struct sh_log_answer a = look(whole, line), b = look(split, line);

		MUST(!strcmp(a.id, b.id) && !strcmp(a.text, b.text) && a.count == b.count);
		MUST(a.is_new == b.is_new && a.rare == b.rare && a.n_fields == b.n_fields);
		MUST(!memcmp(&a.rate, &b.rate, sizeof(a.rate)) &&
		     !memcmp(&a.errors_usual, &b.errors_usual, sizeof(a.errors_usual)));
		sh_log_store(split, &bytes);
		MUST(sh_log_load(split, bytes.data, bytes.len, &err) == 0);
		sh_buf_release(&bytes);
	}
	sh_log_miner_free(whole);
	sh_log_miner_free(split);
}

static void check_state(const uint8_t *data, size_t size)
{
	struct sh_log_miner *m = sh_log_miner_new(&limits);
	struct sh_error err = SH_ERROR_INIT;
	struct sh_buf b = SH_BUF_INIT;

	sh_buf_add(&b, data, size);
	for (size_t i = 0; i < 8; i++)
		sh_buf_addch(&b, (char)(sh_hash64(data, size) >> 8 * i));
	if (sh_log_load(m, b.data, b.len, &err) == 0)
		for (size_t i = 0; i < size && i < 64; i++)
			look(m, (struct sh_span){ (const char *)data + i, size - i });
	else
		MUST(m->n == 0);
	sh_buf_release(&b);
	sh_log_miner_free(m);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size < 1)
		return 0;
	if (data[0])
		check_lines(data + 1, size - 1);
	else
		check_state(data + 1, size - 1);
	return 0;
}
