/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "collect/host/sockets.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "collect/text.h"

#define MAX_TABLE ((size_t)16 << 20)
#define LISTENING "0A"

static bool parse_hex(const char *p, size_t len, uint32_t *out)
{
	uint32_t v = 0;

	for (size_t i = 0; i < len; i++) {
		const char *digits = "0123456789ABCDEF", *at = p[i] ? strchr(digits, p[i]) : NULL;

		if (!at)
			return false;
		v = v << 4 | (uint32_t)(at - digits);
	}
	*out = v;
	return true;
}

/* Where one connects to reach it from here: any-address means loopback too. */
static void format_address(char *out, size_t size, int family, const uint32_t *word, uint32_t port)
{
	static const uint32_t any[4];
	char text[INET6_ADDRSTRLEN] = "";

	if (family == AF_INET) {
		inet_ntop(family, word, text, sizeof(text));
		snprintf(out, size, "%s:%u", word[0] ? text : "127.0.0.1", port);
		return;
	}
	inet_ntop(family, word, text, sizeof(text));
	snprintf(out, size, "[%s]:%u", memcmp(word, any, sizeof(any)) ? text : "::1", port);
}

/* "0100007F:1F90": words as they lie in memory, the port as a number. */
static bool parse_address(struct sh_span s, struct sh_listener *out)
{
	size_t words = s.len == 13 ? 1 : 4;
	uint32_t word[4] = { 0 }, port;

	if ((s.len != 13 && s.len != 37) || s.p[words * 8] != ':')
		return false;
	for (size_t i = 0; i < words; i++)
		if (!parse_hex(s.p + i * 8, 8, &word[i]))
			return false;
	if (!parse_hex(s.p + words * 8 + 1, 4, &port))
		return false;
	out->port = (uint16_t)port;
	format_address(out->address, sizeof(out->address), words == 1 ? AF_INET : AF_INET6, word, port);
	return true;
}

bool sh_socket_queues(struct sh_span field, uint64_t *tx, uint64_t *rx)
{
	uint32_t sent, read;

	if (field.len != 17 || field.p[8] != ':' || !parse_hex(field.p, 8, &sent) ||
	    !parse_hex(field.p + 9, 8, &read))
		return false;
	*tx = sent;
	*rx = read;
	return true;
}

void sh_listeners_parse(struct sh_listeners *l, struct sh_span text)
{
	struct sh_span line, address, state, queues;
	struct sh_listener k = { .pid = 0 };
	uint64_t none;

	while (sh_text_line(&text, &line)) {
		if (!sh_text_skip(&line, 1) || !sh_text_field(&line, &address) ||
		    !sh_text_skip(&line, 1) || !sh_text_field(&line, &state) ||
		    !sh_span_is(state, LISTENING) || !sh_text_field(&line, &queues) ||
		    !sh_socket_queues(queues, &none, &k.waiting) || !sh_text_skip(&line, 4) ||
		    sh_text_u64s(&line, &k.inode, 1) != 1 || !parse_address(address, &k))
			continue;
		sh_grow(l->item, l->n, l->cap);
		l->item[l->n++] = k;
	}
}

static void note_owner(struct sh_listeners *l, uint64_t inode, const struct sh_pstat_table *t,
		       const struct sh_pstat *p)
{
	for (size_t i = 0; i < l->n; i++) {
		struct sh_listener *k = &l->item[i];
		const struct sh_pstat *now = k->pid ? sh_pstat_find(t, k->pid) : NULL;

		if (k->inode == inode && (!now || p->start < now->start))
			k->pid = p->pid;
	}
}

static void look_at_descriptors(struct sh_listeners *l, int root, const struct sh_pstat_table *t,
				const struct sh_pstat *p)
{
	char path[64], link[64];
	const struct dirent *d;
	uint64_t inode;
	DIR *dir;
	int fd;

	snprintf(path, sizeof(path), "proc/%d/fd", (int)p->pid);
	fd = openat(root, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return;
	dir = fdopendir(fd);
	if (!dir) {
		close(fd);
		return;
	}
	while ((d = readdir(dir))) {
		ssize_t n = readlinkat(fd, d->d_name, link, sizeof(link));
		struct sh_span s = { link, n > 0 ? (size_t)n : 0 };

		s = sh_text_after(s, "socket:[");
		if (s.len > 1 && sh_text_u64((struct sh_span){ s.p, s.len - 1 }, &inode))
			note_owner(l, inode, t, p);
	}
	closedir(dir);
}

void sh_listeners_own(struct sh_listeners *l, int root, const struct sh_pstat_table *t)
{
	for (size_t i = 0; l->n && i < t->n; i++)
		look_at_descriptors(l, root, t, &t->item[i]);
}

void sh_listeners_find(struct sh_listeners *l, int root, const struct sh_pstat_table *t)
{
	static const char *const path[] = { "proc/net/tcp", "proc/net/tcp6" };
	SH_CLEANUP_BUF struct sh_buf text = SH_BUF_INIT;

	for (size_t i = 0; i < 2; i++) {
		struct sh_error missing = SH_ERROR_INIT;

		if (sh_file_read(root, path[i], MAX_TABLE, &text, &missing) == 0)
			sh_listeners_parse(l, sh_text_of(&text));
	}
	sh_listeners_own(l, root, t);
}

void sh_listeners_release(struct sh_listeners *l)
{
	free(l->item);
	*l = (struct sh_listeners){ 0 };
}
