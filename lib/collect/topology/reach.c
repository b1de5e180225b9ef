/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "collect/topology/reach.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "collect/text.h"
#include "collect/topology/descriptors.h"
#include "collect/topology/who.h"

#define MAX_TABLE ((size_t)16 << 20)
#define MOST_SPACES 256
#define TOO_MANY "there are more than 65536 TCP sockets: only so many are looked at"

static void read_tables(struct sh_collect *c, const char *dir, uint32_t space, struct sh_tcps *t)
{
	static const char *const name[] = { "tcp", "tcp6" };
	SH_CLEANUP_BUF struct sh_buf text = SH_BUF_INIT;
	char path[64];

	for (size_t i = 0; i < 2; i++) {
		struct sh_error missing = SH_ERROR_INIT;

		snprintf(path, sizeof(path), "%s/%s", dir, name[i]);
		if (sh_file_read(c->root, path, MAX_TABLE, &text, &missing) == 0)
			sh_tcp_parse(t, space, sh_text_of(&text));
	}
}

static bool read_space(struct sh_collect *c, const char *process, char *out, size_t size)
{
	char path[64];
	ssize_t n;

	snprintf(path, sizeof(path), "proc/%s/ns/net", process);
	n = readlinkat(c->root, path, out, size - 1);
	out[n > 0 ? n : 0] = '\0';
	return n > 0;
}

/* Those of containers, each once; processes elsewhere are taken to be in ours. */
static void read_spaces(struct sh_survey *s, struct sh_tcps *t)
{
	struct sh_map seen = SH_MAP_INIT(NULL);
	char space[64], dir[64], pid[16];

	if (read_space(s->c, "self", space, sizeof(space)))
		sh_map_puts(&seen, space, s);
	for (size_t i = 0; i < s->who->table->n && seen.live < MOST_SPACES; i++) {
		if (!sh_who_look(s, i)->inside)
			continue;
		snprintf(pid, sizeof(pid), "%d", (int)s->who->table->item[i].pid);
		if (!read_space(s->c, pid, space, sizeof(space)) || sh_map_gets(&seen, space))
			continue;
		sh_map_puts(&seen, space, s);
		snprintf(dir, sizeof(dir), "proc/%s/net", pid);
		read_tables(s->c, dir, (uint32_t)seen.live, t);
	}
	sh_map_release(&seen);
}

const struct sh_reach *sh_survey_reach(struct sh_survey *s)
{
	if (s->reach || !sh_survey_descriptors(s))
		return s->reach;
	s->reach = sh_calloc(1, sizeof(*s->reach));
	read_tables(s->c, "proc/net", 0, &s->reach->tcp);
	read_spaces(s, &s->reach->tcp);
	sh_tcp_sort(&s->reach->tcp);
	sh_endpoints_read(&s->reach->names, s);
	if (s->reach->tcp.cut)
		sh_collect_say_once(s->c, TOO_MANY);
	return s->reach;
}

void sh_reach_free(struct sh_reach *r)
{
	if (!r)
		return;
	sh_tcp_release(&r->tcp);
	sh_endpoints_release(&r->names);
	free(r);
}

const char *sh_reach_owner(struct sh_survey *s, uint64_t inode, bool listens)
{
	size_t process;

	return sh_socket_holder(s, inode, &process) ? sh_who_is(s, process, listens) : NULL;
}

/* The address of a name that is known without asking anybody. */
static const char *resolve(const struct sh_survey *s, const char *host)
{
	const char *address = sh_endpoints_address(&s->reach->names, host);

	if (!strcmp(host, "localhost") || !strcmp(host, s->c->host))
		return "127.0.0.1";
	return address ? address : host;
}

char *sh_reach_address(struct sh_survey *s, const char *host, uint16_t port)
{
	const struct sh_reach *r = sh_survey_reach(s);
	const char *address = r ? resolve(s, host) : NULL, *who;
	const struct sh_tcp *listener;
	struct sh_tcp_end end;

	if (!address)
		return NULL;
	if (!sh_tcp_end_parse(&end, address, port) || !sh_tcp_is_here(&r->tcp, &end))
		return sh_endpoints_name(&r->names, address, port);
	listener = sh_tcp_listener(&r->tcp, 0, &end);
	who = listener ? sh_reach_owner(s, listener->inode, true) : NULL;
	return who ? sh_strdup(who) : NULL;
}

/* "Num: RefCount Protocol Flags Type St Inode Path": the flag says that it listens. */
const char *sh_reach_path(struct sh_survey *s, const char *path)
{
	SH_CLEANUP_BUF struct sh_buf text = SH_BUF_INIT;
	struct sh_error missing = SH_ERROR_INIT;
	struct sh_span rest, line, flags;
	uint64_t inode;

	if (!sh_survey_reach(s) ||
	    sh_file_read(s->c->root, "proc/net/unix", MAX_TABLE, &text, &missing) < 0)
		return NULL;
	rest = sh_text_of(&text);
	while (sh_text_line(&rest, &line)) {
		if (!sh_text_skip(&line, 3) || !sh_text_field(&line, &flags) ||
		    !sh_span_is(flags, "00010000") || !sh_text_skip(&line, 2) ||
		    sh_text_u64s(&line, &inode, 1) != 1)
			continue;
		if (line.len && *line.p == ' ')
			sh_span_cut(&line, 1);
		if (sh_span_is(line, path))
			return sh_reach_owner(s, inode, true);
	}
	return NULL;
}
