/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "collect/topology/tcp.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "collect/host/kv.h"
#include "collect/text.h"

#define ESTABLISHED "01"
#define LISTENING "0A"

static const unsigned char mapped[12] = { [10] = 0xff, [11] = 0xff };

/* "0100007F:1F90": words as they lie in memory, the port as a number. */
static bool parse_end(struct sh_span s, struct sh_tcp_end *out)
{
	size_t words = s.len == 13 ? 1 : 4;
	unsigned char *to = out->address;
	uint64_t v;

	if ((s.len != 13 && s.len != 37) || s.p[words * 8] != ':')
		return false;
	if (words == 1) {
		memcpy(to, mapped, sizeof(mapped));
		to += sizeof(mapped);
	}
	for (size_t i = 0; i < words; i++) {
		uint32_t word;

		if (!sh_kv_hex((struct sh_span){ s.p + i * 8, 8 }, &v))
			return false;
		word = (uint32_t)v;
		memcpy(to + i * 4, &word, 4);
	}
	if (!sh_kv_hex((struct sh_span){ s.p + words * 8 + 1, 4 }, &v))
		return false;
	out->port = (uint16_t)v;
	return true;
}

static bool parse_line(struct sh_span line, struct sh_tcp *k)
{
	struct sh_span local, remote, state;

	if (!sh_text_skip(&line, 1) || !sh_text_field(&line, &local) ||
	    !sh_text_field(&line, &remote) || !sh_text_field(&line, &state))
		return false;
	k->listens = sh_span_is(state, LISTENING);
	if (!k->listens && !sh_span_is(state, ESTABLISHED))
		return false;
	return sh_text_skip(&line, 5) && sh_text_u64s(&line, &k->inode, 1) == 1 &&
	       parse_end(local, &k->local) && parse_end(remote, &k->remote);
}

void sh_tcp_parse(struct sh_tcps *t, uint32_t space, struct sh_span text)
{
	struct sh_span line;

	while (sh_text_line(&text, &line)) {
		struct sh_tcp k = { .space = space };

		if (!parse_line(line, &k))
			continue;
		if (t->n == SH_TCP_MOST) {
			t->cut = true;
			return;
		}
		sh_grow(t->item, t->n, t->cap);
		t->item[t->n++] = k;
	}
}

static int compare_ends(const struct sh_tcp_end *a, const struct sh_tcp_end *b)
{
	int by_address = memcmp(a->address, b->address, sizeof(a->address));

	return a->port != b->port ? (a->port < b->port ? -1 : 1) : by_address;
}

/* By the local end first, so that what is at one is found together. */
static int compare(const void *a, const void *b)
{
	const struct sh_tcp *x = a, *y = b;
	int rc = compare_ends(&x->local, &y->local);

	if (rc == 0)
		rc = compare_ends(&x->remote, &y->remote);
	if (rc == 0 && x->space != y->space)
		rc = x->space < y->space ? -1 : 1;
	if (rc == 0 && x->inode != y->inode)
		rc = x->inode < y->inode ? -1 : 1;
	return rc;
}

static int compare_addresses(const void *a, const void *b)
{
	const struct sh_tcp_end *x = a, *y = b;

	return memcmp(x->address, y->address, sizeof(x->address));
}

static void note_addresses(struct sh_tcps *t)
{
	size_t kept = 0;

	for (size_t i = 0; i < t->n; i++)
		t->here[i] = t->item[i].local;
	sh_sort(t->here, t->n, sizeof(*t->here), compare_addresses);
	for (size_t i = 0; i < t->n; i++)
		if (!kept || compare_addresses(&t->here[kept - 1], &t->here[i]))
			t->here[kept++] = t->here[i];
	t->heres = kept;
}

void sh_tcp_sort(struct sh_tcps *t)
{
	if (!t->n)
		return;
	sh_sort(t->item, t->n, sizeof(*t->item), compare);
	t->listener = sh_calloc(t->n, sizeof(*t->listener));
	for (size_t i = 0; i < t->n; i++)
		if (t->item[i].listens)
			t->listener[t->listeners++] = t->item[i];
	t->here = sh_calloc(t->n, sizeof(*t->here));
	note_addresses(t);
}

void sh_tcp_release(struct sh_tcps *t)
{
	free(t->item);
	free(t->listener);
	free(t->here);
	*t = (struct sh_tcps){ 0 };
}

/* The first of N that is not before the two ends; FAR NULL: any. */
static size_t lower(const struct sh_tcp *all, size_t n, const struct sh_tcp_end *near,
		    const struct sh_tcp_end *far)
{
	size_t from = 0, to = n;

	while (from < to) {
		size_t middle = from + (to - from) / 2;
		int rc = compare_ends(&all[middle].local, near);

		if (rc == 0 && far)
			rc = compare_ends(&all[middle].remote, far);
		if (rc < 0)
			from = middle + 1;
		else
			to = middle;
	}
	return from;
}

static const struct sh_tcp *listener_at(const struct sh_tcps *t, uint32_t space,
					const struct sh_tcp_end *at)
{
	for (size_t i = lower(t->listener, t->listeners, at, NULL);
	     i < t->listeners && !compare_ends(&t->listener[i].local, at); i++)
		if (t->listener[i].space == space)
			return &t->listener[i];
	return NULL;
}

const struct sh_tcp *sh_tcp_listener(const struct sh_tcps *t, uint32_t space,
				     const struct sh_tcp_end *at)
{
	struct sh_tcp_end any4 = { .port = at->port }, any6 = { .port = at->port };
	const struct sh_tcp *k = listener_at(t, space, at);

	memcpy(any4.address, mapped, sizeof(mapped));
	if (!k && !memcmp(at->address, mapped, sizeof(mapped)))
		k = listener_at(t, space, &any4);
	return k ? k : listener_at(t, space, &any6);
}

bool sh_tcp_is_accepted(const struct sh_tcps *t, const struct sh_tcp *k)
{
	return sh_tcp_listener(t, k->space, &k->local) != NULL;
}

static bool is_loopback(const struct sh_tcp_end *end)
{
	static const unsigned char one[16] = { [15] = 1 };

	if (!memcmp(end->address, mapped, sizeof(mapped)))
		return end->address[12] == 127;
	return !memcmp(end->address, one, sizeof(one));
}

const struct sh_tcp *sh_tcp_peer(const struct sh_tcps *t, const struct sh_tcp *k)
{
	for (size_t i = lower(t->item, t->n, &k->remote, &k->local);
	     i < t->n && !compare_ends(&t->item[i].local, &k->remote) &&
	     !compare_ends(&t->item[i].remote, &k->local); i++) {
		const struct sh_tcp *p = &t->item[i];

		if (!p->listens && p != k && (p->space == k->space || !is_loopback(&k->remote)))
			return p;
	}
	return NULL;
}

bool sh_tcp_is_here(const struct sh_tcps *t, const struct sh_tcp_end *end)
{
	return is_loopback(end) ||
	       (t->heres && bsearch(end, t->here, t->heres, sizeof(*t->here), compare_addresses));
}

bool sh_tcp_end_parse(struct sh_tcp_end *end, const char *address, uint16_t port)
{
	end->port = port;
	memcpy(end->address, mapped, sizeof(mapped));
	return inet_pton(AF_INET, address, end->address + sizeof(mapped)) == 1 ||
	       inet_pton(AF_INET6, address, end->address) == 1;
}

void sh_tcp_format(const struct sh_tcp_end *end, char *out)
{
	bool four = !memcmp(end->address, mapped, sizeof(mapped));

	if (!inet_ntop(four ? AF_INET : AF_INET6, end->address + (four ? 12 : 0), out, INET6_ADDRSTRLEN))
		*out = '\0';
}
