/* SPDX-License-Identifier: MIT */
/*
 * Whether the machine waits for a reboot: what packages asked for
 * (/run/reboot-required), and whether a newer kernel of the running one's flavour
 * is installed. Where neither can be known nothing is said.
 */
#include "config.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "collect/table.h"
#include "collect/text.h"

#define MODULES "lib/modules"
#define MAX_RELEASE 128
#define MAX_LISTED 20 /* names in a record */

struct kernels {
	char running[MAX_RELEASE];
	char newest[MAX_RELEASE]; /* installed, of that flavour; "" none */
};

/* "6.1.0-28-cloud-amd64" is of flavour "cloudamd": digits come and go with versions. */
static void flavour_of(const char *release, char out[MAX_RELEASE])
{
	size_t n = 0;

	for (; *release && n < MAX_RELEASE - 1; release++)
		if ((*release >= 'a' && *release <= 'z') || (*release >= 'A' && *release <= 'Z'))
			out[n++] = *release;
	out[n] = '\0';
}

static bool is_newer(const char *release, const struct kernels *k)
{
	char flavour[MAX_RELEASE], ours[MAX_RELEASE];

	flavour_of(release, flavour);
	flavour_of(k->running, ours);
	return !strcmp(flavour, ours) && strverscmp(release, k->newest) > 0;
}

/* Headers and leftovers of removed kernels have a directory too, but no list of modules. */
static bool is_installed(int modules, const char *release)
{
	char path[MAX_RELEASE + 16];

	snprintf(path, sizeof(path), "%s/modules.dep", release);
	return faccessat(modules, path, F_OK, 0) == 0;
}

static void find_newest(struct sh_collect *c, struct kernels *k)
{
	int fd = sh_collect_is_absent(c, MODULES) ? -1 :
			 openat(c->root, MODULES, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;
	const struct dirent *d;

	if (!dir) {
		if (fd >= 0)
			close(fd);
		else
			sh_collect_note_absent(c, MODULES);
		return;
	}
	while ((d = readdir(dir)))
		if (d->d_name[0] != '.' && strlen(d->d_name) < MAX_RELEASE &&
		    is_newer(d->d_name, k) && is_installed(fd, d->d_name))
			memcpy(k->newest, d->d_name, strlen(d->d_name) + 1);
	closedir(dir);
}

static void read_running(struct sh_collect *c, struct kernels *k)
{
	struct sh_error none = SH_ERROR_INIT;
	struct sh_span rest, line;

	if (sh_collect_read(c, "proc/sys/kernel/osrelease", &none) < 0)
		return;
	rest = sh_text_of(&c->text);
	if (sh_text_line(&rest, &line) && line.len < MAX_RELEASE)
		memcpy(k->running, line.p, line.len);
}

/* The names in /run/reboot-required.pkgs, one a line, some several times. */
static size_t read_packages(struct sh_collect *c, struct sh_buf *list)
{
	struct sh_error none = SH_ERROR_INIT;
	struct sh_map seen = SH_MAP_INIT(NULL);
	struct sh_span rest, line;
	size_t n;

	if (sh_collect_read(c, "run/reboot-required.pkgs", &none) < 0)
		return 0;
	rest = sh_text_of(&c->text);
	while (sh_text_line(&rest, &line)) {
		if (!line.len || sh_map_get(&seen, line.p, line.len))
			continue;
		sh_map_put(&seen, line.p, line.len, list);
		if (seen.live <= MAX_LISTED) {
			sh_buf_addstr(list, list->len ? " " : "");
			sh_buf_add(list, line.p, line.len);
		}
	}
	n = seen.live;
	sh_map_release(&seen);
	return n;
}

static void write_facts(struct sh_collect *c, bool asked, const struct kernels *k)
{
	SH_CLEANUP_BUF struct sh_buf list = SH_BUF_INIT;
	bool newer = *k->newest && strverscmp(k->newest, k->running) > 0;
	size_t n = asked ? read_packages(c, &list) : 0;
	struct sh_sample_writer w;

	sh_collect_begin(c, &w, "host", c->host, c->host, NULL, NULL);
	sh_sample_group(&w, "reboot");
	sh_sample_number(&w, "required", asked || newer);
	sh_sample_number(&w, "packages", (double)n);
	if (*k->newest)
		sh_sample_number(&w, "kernel", newer);
	if (n)
		sh_sample_text(&w, "packages", sh_buf_str(&list));
	if (newer)
		sh_sample_text(&w, "kernel", k->newest);
	sh_sample_end(&w);
}

int sh_collect_reboot(struct sh_collect *c, struct sh_error *err)
{
	struct kernels k = { .running = "" };
	bool asked;

	if (!sh_collect_wants(c, c->host))
		return 0;
	asked = faccessat(c->root, "run/reboot-required", F_OK, 0) == 0;
	read_running(c, &k);
	if (*k.running)
		find_newest(c, &k);
	if (!asked && !*k.newest)
		return sh_error_set(err, SH_ERRC_UNAVAILABLE, "no kernel is installed here");
	write_facts(c, asked, &k);
	return 0;
}
