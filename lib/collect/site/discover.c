/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "collect/site/discover.h"

#include <fcntl.h>
#include <glob.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "collect/host/mounts.h"
#include "collect/host/sockets.h"
#include "collect/text.h"
#include "record/json.h"

#define MAX_CMDLINE 65536
#define MAX_ARGUMENTS 64

/* A program that is worth a service entry. */
struct found {
	const struct sh_pstat *proc; /* its first process; borrowed */
	char name[64];
	char exe[PATH_MAX];          /* "" unknown */
	char *cmdline;               /* arguments, each with its NUL; owned */
	size_t cmdline_len;
	char *pidfile;               /* owned; NULL none */
	char *addresses;             /* one a line, owned; NULL none */
};

struct draft {
	struct sh_collect *c;
	const struct sh_pstat_table *table;
	struct found *item;
	size_t n, cap;
};

static void read_exe(const struct sh_collect *c, pid_t pid, char *out)
{
	char path[64];
	ssize_t n;

	snprintf(path, sizeof(path), "proc/%d/exe", (int)pid);
	n = readlinkat(c->root, path, out, PATH_MAX - 1);
	out[n > 0 ? n : 0] = '\0';
}

/* The first of the processes that a program started of itself: a master above its workers. */
static const struct sh_pstat *topmost(const struct draft *d, const struct sh_pstat *p)
{
	char mine[PATH_MAX], other[PATH_MAX];

	read_exe(d->c, p->pid, mine);
	for (;;) {
		const struct sh_pstat *parent = sh_pstat_find(d->table, p->ppid);

		if (!parent || parent->pid == 1 || parent->session != p->session)
			return p;
		read_exe(d->c, parent->pid, other);
		if (!*mine || strcmp(mine, other) != 0)
			return p;
		p = parent;
	}
}

/* Service ids are words: letters, digits and what stands well in a file name. */
static void make_name(const struct draft *d, const char *from, char *out, size_t size)
{
	char base[32];
	size_t n = 0;
	int again = 1;

	for (; *from && n < sizeof(base) - 1; from++) {
		bool good = (*from >= 'a' && *from <= 'z') || (*from >= 'A' && *from <= 'Z') ||
			    (*from >= '0' && *from <= '9') || *from == '_' || *from == '.';

		base[n] = *from;
		if (!good)
			base[n] = '-';
		n++;
	}
	base[n] = '\0';
	snprintf(out, size, "%s", n ? base : "service");
	for (size_t i = 0; i < d->n; i++) {
		if (strcmp(d->item[i].name, out) != 0)
			continue;
		snprintf(out, size, "%s-%d", base, ++again);
		i = (size_t)-1;
	}
}

static struct found *find_or_add(struct draft *d, const struct sh_pstat *p)
{
	SH_CLEANUP_BUF struct sh_buf text = SH_BUF_INIT;
	struct sh_error gone = SH_ERROR_INIT;
	struct found f = { .proc = p };
	char path[64];

	for (size_t i = 0; i < d->n; i++)
		if (d->item[i].proc == p)
			return &d->item[i];
	make_name(d, p->name, f.name, sizeof(f.name));
	read_exe(d->c, p->pid, f.exe);
	snprintf(path, sizeof(path), "proc/%d/cmdline", (int)p->pid);
	if (sh_file_read(d->c->root, path, MAX_CMDLINE, &text, &gone) == 0) {
		f.cmdline_len = text.len;
		f.cmdline = sh_buf_take(&text);
	}
	sh_grow(d->item, d->n, d->cap);
	d->item[d->n] = f;
	return &d->item[d->n++];
}

static void take_listeners(struct draft *d)
{
	struct sh_listeners l = { 0 };

	sh_listeners_find(&l, d->c->root, d->table);
	for (size_t i = 0; i < l.n; i++) {
		const struct sh_pstat *p = l.item[i].pid ? sh_pstat_find(d->table, l.item[i].pid) : NULL;
		struct found *f;
		char *all;

		if (!p)
			continue;
		f = find_or_add(d, topmost(d, p));
		all = sh_asprintf("%s%s\n", f->addresses ? f->addresses : "", l.item[i].address);
		free(f->addresses);
		f->addresses = all;
	}
	sh_listeners_release(&l);
}

static void take_pidfile(struct draft *d, const char *path)
{
	SH_CLEANUP_BUF struct sh_buf text = SH_BUF_INIT;
	struct sh_error bad = SH_ERROR_INIT;
	const struct sh_pstat *p;
	struct sh_span rest, word;
	uint64_t pid;
	struct found *f;

	if (sh_file_read(AT_FDCWD, path, 4096, &text, &bad) < 0)
		return;
	rest = sh_text_of(&text);
	if (!sh_text_field(&rest, &word) || !sh_text_u64(word, &pid) || !pid || pid > INT_MAX)
		return;
	p = sh_pstat_find(d->table, (pid_t)pid);
	if (!p || !sh_pstat_is_alive(p) || p->pid == 1)
		return;
	f = find_or_add(d, p);
	if (!f->pidfile)
		f->pidfile = sh_strdup(path);
}

static void take_pidfiles(struct draft *d)
{
	glob_t g = { 0 };

	if (glob("/run/*.pid", 0, NULL, &g) == 0 || g.gl_pathc == 0)
		glob("/run/*/*.pid", GLOB_APPEND, NULL, &g);
	for (size_t i = 0; i < g.gl_pathc; i++)
		take_pidfile(d, g.gl_pathv[i]);
	globfree(&g);
}

static void add_quoted(struct sh_buf *out, const char *s)
{
	sh_json_add_string(out, s, strlen(s));
}

/* Whether the executable alone names it. */
static bool is_only_one(const struct draft *d, const struct found *f)
{
	char exe[PATH_MAX];

	for (size_t i = 0; i < d->table->n; i++) {
		const struct sh_pstat *p = &d->table->item[i];

		if (p == f->proc || topmost(d, p) == f->proc)
			continue;
		read_exe(d->c, p->pid, exe);
		if (!strcmp(exe, f->exe))
			return false;
	}
	return true;
}

/* The command line as a pattern that matches just it. */
static void add_pattern(struct sh_buf *out, const struct found *f)
{
	SH_CLEANUP_BUF struct sh_buf text = SH_BUF_INIT;

	for (size_t i = 0; i + 1 < f->cmdline_len; i++) {
		char ch = f->cmdline[i];

		if (!ch)
			ch = ' ';
		if (strchr("*?[]\\", ch))
			sh_buf_addch(&text, '\\');
		sh_buf_addch(&text, ch);
	}
	sh_json_add_string(out, sh_buf_str(&text), text.len);
}

static void add_start(struct sh_buf *out, const struct found *f)
{
	size_t n = 0;

	sh_buf_addstr(out, "    # start: [");
	for (size_t at = 0; at < f->cmdline_len && n < MAX_ARGUMENTS; n++) {
		sh_buf_addstr(out, n ? ", " : "");
		add_quoted(out, n || !*f->exe ? f->cmdline + at : f->exe);
		at += strlen(f->cmdline + at) + 1;
	}
	sh_buf_addstr(out, "]   # as it runs now; check it\n");
}

/* Whose protocol a check can speak; mail servers do so on these ports, on others often under TLS. */
static const char *kind_of(const struct found *f, struct sh_span address)
{
	static const struct {
		const char *program, *port, *kind;
	} known[] = {
		{ "sshd", "", "ssh" },           { "redis-server", "", "redis" },
		{ "valkey-server", "", "redis" }, { "postgres", "", "postgres" },
		{ "exim4", ":25", "smtp" },      { "exim4", ":587", "smtp" },
		{ "master", ":25", "smtp" },     { "master", ":587", "smtp" },
	};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		size_t len = strlen(known[i].port);

		if (!strcmp(f->proc->name, known[i].program) && address.len > len &&
		    !memcmp(address.p + address.len - len, known[i].port, len))
			return known[i].kind;
	}
	return "tcp";
}

static void add_checks(struct sh_buf *out, const struct found *f)
{
	const char *at = f->addresses;

	sh_buf_addstr(out, "    checks:\n");
	while (*at) {
		struct sh_span address = { at, strcspn(at, "\n") };
		const char *kind = kind_of(f, address);

		sh_buf_addf(out, "      - %s: \"%.*s\"%s\n", kind, (int)address.len, address.p,
			    strcmp(kind, "redis") ? "" : "   # password_file: where it wants one");
		at += address.len + 1;
	}
}

static void add_service(const struct draft *d, const struct found *f, struct sh_buf *out)
{
	sh_buf_addstr(out, "  ");
	add_quoted(out, f->name);
	sh_buf_addf(out, ":   # process %d\n", (int)f->proc->pid);
	if (f->pidfile) {
		sh_buf_addstr(out, "    pidfile: ");
		add_quoted(out, f->pidfile);
		sh_buf_addch(out, '\n');
	} else {
		sh_buf_addstr(out, "    match:\n      exe: ");
		add_quoted(out, f->exe);
		sh_buf_addch(out, '\n');
		if (!is_only_one(d, f)) {
			sh_buf_addstr(out, "      cmdline: ");
			add_pattern(out, f);
			sh_buf_addch(out, '\n');
		}
	}
	if (f->cmdline_len)
		add_start(out, f);
	if (f->addresses)
		add_checks(out, f);
	sh_buf_addstr(out, "    mode: observe\n");
}

static void add_services(const struct draft *d, struct sh_buf *out)
{
	size_t shown = 0;

	for (size_t i = 0; i < d->n; i++) {
		const struct found *f = &d->item[i];

		/* Neither a pid file nor an executable that we may see: nothing to find it by. */
		if (!f->pidfile && !*f->exe)
			continue;
		if (!shown++)
			sh_buf_addstr(out, "services:\n");
		add_service(d, f, out);
	}
}

static void add_filesystems(const struct sh_mounts *mounts, struct sh_buf *out)
{
	size_t shown = 0;

	for (size_t i = 0; i < mounts->n; i++) {
		const struct sh_mount *m = &mounts->item[i];

		if (!sh_mount_is_shown(mounts, m) || m->class == SH_MOUNT_IMAGE)
			continue;
		if (!shown++)
			sh_buf_addstr(out, "filesystems:\n");
		sh_buf_addstr(out, "  ");
		add_quoted(out, m->point);
		sh_buf_addf(out, ":   # %s\n    limit: 90\n    mode: observe\n", m->type);
	}
}

int sh_discover(struct sh_collect *c, struct sh_buf *out, struct sh_error *err)
{
	struct draft d = { .c = c, .table = sh_collect_procs(c, err) };
	struct sh_mounts mounts = { 0 };

	if (!d.table || sh_collect_read(c, "proc/self/mountinfo", err) < 0)
		return -1;
	sh_mounts_parse(&mounts, sh_text_of(&c->text));
	take_listeners(&d);
	take_pidfiles(&d);
	sh_buf_addf(out,
		    "# A draft of what runs on %s, by sh-collect --discover: keep what is right.\n"
		    "# With mode observe faults are found and nothing is repaired; ask and act\n"
		    "# need 'start' for a service and 'clean' for a file system.\n",
		    c->host);
	add_services(&d, out);
	add_filesystems(&mounts, out);
	for (size_t i = 0; i < d.n; i++) {
		free(d.item[i].cmdline);
		free(d.item[i].pidfile);
		free(d.item[i].addresses);
	}
	free(d.item);
	sh_mounts_release(&mounts);
	return 0;
}
