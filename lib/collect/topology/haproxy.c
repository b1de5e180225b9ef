/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/mem.h"
#include "collect/text.h"
#include "collect/topology/proxy.h"

#define WORDS 64
#define LONGEST 4096 /* bytes of a line */

/* The section at work; NULL where it is none of a kind. */
struct haproxy {
	struct sh_survey *s;
	const char *self;
	char *name;            /* owned */
	char *front, *back;    /* owned: entities of a frontend, a backend, or both of a listen */
};

static size_t split(struct sh_span line, char *text, const char **word)
{
	struct sh_span field;
	size_t n = 0, at = 0;

	while (n < WORDS && sh_text_field(&line, &field) && *field.p != '#') {
		word[n++] = text + at;
		memcpy(text + at, field.p, field.len);
		text[at + field.len] = '\0';
		at += field.len + 1;
	}
	return n;
}

static bool is(const char *a, const char *b)
{
	return !strcmp(a, b);
}

static void leave(struct haproxy *k)
{
	free(k->name);
	free(k->front);
	free(k->back);
	k->name = k->front = k->back = NULL;
}

/* Whether a section begins; of global, defaults and the like nothing is told. */
static bool enter(struct haproxy *k, const char *kind, const char *name)
{
	static const char *const others[] = { "global",	 "defaults", "peers",   "resolvers", "userlist",
					      "mailers", "program",  "cache",   "ring",	     "http-errors",
					      "fcgi-app", "log-forward", "crt-store", "traces" };
	bool listen = is(kind, "listen");

	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (is(kind, others[i])) {
			leave(k);
			return true;
		}
	if (!listen && !is(kind, "frontend") && !is(kind, "backend"))
		return false;
	leave(k);
	if (!name)
		return true;
	k->name = sh_strdup(name);
	if (listen || is(kind, "frontend"))
		k->front = sh_survey_name(k->s, "frontend", name);
	if (listen || is(kind, "backend"))
		k->back = sh_survey_name(k->s, "backend", name);
	sh_survey_link(k->s, k->front, "runs_on", k->self);
	sh_survey_link(k->s, k->front, "depends_on", k->back);
	return true;
}

static bool is_disabled(const char *const *word, size_t n)
{
	for (size_t i = 3; i < n; i++)
		if (is(word[i], "disabled"))
			return true;
	return false;
}

static void take_server(struct haproxy *k, const char *name, const char *address)
{
	SH_CLEANUP_FREE char *full = sh_asprintf("%s/%s", k->name, name);
	SH_CLEANUP_FREE char *server = sh_survey_name(k->s, "server", full);
	/* "unix@/run/x.sock", "ipv4@10.0.0.5:80" */
	const char *at = strchr(address, '@');
	SH_CLEANUP_FREE char *path = NULL, *target = NULL;

	if (*address == '/' || !strncmp(address, "unix@", 5)) {
		path = sh_asprintf("unix:%s", at && *address != '/' ? at + 1 : address);
		address = path;
	} else if (at) {
		address = at + 1;
	}
	/* Without a port it is the client's, which is not known. */
	target = sh_proxy_target(k->s, address, 0);
	sh_survey_member(k->s, server, k->back, 1);
	sh_survey_link(k->s, server, "connects", target);
}

static void take(struct haproxy *k, const char *const *word, size_t n)
{
	SH_CLEANUP_FREE char *backend = NULL;

	if (n < 2 || enter(k, word[0], word[1]))
		return;
	if (k->back && n >= 3 && is(word[0], "server") && !is_disabled(word, n))
		take_server(k, word[1], word[2]);
	/* A name with "%[" is chosen for each request. */
	if (!k->front || strchr(word[1], '%') ||
	    (!is(word[0], "default_backend") && !is(word[0], "use_backend")))
		return;
	backend = sh_survey_name(k->s, "backend", word[1]);
	sh_survey_link(k->s, k->front, "depends_on", backend);
}

static void read_file(void *arg, const char *path)
{
	SH_CLEANUP_BUF struct sh_buf text = SH_BUF_INIT;
	struct sh_error none = SH_ERROR_INIT;
	struct haproxy *k = arg;
	struct sh_span rest, line;
	const char *word[WORDS];
	char words[LONGEST + WORDS];

	if (sh_file_read(k->s->c->root, path + 1, SH_PROXY_FILE, &text, &none) < 0)
		return;
	rest = sh_text_of(&text);
	while (sh_text_line(&rest, &line)) {
		size_t n = line.len < LONGEST ? split(line, words, word) : 0;

		if (n == 1)
			enter(k, word[0], NULL);
		take(k, word, n);
	}
	leave(k);
}

void sh_proxy_haproxy(struct sh_survey *s, const char *path, const char *self)
{
	struct haproxy k = { .s = s, .self = self };
	SH_CLEANUP_FREE char *inside = sh_asprintf("%s/*.cfg", path);

	read_file(&k, path);
	/* It may be a directory of files. */
	sh_proxy_each(s, inside, read_file, &k);
}
