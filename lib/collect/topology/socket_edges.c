/* SPDX-License-Identifier: MIT */
/*
 * Who is connected with whom by TCP: the one that connected needs the one that
 * accepted. Of connections from elsewhere only the other machine knows who needs them,
 * and its own collector tells.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "collect/text.h"
#include "collect/topology/descriptors.h"
#include "collect/topology/endpoints.h"
#include "collect/topology/tcp.h"
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

static const char *owner(struct sh_survey *s, const struct sh_tcp *k, bool listens)
{
	size_t process;

	if (!k || !sh_socket_holder(s, k->inode, &process))
		return NULL;
	return sh_who_is(s, process, listens);
}

/* A program that only has a name is told of where both ends are here: else each download were news. */
static bool lasts(struct sh_survey *s, const struct sh_tcp *k)
{
	size_t process;

	return sh_socket_holder(s, k->inode, &process) && sh_who_lasts(s, process);
}

/* The entity at the far end of a connection that was made from here; a new string, NULL unknown. */
static char *far_end(struct sh_survey *s, const struct sh_tcps *t, const struct sh_endpoints *e,
		     const struct sh_tcp *k)
{
	const struct sh_tcp *peer = sh_tcp_peer(t, k);
	const struct sh_tcp *listener = sh_tcp_listener(t, peer ? peer->space : k->space, &k->remote);
	const char *who = owner(s, peer, true);
	char address[64];

	/* A server hands what it accepted to a worker at once, or not at all. */
	if (!who && (peer || sh_tcp_is_here(t, &k->remote)))
		who = owner(s, listener, true);
	if (who)
		return sh_strdup(who);
	if (sh_tcp_is_here(t, &k->remote) || !lasts(s, k))
		return NULL;
	sh_tcp_format(&k->remote, address);
	return sh_endpoints_name(e, address, k->remote.port);
}

void sh_survey_sockets(struct sh_survey *s)
{
	struct sh_endpoints e;
	struct sh_tcps t = { 0 };

	if (!sh_survey_descriptors(s))
		return;
	read_tables(s->c, "proc/net", 0, &t);
	read_spaces(s, &t);
	sh_tcp_sort(&t);
	sh_endpoints_read(&e, s);
	for (size_t i = 0; i < t.n; i++) {
		const struct sh_tcp *k = &t.item[i];
		const char *who = k->listens || sh_tcp_is_accepted(&t, k) ? NULL : owner(s, k, false);
		SH_CLEANUP_FREE char *far = who ? far_end(s, &t, &e, k) : NULL;

		sh_survey_link(s, who, "connects", far);
	}
	if (t.cut)
		sh_collect_say_once(s->c, TOO_MANY);
	sh_endpoints_release(&e);
	sh_tcp_release(&t);
}
