/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "collect/topology/proxy.h"

#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/address.h"
#include "base/file.h"
#include "base/mem.h"
#include "collect/host/kv.h"
#include "collect/text.h"
#include "collect/topology/reach.h"
#include "collect/topology/who.h"

#define MAX_CMDLINE 65536

static const struct program {
	const char *name, *option, *path; /* path: of its configuration, where no option names one */
	void (*read)(struct sh_survey *s, const char *path, const char *self);
} programs[] = {
	{ "nginx", "-c", "/etc/nginx/nginx.conf", sh_proxy_nginx },
	{ "haproxy", "-f", "/etc/haproxy/haproxy.cfg", sh_proxy_haproxy },
};

char *sh_proxy_target(struct sh_survey *s, const char *text, uint16_t port)
{
	struct sh_address address;
	const char *who;

	if (!strncmp(text, "unix:", 5)) {
		who = sh_reach_path(s, text + 5);
		return who ? sh_strdup(who) : NULL;
	}
	if (!sh_address_parse(text, &address) || (!address.port && !port))
		return NULL;
	return sh_reach_address(s, address.host, address.port ? address.port : port);
}

void sh_proxy_each(struct sh_survey *s, const char *pattern, void (*fn)(void *arg, const char *path),
		   void *arg)
{
	SH_CLEANUP_NAMES struct sh_kv_names names = { 0 };
	const char *last = strrchr(pattern, '/');
	SH_CLEANUP_FREE char *dir = NULL;

	if (*pattern != '/' || !last[1])
		return;
	if (!strpbrk(last, "*?[")) {
		fn(arg, pattern);
		return;
	}
	dir = sh_strndup(pattern, (size_t)(last - pattern));
	if (!sh_kv_names_read(&names, s->c->root, dir[1] ? dir + 1 : ".", NULL))
		return;
	for (size_t i = 0; i < names.n; i++) {
		SH_CLEANUP_FREE char *path = sh_asprintf("%s/%s", dir, names.name[i]);

		if (fnmatch(last + 1, names.name[i], FNM_PERIOD) == 0)
			fn(arg, path);
	}
}

/*
 * The files that options of a command line name. A title that was set over it ("nginx:
 * master process /usr/sbin/nginx -c /x") has blanks where there were NULs.
 */
static size_t read_options(struct sh_survey *s, const struct program *p, pid_t pid, const char *self)
{
	SH_CLEANUP_BUF struct sh_buf text = SH_BUF_INIT;
	struct sh_error gone = SH_ERROR_INIT;
	struct sh_span rest, word;
	bool next = false;
	char path[64];
	size_t n = 0;

	snprintf(path, sizeof(path), "proc/%d/cmdline", (int)pid);
	if (sh_file_read(s->c->root, path, MAX_CMDLINE, &text, &gone) < 0)
		return 0;
	for (size_t i = 0; i < text.len; i++)
		if (!text.data[i])
			text.data[i] = ' ';
	rest = sh_text_of(&text);
	while (n < SH_PROXY_FILES && sh_text_field(&rest, &word)) {
		if (next && *word.p == '/') {
			SH_CLEANUP_FREE char *file = sh_strndup(word.p, word.len);

			p->read(s, file, self);
			n++;
		}
		next = sh_span_is(word, p->option);
	}
	return n;
}

static const char *base(const char *path)
{
	const char *slash = path ? strrchr(path, '/') : NULL;

	return slash ? slash + 1 : path;
}

/* Files that the site declares of a service that is this program, or that are called so. */
static void read_declared(struct sh_survey *s, const struct program *p)
{
	const struct sh_site *site = s->c->site;

	for (size_t i = 0; site && i < site->services; i++) {
		const struct sh_service *v = &site->service[i];
		SH_CLEANUP_FREE char *self = sh_survey_name(s, "service", v->id);
		bool is_it = v->exe && !strcmp(base(v->exe), p->name);

		for (size_t k = 0; k < v->files; k++)
			if (is_it || strstr(base(v->file[k].path), p->name))
				p->read(s, v->file[k].path, self);
	}
}

/* Each entity once: workers are what their master is. */
static void read_running(struct sh_survey *s, const struct program *p)
{
	struct sh_who *w = sh_survey_who(s);
	struct sh_map seen = SH_MAP_INIT(NULL);

	for (size_t i = 0; w && i < w->table->n; i++) {
		const struct sh_pstat *k = &w->table->item[i];
		const char *self = strcmp(k->name, p->name) ? NULL : sh_who_is(s, i, true);

		/* What runs in a container has files of its own. */
		if (!self || sh_who_look(s, i)->inside || sh_map_gets(&seen, self))
			continue;
		sh_map_puts(&seen, self, w);
		if (!read_options(s, p, k->pid, self))
			p->read(s, p->path, self);
	}
	sh_map_release(&seen);
}

void sh_survey_proxies(struct sh_survey *s)
{
	for (size_t i = 0; i < sizeof(programs) / sizeof(programs[0]); i++) {
		read_declared(s, &programs[i]);
		read_running(s, &programs[i]);
	}
}
