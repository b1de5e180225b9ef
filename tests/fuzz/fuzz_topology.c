/* SPDX-License-Identifier: MIT */
/*
 * What edges are found by: the first byte names the parser. Any bytes give a place, the
 * ends of connections or directives; strings end within their room, a socket is not its
 * own peer, and words are as many as are told.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "collect/topology/nginx_words.h"
#include "collect/topology/place.h"
#include "collect/topology/tcp.h"
#include "collect/topology/who.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool good)
{
	if (!good)
		abort();
}

static void places(struct sh_span text)
{
	struct sh_place p;

	sh_place_parse(&p, text);
	must(strlen(p.container) == 0 || strlen(p.container) == sizeof(p.container) - 1);
	must(strlen(p.pod) == 0 || strlen(p.pod) == sizeof(p.pod) - 1);
	must(strlen(p.machine) < sizeof(p.machine) && strlen(p.vm) < sizeof(p.vm) &&
	     strlen(p.unit) < sizeof(p.unit));
}

static void sockets(struct sh_span text)
{
	struct sh_tcps t = { 0 };

	sh_tcp_parse(&t, 0, text);
	sh_tcp_sort(&t);
	for (size_t i = 0; i < t.n && i < 100; i++) {
		const struct sh_tcp *peer = sh_tcp_peer(&t, &t.item[i]);
		char address[46];

		must(peer != &t.item[i]);
		must(!t.item[i].listens || sh_tcp_is_accepted(&t, &t.item[i]));
		must(sh_tcp_is_here(&t, &t.item[i].local));
		sh_tcp_format(&t.item[i].remote, address);
		must(*address);
	}
	sh_tcp_release(&t);
}

static void directives(struct sh_span text)
{
	struct sh_nginx_directive d = { .n = 0 };
	struct sh_span before = text;

	while (sh_nginx_next(&d, &text)) {
		must(text.len < before.len && d.n <= SH_NGINX_WORDS && !d.word[d.n]);
		must(d.end == ';' || d.end == '{' || d.end == '}');
		for (size_t i = 0; i < d.n; i++)
			must(strlen(d.word[i]) <= before.len);
		before = text;
	}
	sh_nginx_release(&d);
}

static void machines(struct sh_span text)
{
	char *name = sh_qemu_name(text);

	must(!name || (*name && !strchr(name, ',')));
	free(name);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static void (*const parse[])(struct sh_span text) = { places, sockets, directives, machines };
	char *text;

	if (size < 1)
		return 0;
	/* Of its own size, so that reading past its end is seen. */
	text = malloc(size);
	must(text != NULL);
	memcpy(text, data, size);
	parse[(unsigned char)*text % 4]((struct sh_span){ text + 1, size - 1 });
	free(text);
	return 0;
}
