/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "collect/check/dns_message.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#define HEADER 12
#define CLASS_IN 1
#define MAX_JUMPS 64

enum { A = 1, NS = 2, CNAME = 5, SOA = 6, PTR = 12, MX = 15, TXT = 16, AAAA = 28, SRV = 33 };

uint16_t sh_dns_type(const char *word)
{
	static const struct {
		const char *word;
		uint16_t type;
	} types[] = { { "A", A }, { "AAAA", AAAA }, { "CNAME", CNAME }, { "MX", MX }, { "NS", NS },
		      { "PTR", PTR }, { "SOA", SOA }, { "SRV", SRV }, { "TXT", TXT } };

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (!strcasecmp(types[i].word, word))
			return types[i].type;
	return 0;
}

const char *sh_dns_rcode(unsigned rcode)
{
	static const char *const words[] = { "NOERROR", "FORMERR", "SERVFAIL",
					     "NXDOMAIN", "NOTIMP", "REFUSED" };

	return rcode < sizeof(words) / sizeof(words[0]) ? words[rcode] : "an error";
}

static unsigned read16(struct sh_span m, size_t at)
{
	return (unsigned)((unsigned char)m.p[at] << 8 | (unsigned char)m.p[at + 1]);
}

static uint32_t read32(struct sh_span m, size_t at)
{
	return (uint32_t)read16(m, at) << 16 | read16(m, at + 2);
}

static void put16(char *p, unsigned v)
{
	p[0] = (char)(v >> 8);
	p[1] = (char)v;
}

/* Labels of NAME; the length with the root, 0 when it is none. */
static size_t put_name(char *out, size_t room, const char *name)
{
	size_t used = 0, len;

	if (!strcmp(name, "."))
		name = "";
	for (; *name; name += len + (name[len] == '.')) {
		len = strcspn(name, ".");
		if (len == 0 || len > 63 || used + len + 2 > room || used + len + 2 > 255)
			return 0;
		out[used++] = (char)len;
		memcpy(out + used, name, len);
		used += len;
	}
	out[used++] = '\0';
	return used;
}

size_t sh_dns_ask(char out[SH_DNS_MAX_QUESTION], uint16_t id, const char *name, uint16_t type)
{
	static const char rest[] = { 1, 0, 0, 1, 0, 0, 0, 0, 0, 0 }; /* recursion desired, one question */
	size_t len = put_name(out + HEADER, SH_DNS_MAX_QUESTION - HEADER - 4, name);

	if (!len)
		return 0;
	put16(out, id);
	memcpy(out + 2, rest, sizeof(rest));
	put16(out + HEADER + len, type);
	put16(out + HEADER + len + 2, CLASS_IN);
	return HEADER + len + 4;
}

struct text {
	char *p;
	size_t len, room;
};

static void add_char(struct text *t, unsigned char c)
{
	char plain[5];
	size_t n;

	if (c > ' ' && c < 127 && c != '\\' && c != '"')
		n = (size_t)snprintf(plain, sizeof(plain), "%c", c);
	else
		n = (size_t)snprintf(plain, sizeof(plain), "\\%03u", c);
	if (t->len + n >= t->room)
		return;
	memcpy(t->p + t->len, plain, n + 1);
	t->len += n;
}

static void add_label(struct text *t, struct sh_span m, size_t at, size_t len)
{
	if (t->len && t->len + 1 < t->room) {
		t->p[t->len++] = '.';
		t->p[t->len] = '\0';
	}
	while (len--)
		add_char(t, (unsigned char)m.p[at++]);
}

/* The name at *AT, which moves behind it (not where its pointers lead). False when it is none. */
static bool take_name(struct sh_span m, size_t *at, char *out, size_t room)
{
	struct text t = { out, 0, room };
	size_t p = *at, total = 0;
	bool jumped = false;
	int jumps = 0;

	*out = '\0';
	while (p < m.len) {
		size_t len = (unsigned char)m.p[p];

		if (len == 0) {
			if (!jumped)
				*at = p + 1;
			return true;
		}
		if (len >= 0xc0) {
			size_t to;

			if (p + 2 > m.len || ++jumps > MAX_JUMPS)
				return false;
			to = read16(m, p) & 0x3fff;
			if (to >= p)
				return false;
			if (!jumped)
				*at = p + 2;
			jumped = true;
			p = to;
			continue;
		}
		total += len + 1;
		if (len > 63 || total > 255 || p + 1 + len > m.len)
			return false;
		add_label(&t, m, p + 1, len);
		p += 1 + len;
	}
	return false;
}

/* Questions come back as they were asked; some servers change the case of letters. */
static bool same_question(struct sh_span m, struct sh_span question)
{
	if (m.len < question.len)
		return false;
	for (size_t i = HEADER; i < question.len; i++) {
		unsigned char a = (unsigned char)m.p[i], b = (unsigned char)question.p[i];

		if (a != b && !((a ^ b) == 0x20 && (a | 0x20) >= 'a' && (a | 0x20) <= 'z'))
			return false;
	}
	return true;
}

const char *sh_dns_open(struct sh_span message, struct sh_span question, struct sh_dns_answer *out)
{
	unsigned flags;

	if (message.len < HEADER || question.len < HEADER)
		return "the answer is too short";
	flags = read16(message, 2);
	if (!(flags & 0x8000) || read16(message, 0) != read16(question, 0))
		return "the answer is to another question";
	out->truncated = flags & 0x0200;
	out->rcode = flags & 15;
	out->count = read16(message, 6);
	out->at = question.len;
	/* With an error some leave the question out. */
	if (read16(message, 4) == 0 && out->rcode) {
		out->count = 0;
		return NULL;
	}
	if (read16(message, 4) != 1 || !same_question(message, question))
		return "the answer is to another question";
	return NULL;
}

/* Strings of a TXT record one after the other, as one text. */
static void say_strings(struct sh_span m, size_t at, size_t end, struct text *t)
{
	while (at < end) {
		size_t len = (unsigned char)m.p[at++];

		for (; len-- && at < end; at++) {
			if (m.p[at] == ' ' && t->len + 1 < t->room) {
				t->p[t->len++] = ' ';
				t->p[t->len] = '\0';
			} else {
				add_char(t, (unsigned char)m.p[at]);
			}
		}
	}
}

static bool say_soa(struct sh_span m, size_t at, size_t end, char *text, size_t room)
{
	char origin[SH_DNS_MAX_NAME], person[SH_DNS_MAX_NAME];

	if (!take_name(m, &at, origin, sizeof(origin)) || !take_name(m, &at, person, sizeof(person)) ||
	    at + 20 > end)
		return false;
	return snprintf(text, room, "%.400s %.400s %u %u %u %u %u", origin, person, read32(m, at),
			read32(m, at + 4), read32(m, at + 8), read32(m, at + 12),
			read32(m, at + 16)) > 0;
}

/* PRIORITY NAME of MX, PRIORITY WEIGHT PORT NAME of SRV, NAME of others. */
static bool say_name(struct sh_span m, size_t at, size_t end, int numbers, char *text, size_t room)
{
	char name[SH_DNS_MAX_NAME];
	size_t len = 0;

	if (at + 2 * (size_t)numbers > end)
		return false;
	for (; numbers--; at += 2)
		len += (size_t)snprintf(text + len, room - len, "%u ", read16(m, at));
	if (!take_name(m, &at, name, sizeof(name)) || at > end)
		return false;
	snprintf(text + len, room - len, "%s", name);
	return true;
}

/* The data from AT to END as text. False when it is none of its type. */
static bool say_data(struct sh_span m, size_t at, size_t end, struct sh_dns_record *r)
{
	struct text t = { r->text, 0, sizeof(r->text) };

	switch (r->type) {
	case A:
		return end - at == 4 && inet_ntop(AF_INET, m.p + at, r->text, sizeof(r->text));
	case AAAA:
		return end - at == 16 && inet_ntop(AF_INET6, m.p + at, r->text, sizeof(r->text));
	case NS:
	case CNAME:
	case PTR:
		return say_name(m, at, end, 0, r->text, sizeof(r->text));
	case MX:
		return say_name(m, at, end, 1, r->text, sizeof(r->text));
	case SRV:
		return say_name(m, at, end, 3, r->text, sizeof(r->text));
	case SOA:
		return say_soa(m, at, end, r->text, sizeof(r->text));
	case TXT:
		say_strings(m, at, end, &t);
		return true;
	default:
		return true;
	}
}

bool sh_dns_next(struct sh_span message, size_t *at, struct sh_dns_record *out)
{
	char name[SH_DNS_MAX_NAME];
	size_t p = *at, len;

	if (!take_name(message, &p, name, sizeof(name)) || p + 10 > message.len)
		return false;
	out->type = (uint16_t)read16(message, p);
	out->ttl = read32(message, p + 4);
	len = read16(message, p + 8);
	p += 10;
	if (len > message.len - p)
		return false;
	out->text[0] = '\0';
	*at = p + len;
	return say_data(message, p, p + len, out);
}
