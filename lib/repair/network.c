/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "repair/network.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/mem.h"

#define MOST_ROUTES 64
#define MOST_BYTES ((size_t)1 << 22) /* a full table of a router is no reason to stop */

struct routes {
	int root;
	char *line[MOST_ROUTES]; /* owned */
	size_t n;
};

/* The first word of a file of an interface. */
static void read_word(int root, const char *interface, const char *name, char out[32])
{
	SH_CLEANUP_FREE char *path = sh_asprintf("sys/class/net/%s/%s", interface, name);
	SH_CLEANUP_BUF struct sh_buf text = SH_BUF_INIT;
	struct sh_error ignored = SH_ERROR_INIT;

	out[0] = '\0';
	if (sh_file_read(root, path, 256, &text, &ignored) == 0 && sscanf(sh_buf_str(&text), "%31s", out) != 1)
		out[0] = '\0';
}

static void add_route(struct routes *r, const char *interface, const char *gateway)
{
	char state[32], changes[32];

	if (r->n == MOST_ROUTES || !strcmp(interface, "lo"))
		return;
	read_word(r->root, interface, "operstate", state);
	read_word(r->root, interface, "carrier_changes", changes);
	r->line[r->n++] = sh_asprintf("default via %s %s %s %s", gateway, interface, state, changes);
}

static void read_old(struct routes *r, const char *line)
{
	char interface[32], gateway[40];
	unsigned long to, flags, mask;

	if (sscanf(line, "%31s %lx %39s %lx %*d %*d %*d %lx", interface, &to, gateway, &flags, &mask) == 5 &&
	    !to && !mask && (flags & 1))
		add_route(r, interface, gateway);
}

static void read_new(struct routes *r, const char *line)
{
	char interface[32], to[40], bits[8], gateway[40];

	if (sscanf(line, "%39s %7s %*s %*s %39s %*s %*s %*s %*s %31s", to, bits, gateway, interface) == 4 &&
	    strspn(to, "0") == strlen(to) && !strcmp(bits, "00"))
		add_route(r, interface, gateway);
}

static void read_table(struct routes *r, const char *path, void (*read)(struct routes *r, const char *line))
{
	SH_CLEANUP_BUF struct sh_buf text = SH_BUF_INIT;
	struct sh_error ignored = SH_ERROR_INIT;
	const char *line;

	if (sh_file_read(r->root, path, MOST_BYTES, &text, &ignored) < 0)
		return;
	for (line = sh_buf_str(&text); line && *line; line = strchr(line, '\n') ? strchr(line, '\n') + 1 : NULL)
		read(r, line);
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

char *sh_network_identity(int root)
{
	struct routes r = { .root = root };
	SH_CLEANUP_BUF struct sh_buf name = SH_BUF_INIT;
	struct sh_buf out = SH_BUF_INIT;
	struct sh_error ignored = SH_ERROR_INIT;

	if (sh_file_read(root, "proc/sys/kernel/hostname", 256, &name, &ignored) == 0)
		sh_buf_addf(&out, "host %.*s", (int)strcspn(sh_buf_str(&name), "\n"), sh_buf_str(&name));
	read_table(&r, "proc/net/route", read_old);
	read_table(&r, "proc/net/ipv6_route", read_new);
	sh_sort(r.line, r.n, sizeof(r.line[0]), by_text);
	for (size_t i = 0; i < r.n; i++) {
		sh_buf_addf(&out, "\n%s", r.line[i]);
		free(r.line[i]);
	}
	return sh_buf_take(&out);
}
