/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "collect/topology/descriptors.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "collect/host/kv.h"
#include "collect/text.h"
#include "collect/topology/blocks.h"
#include "collect/topology/who.h"

#define MOST 200000      /* descriptors in all, */
#define MOST_EACH 16384  /* of one process, */
#define MOST_FILES 64    /* and files of it that are looked at closer */
#define TOO_MANY "processes have more than 200000 descriptors: only so many are looked at"

/* One process at work. */
struct holder {
	struct sh_survey *s;
	struct sh_descriptors *d;
	size_t process;
	pid_t pid;
	bool wants_files;
	size_t looked;           /* files that were looked at closer */
	struct sh_map directory; /* where it was seen to write already */
};

static void add_socket(struct holder *h, uint64_t inode)
{
	struct sh_descriptors *d = h->d;

	sh_grow(d->socket, d->sockets, d->sockets_cap);
	d->socket[d->sockets++] = (struct sh_held_socket){ inode, (uint32_t)h->process };
}

static void add_file(struct holder *h, uint64_t mount, const char *device)
{
	struct sh_descriptors *d = h->d;

	for (size_t i = d->files; i > 0 && d->file[i - 1].process == h->process; i--)
		if (d->file[i - 1].mount == mount && !strcmp(d->file[i - 1].device, device))
			return;
	sh_grow(d->file, d->files, d->files_cap);
	d->file[d->files] = (struct sh_held_file){ .process = (uint32_t)h->process, .mount = mount };
	snprintf(d->file[d->files++].device, sizeof(d->file->device), "%.63s", device);
}

/* Whether it is open for writing, and on which mount. */
static bool read_info(const struct holder *h, const char *fd, uint64_t *mount)
{
	SH_CLEANUP_BUF struct sh_buf text = SH_BUF_INIT;
	struct sh_error gone = SH_ERROR_INIT;
	struct sh_span rest, key, value;
	bool writes = false, known = false;
	char path[64];

	snprintf(path, sizeof(path), "proc/%d/fdinfo/%.16s", (int)h->pid, fd);
	if (sh_file_read(h->s->c->root, path, 65536, &text, &gone) < 0)
		return false;
	rest = sh_text_of(&text);
	while (sh_kv_line(&rest, &key, &value)) {
		if (sh_span_is(key, "flags") && value.len)
			writes = (value.p[value.len - 1] & O_ACCMODE) != O_RDONLY; /* octal */
		else if (sh_span_is(key, "mnt_id"))
			known = sh_text_u64(value, mount);
	}
	return writes && known;
}

static void look_at_file(struct holder *h, const char *fd, const char *path)
{
	const struct sh_block *block = NULL;
	size_t len = (size_t)(strrchr(path, '/') - path);
	uint64_t mount;

	if (!strncmp(path, "/dev/", 5)) {
		block = sh_block_find(sh_survey_blocks(h->s), "", path);
		if (!block)
			return;
	} else if (sh_map_get(&h->directory, path, len)) {
		return;
	}
	if (h->looked++ >= MOST_FILES || !read_info(h, fd, &mount))
		return;
	add_file(h, mount, block ? block->name : "");
	if (!block)
		sh_map_put(&h->directory, path, len, h);
}

static void look_at_one(struct holder *h, int dir, const char *fd)
{
	char link[PATH_MAX];
	ssize_t n = readlinkat(dir, fd, link, sizeof(link) - 1);
	struct sh_span socket;
	uint64_t inode;

	if (n <= 0)
		return;
	link[n] = '\0';
	socket = sh_text_after((struct sh_span){ link, (size_t)n }, "socket:[");
	if (socket.len > 1 && sh_text_u64((struct sh_span){ socket.p, socket.len - 1 }, &inode))
		add_socket(h, inode);
	else if (h->wants_files && *link == '/' && strncmp(link, "/proc/", 6) != 0 &&
		 strncmp(link, "/sys/", 5) != 0 && strncmp(link, "/memfd:", 7) != 0)
		look_at_file(h, fd, link);
}

static void look_at_process(struct holder *h)
{
	size_t each = MOST_EACH;
	const struct dirent *e;
	char path[64];
	DIR *dir;
	int fd;

	snprintf(path, sizeof(path), "proc/%d/fd", (int)h->pid);
	fd = openat(h->s->c->root, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	dir = fd >= 0 ? fdopendir(fd) : NULL;
	if (!dir) {
		if (fd >= 0)
			close(fd);
		return;
	}
	while (h->d->left && each && (e = readdir(dir))) {
		if (*e->d_name == '.')
			continue;
		h->d->left--;
		each--;
		look_at_one(h, dirfd(dir), e->d_name);
	}
	closedir(dir);
}

static int by_inode(const void *a, const void *b)
{
	const struct sh_held_socket *x = a, *y = b;

	if (x->inode != y->inode)
		return x->inode < y->inode ? -1 : 1;
	return x->process < y->process ? -1 : x->process > y->process;
}

const struct sh_descriptors *sh_survey_descriptors(struct sh_survey *s)
{
	const struct sh_who *w = sh_survey_who(s);
	struct sh_descriptors *d;

	if (s->descriptors || !w)
		return s->descriptors;
	d = s->descriptors = sh_calloc(1, sizeof(*d));
	d->left = MOST;
	for (size_t i = 0; i < w->table->n && d->left; i++) {
		struct holder h = { .s = s, .d = d, .process = i, .pid = w->table->item[i].pid };

		if (w->table->item[i].kernel)
			continue;
		sh_map_init(&h.directory, NULL);
		h.wants_files = sh_who_lasts(s, i) != NULL;
		look_at_process(&h);
		sh_map_release(&h.directory);
	}
	if (!d->left)
		sh_collect_say_once(s->c, TOO_MANY);
	if (d->sockets)
		qsort(d->socket, d->sockets, sizeof(*d->socket), by_inode);
	return d;
}

void sh_descriptors_free(struct sh_descriptors *d)
{
	if (!d)
		return;
	free(d->socket);
	free(d->file);
	free(d);
}

static bool is_better(const struct sh_pstat *a, const struct sh_pstat *b)
{
	if ((a->pid == 1) != (b->pid == 1))
		return b->pid == 1;
	return a->start < b->start;
}

bool sh_socket_holder(const struct sh_survey *s, uint64_t inode, size_t *process)
{
	const struct sh_descriptors *d = s->descriptors;
	const struct sh_pstat *all = s->who->table->item;
	size_t from = 0, to = d->sockets;
	bool found = false;

	while (from < to) {
		size_t middle = from + (to - from) / 2;

		if (d->socket[middle].inode < inode)
			from = middle + 1;
		else
			to = middle;
	}
	for (; from < d->sockets && d->socket[from].inode == inode; from++) {
		size_t i = d->socket[from].process;

		if (!found || is_better(&all[i], &all[*process]))
			*process = i;
		found = true;
	}
	return found;
}
