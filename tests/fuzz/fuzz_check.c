/* SPDX-License-Identifier: MIT */
/*
 * What servers say to checks: the first byte chooses the protocol. What is taken
 * lies within what came, and taking it again from just that much gives the same.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "collect/check/dns_message.h"
#include "collect/check/protocol.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void within(struct sh_span part, struct sh_span all)
{
	if (part.p && (part.p < all.p || part.p + part.len > all.p + all.len))
		abort();
}

static void fuzz_lines(struct sh_span in)
{
	struct sh_span line, rest = in;
	size_t used;
	bool last;

	while (sh_line_take(rest, &line, &used) > 0) {
		within(line, rest);
		if (used == 0 || used > rest.len)
			abort();
		if (sh_smtp_code(line, &last) > 599)
			abort();
		if (sh_ssh_is_banner(line) && memchr(line.p, '\0', line.len))
			abort();
		rest.p += used;
		rest.len -= used;
	}
	within(sh_redis_info(in, "role"), in);
	within(sh_postgres_field(in, 'M'), in);
}

static void fuzz_redis(struct sh_span in)
{
	struct sh_redis_reply r, again;
	size_t used, used_again;

	while (in.len && sh_redis_take(in, &r, &used) > 0) {
		within(r.text, in);
		if (used == 0 || used > in.len)
			abort();
		if (sh_redis_take((struct sh_span){ in.p, used }, &again, &used_again) != 1 ||
		    used_again != used || again.text.len != r.text.len)
			abort();
		if (sh_redis_take((struct sh_span){ in.p, used - 1 }, &again, &used_again) == 1)
			abort();
		in.p += used;
		in.len -= used;
	}
}

static void fuzz_postgres(struct sh_span in)
{
	struct sh_postgres_message m;
	size_t used;

	while (in.len && sh_postgres_take(in, &m, &used) > 0) {
		within(m.body, in);
		within(sh_postgres_field(m.body, 'C'), m.body);
		if (used < 5 || used > in.len)
			abort();
		in.p += used;
		in.len -= used;
	}
}

static void fuzz_dns(struct sh_span in)
{
	static const char type[] = "A";
	char question[SH_DNS_MAX_QUESTION];
	struct sh_dns_answer a;
	struct sh_dns_record r;
	size_t len, at;

	if (in.len < 2)
		return;
	len = sh_dns_ask(question, (uint16_t)((unsigned char)in.p[0] << 8 | (unsigned char)in.p[1]), "a.test",
			 sh_dns_type(type));
	if (sh_dns_open(in, (struct sh_span){ question, len }, &a))
		return;
	at = a.at;
	for (unsigned i = 0; i < a.count && sh_dns_next(in, &at, &r); i++)
		if (at > in.len || !memchr(r.text, '\0', sizeof(r.text)))
			abort();
}

static void fuzz_ntp(struct sh_span in)
{
	struct sh_ntp_answer a = { 0 };

	if (!sh_ntp_read(in, 0, &a) && (a.stratum < 1 || a.stratum > 15 || a.mode != 4))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static void (*const fuzz[])(struct sh_span) = { fuzz_lines, fuzz_redis, fuzz_postgres, fuzz_dns,
							fuzz_ntp };
	char *copy;

	if (size < 1 || size > 8192)
		return 0;
	/* Of its own, so that a byte read behind the end is seen. */
	copy = malloc(size > 1 ? size - 1 : 1);
	if (!copy)
		return 0;
	memcpy(copy, data + 1, size - 1);
	fuzz[data[0] % (sizeof(fuzz) / sizeof(fuzz[0]))]((struct sh_span){ copy, size - 1 });
	free(copy);
	return 0;
}
