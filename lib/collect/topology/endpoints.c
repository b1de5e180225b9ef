/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "collect/topology/endpoints.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/mem.h"
#include "collect/text.h"
#include "record/entity.h"

#define MAX_HOSTS ((size_t)1 << 20)

/* An address in the one way of writing it; what is none stays. */
static void normal(const char *text, char *out, size_t size)
{
	unsigned char bytes[16];

	if ((inet_pton(AF_INET, text, bytes) == 1 && inet_ntop(AF_INET, bytes, out, (socklen_t)size)) ||
	    (inet_pton(AF_INET6, text, bytes) == 1 && inet_ntop(AF_INET6, bytes, out, (socklen_t)size)))
		return;
	snprintf(out, size, "%s", text);
}

/* Of "10.0.0.5 db1.example.org db1" the name that is long or short as our own is. */
static void add_host(struct sh_endpoints *e, struct sh_span line, bool full)
{
	struct sh_span field, best = SH_SPAN_NONE;
	char text[64], address[64];
	const char *comment = memchr(line.p, '#', line.len);

	if (comment)
		line.len = (size_t)(comment - line.p);
	if (!sh_text_field(&line, &field) || field.len >= sizeof(text))
		return;
	snprintf(text, sizeof(text), "%.*s", (int)field.len, field.p);
	normal(text, address, sizeof(address));
	while (sh_text_field(&line, &field))
		if (!best.p || (!memchr(best.p, '.', best.len) == full &&
				!memchr(field.p, '.', field.len) != full))
			best = field;
	if (best.p && !sh_map_gets(&e->host, address))
		sh_map_puts(&e->host, address, sh_strndup(best.p, best.len));
}

static void read_hosts(struct sh_endpoints *e, struct sh_collect *c)
{
	SH_CLEANUP_BUF struct sh_buf text = SH_BUF_INIT;
	struct sh_error none = SH_ERROR_INIT;
	struct sh_span rest, line;

	if (sh_file_read(c->root, "etc/hosts", MAX_HOSTS, &text, &none) < 0)
		return;
	rest = sh_text_of(&text);
	while (sh_text_line(&rest, &line))
		add_host(e, line, strchr(c->host, '.') != NULL);
}

const char *sh_endpoints_address(const struct sh_endpoints *e, const char *name)
{
	const struct sh_map_entry *entry;
	size_t i = 0;

	while ((entry = sh_map_next(&e->host, &i)))
		if (!strcmp(entry->value, name))
			return entry->key;
	return NULL;
}

static void note(struct sh_endpoints *e, const char *host, uint16_t port, const char *entity)
{
	SH_CLEANUP_BUF struct sh_buf key = SH_BUF_INIT;
	char address[256];

	normal(host, address, sizeof(address));
	sh_buf_addf(&key, "%s %u", address, port);
	if (!sh_map_gets(&e->entity, key.data))
		sh_map_puts(&e->entity, key.data, sh_strdup(entity));
}

static void note_check(struct sh_endpoints *e, const struct sh_check *k, const char *entity)
{
	char host[256];
	const char *address;
	uint16_t port;

	if (!sh_check_endpoint(k, host, sizeof(host), &port))
		return;
	note(e, host, port, entity);
	address = sh_endpoints_address(e, host);
	if (address)
		note(e, address, port, entity);
}

void sh_endpoints_read(struct sh_endpoints *e, struct sh_survey *s)
{
	const struct sh_site *site = s->c->site;

	sh_map_init(&e->host, free);
	sh_map_init(&e->entity, free);
	read_hosts(e, s->c);
	for (size_t i = 0; site && i < site->services; i++) {
		SH_CLEANUP_FREE char *entity = sh_survey_name(s, "service", site->service[i].id);

		for (size_t k = 0; k < site->service[i].checks; k++)
			note_check(e, &site->service[i].check[k], entity);
	}
	for (size_t i = 0; site && i < site->checks; i++) {
		SH_CLEANUP_FREE char *entity = sh_survey_name(s, "check", site->check[i].id);

		note_check(e, &site->check[i].check, entity);
	}
}

void sh_endpoints_release(struct sh_endpoints *e)
{
	sh_map_release(&e->host);
	sh_map_release(&e->entity);
}

char *sh_endpoints_name(const struct sh_endpoints *e, const char *address, uint16_t port)
{
	SH_CLEANUP_BUF struct sh_buf key = SH_BUF_INIT;
	struct sh_buf entity = SH_BUF_INIT;
	const char *known;
	char text[256];

	normal(address, text, sizeof(text));
	sh_buf_addf(&key, "%s %u", text, port);
	known = sh_map_gets(&e->entity, key.data);
	if (known)
		return sh_strdup(known);
	known = sh_map_gets(&e->host, text);
	sh_entity_add(&entity, "host", known ? known : text, NULL);
	return sh_buf_take(&entity);
}
