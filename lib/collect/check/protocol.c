/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "collect/check/protocol.h"

#include <string.h>

#include "base/clock.h"
#include "base/num.h"

int sh_line_take(struct sh_span data, struct sh_span *line, size_t *used)
{
	const char *end = data.len ? memchr(data.p, '\n', data.len) : NULL;

	if (!end)
		return 0;
	*line = (struct sh_span){ data.p, (size_t)(end - data.p) };
	*used = line->len + 1;
	if (line->len && line->p[line->len - 1] == '\r')
		line->len--;
	return 1;
}

static bool begins(struct sh_span text, const char *with)
{
	size_t len = strlen(with);

	return text.len >= len && !memcmp(text.p, with, len);
}

bool sh_ssh_is_banner(struct sh_span line)
{
	/* 1.99 speaks both (RFC 4253, 5.1). */
	if (!begins(line, "SSH-2.0-") && !begins(line, "SSH-1.99-"))
		return false;
	for (size_t i = 0; i < line.len; i++)
		if ((unsigned char)line.p[i] < ' ' || (unsigned char)line.p[i] >= 127)
			return false;
	return line.len > strlen("SSH-2.0-");
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

int sh_smtp_code(struct sh_span line, bool *last)
{
	if (line.len < 3 || line.p[0] < '2' || line.p[0] > '5' || !is_digit(line.p[1]) ||
	    !is_digit(line.p[2]))
		return -1;
	if (line.len > 3 && line.p[3] != ' ' && line.p[3] != '-')
		return -1;
	*last = line.len == 3 || line.p[3] == ' ';
	return (line.p[0] - '0') * 100 + (line.p[1] - '0') * 10 + (line.p[2] - '0');
}

/* A length as redis writes it, -1 for none; anything longer than a reply may be is none at all. */
static bool take_length(struct sh_span text, int64_t *out)
{
	char number[16];

	if (text.len >= sizeof(number))
		return false;
	memcpy(number, text.p, text.len);
	number[text.len] = '\0';
	return sh_parse_i64(number, out) == 0 && *out >= -1 && *out <= INT32_MAX;
}

int sh_redis_take(struct sh_span data, struct sh_redis_reply *out, size_t *used)
{
	struct sh_span line;
	int64_t len;

	if (data.len && (!data.p[0] || !strchr("+-:$", data.p[0])))
		return -1;
	if (sh_line_take(data, &line, used) == 0)
		return 0;
	if (line.len == 0)
		return -1;
	out->type = line.p[0];
	out->text = (struct sh_span){ line.p + 1, line.len - 1 };
	if (out->type != '$')
		return 1;
	if (!take_length(out->text, &len))
		return -1;
	if (len < 0) {
		out->text = SH_SPAN_NONE;
		return 1;
	}
	if (data.len - *used < (size_t)len + 2)
		return 0;
	out->text = (struct sh_span){ data.p + *used, (size_t)len };
	*used += (size_t)len + 2;
	return 1;
}

struct sh_span sh_redis_info(struct sh_span info, const char *name)
{
	struct sh_span line;
	size_t used, len = strlen(name);

	while (sh_line_take(info, &line, &used) > 0) {
		if (begins(line, name) && line.len > len && line.p[len] == ':')
			return (struct sh_span){ line.p + len + 1, line.len - len - 1 };
		info.p += used;
		info.len -= used;
	}
	return SH_SPAN_NONE;
}

static uint32_t read32(const char *p)
{
	const unsigned char *b = (const unsigned char *)p;

	return (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];
}

int sh_postgres_take(struct sh_span data, struct sh_postgres_message *out, size_t *used)
{
	uint32_t len;

	if (data.len && (!data.p[0] || !strchr("RENvSKZ", data.p[0])))
		return -1;
	if (data.len < 5)
		return 0;
	len = read32(data.p + 1);
	if (len < 4 || len > 65536)
		return -1;
	if (data.len < 1 + (size_t)len)
		return 0;
	*out = (struct sh_postgres_message){ data.p[0], { data.p + 5, len - 4 } };
	*used = 1 + (size_t)len;
	return 1;
}

struct sh_span sh_postgres_field(struct sh_span body, char field)
{
	while (body.len > 1 && body.p[0]) {
		const char *end = memchr(body.p + 1, '\0', body.len - 1);
		size_t len = end ? (size_t)(end - body.p) : body.len;

		if (body.p[0] == field)
			return (struct sh_span){ body.p + 1, len - 1 };
		if (!end)
			break;
		body.p += len + 1;
		body.len -= len + 1;
	}
	return SH_SPAN_NONE;
}

#define NTP_TO_UNIX INT64_C(2208988800)
#define ERA (INT64_C(1) << 32)

/* Seconds below 1970 belong to the era that begins in 2036. */
static int64_t read_time(const char *p)
{
	int64_t seconds = (int64_t)read32(p) - NTP_TO_UNIX;

	if (seconds < 0)
		seconds += ERA;
	return seconds * SH_SEC + (int64_t)(((uint64_t)read32(p + 4) * (uint64_t)SH_SEC) >> 32);
}

const char *sh_ntp_foreign(struct sh_span data, uint64_t cookie)
{
	if (data.len < SH_NTP_LEN)
		return "the answer is too short";
	if (((uint64_t)read32(data.p + 24) << 32 | read32(data.p + 28)) != cookie)
		return "the answer is to another question";
	return NULL;
}

const char *sh_ntp_read(struct sh_span data, uint64_t cookie, struct sh_ntp_answer *out)
{
	const unsigned char *b = (const unsigned char *)data.p;
	const char *foreign = sh_ntp_foreign(data, cookie);

	if (foreign)
		return foreign;
	out->leap = b[0] >> 6;
	out->mode = b[0] & 7;
	out->stratum = b[1];
	memcpy(out->reference, data.p + 12, 4);
	out->reference[4] = '\0';
	if (out->mode != 4)
		return "the answer is not a server's";
	if (out->stratum == 0)
		return "it refuses";
	if (out->leap == 3 || out->stratum > 15)
		return "its clock is not synchronised";
	if (read32(data.p + 40) == 0)
		return "it says no time";
	out->received = read_time(data.p + 32);
	out->sent = read_time(data.p + 40);
	return NULL;
}
