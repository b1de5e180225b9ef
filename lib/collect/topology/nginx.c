/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/mem.h"
#include "collect/text.h"
#include "collect/topology/nginx_words.h"
#include "collect/topology/proxy.h"

#define DEEPEST 8 /* files that include files */
#define MOST_PASSES 4096
#define HTTP 80
#define HTTPS 443

/* One configuration under way, all its files together. */
struct nginx {
	struct sh_survey *s;
	const char *self;
	char *dir;               /* owned: relative names are below it */
	unsigned depth, files;
	struct sh_map upstreams; /* name */
	struct sh_map passes;    /* owned: what is passed to, as written */
	struct sh_buf upstream;  /* the one at work; empty outside */
};

static char *group_of(const struct nginx *k, const char *upstream)
{
	return sh_survey_name(k->s, "upstream", upstream);
}

static bool is_down(const struct sh_nginx_directive *d)
{
	for (size_t i = 2; i < d->n; i++)
		if (!strcmp(d->word[i], "down"))
			return true;
	return false;
}

/* "server 10.0.0.5:80 weight=2;" within an upstream, which cannot do without one. */
static void take_server(struct nginx *k, const struct sh_nginx_directive *d)
{
	SH_CLEANUP_FREE char *group = group_of(k, sh_buf_str(&k->upstream));
	SH_CLEANUP_FREE char *member = NULL;

	if (is_down(d))
		return;
	member = sh_proxy_target(k->s, d->word[1], HTTP);
	sh_survey_member(k->s, member, group, 1);
}

static bool is_pass(const char *word)
{
	static const char *const passes[] = { "proxy_pass", "grpc_pass", "fastcgi_pass", "uwsgi_pass",
					      "scgi_pass", "memcached_pass" };

	for (size_t i = 0; i < sizeof(passes) / sizeof(passes[0]); i++)
		if (!strcmp(word, passes[i]))
			return true;
	return false;
}

static void read_file(void *arg, const char *path);

static void take_include(struct nginx *k, const char *pattern)
{
	SH_CLEANUP_FREE char *full = *pattern == '/' ? sh_strdup(pattern)
						      : sh_asprintf("%s/%s", k->dir, pattern);

	if (k->depth < DEEPEST)
		sh_proxy_each(k->s, full, read_file, k);
}

static void take(struct nginx *k, const struct sh_nginx_directive *d)
{
	if (d->n < 2)
		return;
	if (k->upstream.len && !strcmp(d->word[0], "server"))
		take_server(k, d);
	else if (!strcmp(d->word[0], "include"))
		take_include(k, d->word[1]);
	else if (is_pass(d->word[0]) && k->passes.live < MOST_PASSES)
		sh_map_puts(&k->passes, d->word[1], k);
}

static void read_text(struct nginx *k, struct sh_span text)
{
	struct sh_nginx_directive d = { .n = 0 };

	while (sh_nginx_next(&d, &text)) {
		if (d.end == ';') {
			take(k, &d);
		} else if (d.end == '{' && d.n == 2 && !strcmp(d.word[0], "upstream")) {
			sh_map_puts(&k->upstreams, d.word[1], k);
			sh_buf_clear(&k->upstream);
			sh_buf_addstr(&k->upstream, d.word[1]);
		} else {
			/* No block within an upstream has any of ours. */
			sh_buf_clear(&k->upstream);
		}
	}
	sh_nginx_release(&d);
}

static void read_file(void *arg, const char *path)
{
	SH_CLEANUP_BUF struct sh_buf text = SH_BUF_INIT;
	struct sh_error none = SH_ERROR_INIT;
	struct nginx *k = arg;

	if (k->files++ >= SH_PROXY_FILES ||
	    sh_file_read(k->s->c->root, path + 1, SH_PROXY_FILE, &text, &none) < 0)
		return;
	k->depth++;
	read_text(k, sh_text_of(&text));
	k->depth--;
}

/* "http://app/x" -> "app"; "http://unix:/run/x.sock:/uri" -> "unix:/run/x.sock". New. */
static char *authority(const char *pass, uint16_t *port)
{
	const char *at = strstr(pass, "://");
	size_t len;

	*port = 0;
	if (at) {
		*port = !strncmp(pass, "https:", 6) || !strncmp(pass, "grpcs:", 6) ? HTTPS : HTTP;
		pass = at + 3;
	}
	if (!strncmp(pass, "unix:", 5))
		len = 5 + strcspn(pass + 5, ":");
	else
		len = strcspn(pass, "/?");
	return sh_strndup(pass, len);
}

static void link_pass(struct nginx *k, const char *pass)
{
	SH_CLEANUP_FREE char *group = NULL, *target = NULL, *name = NULL;
	uint16_t port;

	/* A variable says where only when a request comes. */
	if (strchr(pass, '$'))
		return;
	name = authority(pass, &port);
	if (sh_map_gets(&k->upstreams, name)) {
		group = group_of(k, name);
		sh_survey_link(k->s, k->self, "depends_on", group);
		return;
	}
	target = sh_proxy_target(k->s, name, port);
	sh_survey_link(k->s, k->self, "connects", target);
}

void sh_proxy_nginx(struct sh_survey *s, const char *path, const char *self)
{
	struct nginx k = { .s = s, .self = self };
	const struct sh_map_entry *e;
	size_t i = 0;

	k.dir = sh_strndup(path, (size_t)(strrchr(path, '/') - path));
	sh_map_init(&k.upstreams, NULL);
	sh_map_init(&k.passes, NULL);
	read_file(&k, path);
	while ((e = sh_map_next(&k.passes, &i)))
		link_pass(&k, e->key);
	sh_map_release(&k.passes);
	sh_map_release(&k.upstreams);
	sh_buf_release(&k.upstream);
	free(k.dir);
}
