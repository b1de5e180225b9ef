/* SPDX-License-Identifier: MIT */
/* Declared services that started, stopped and restarted, and declared files that changed. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "base/sha256.h"
#include "collect/event/event.h"
#include "collect/site/members.h"
#include "collect/text.h"
#include "state/baseline.h"

/* "PID START", or "" while it does not run. */
static void look_at_service(struct sh_collect *c, const struct sh_service *s,
			    const struct sh_pstat_table *t, struct sh_listing *now)
{
	struct sh_error none = SH_ERROR_INIT;
	struct sh_members m;
	char value[64] = "";

	/* That it cannot be known is told by the collector of services. */
	if (sh_members_find(c, s, t, &m, &none) < 0)
		return;
	if (m.main)
		snprintf(value, sizeof(value), "%d %" PRIu64, (int)m.main->pid, m.main->start);
	sh_listing_add(now, s->id, value);
	sh_members_release(&m);
}

static int look_services(struct sh_collect *c, const struct sh_listing *before,
			 struct sh_listing *now, struct sh_error *err)
{
	const struct sh_pstat_table *t;

	(void)before;
	if (!c->site || !c->site->services)
		return sh_error_set(err, SH_ERRC_UNAVAILABLE, "no service is declared");
	t = sh_collect_procs(c, err);
	if (!t)
		return -1;
	for (size_t i = 0; i < c->site->services; i++)
		look_at_service(c, &c->site->service[i], t, now);
	return 0;
}

static int64_t start_time(const char *value)
{
	struct sh_span rest = sh_span_of(value), field;
	struct sh_pstat p = { .pid = 0 };

	if (!sh_text_skip(&rest, 1) || !sh_text_field(&rest, &field) || !sh_text_u64(field, &p.start))
		return 0;
	return sh_clock_wall() - (sh_clock_mono() - sh_pstat_start(&p));
}

static void service_changed(struct sh_collect *c, const char *name, const char *was, const char *is)
{
	/* Declared or no more declared: nothing happened to it. */
	if (!was || !is)
		return;
	if (!*is)
		sh_event_emit(c, 0, "service", name, "service_stopped", "%s does not run any more",
			      name);
	else if (!*was)
		sh_event_emit(c, start_time(is), "service", name, "service_started",
			      "%s was started, pid %.*s", name, (int)strcspn(is, " "), is);
	else
		sh_event_emit(c, start_time(is), "service", name, "service_restarted",
			      "%s was restarted, pid %.*s, was %.*s", name, (int)strcspn(is, " "), is,
			      (int)strcspn(was, " "), was);
}

const struct sh_event_source sh_event_services = {
	.name = "services", .live = true, .look = look_services, .changed = service_changed
};

/*
 * "MODE UID GID SHA256 STAMP": the content is only read again when the stamp,
 * from what the kernel keeps of the file, is another one. A missing file is "".
 */
static void describe(const char *path, const char *before, struct sh_buf *out)
{
	SH_CLEANUP_BUF struct sh_buf stamp = SH_BUF_INIT;
	struct sh_error none = SH_ERROR_INIT;
	char digest[SH_SHA256_TEXT] = "-";
	const char *kept = before ? strrchr(before, ' ') : NULL;
	struct stat st;

	if (lstat(path, &st) < 0)
		return;
	sh_buf_addf(&stamp, "%llu:%lld:%lld.%09ld:%lld.%09ld", (unsigned long long)st.st_ino,
		    (long long)st.st_size, (long long)st.st_mtim.tv_sec, st.st_mtim.tv_nsec,
		    (long long)st.st_ctim.tv_sec, st.st_ctim.tv_nsec);
	if (kept && !strcmp(kept + 1, sh_buf_str(&stamp))) {
		sh_buf_addstr(out, before);
		return;
	}
	if (S_ISREG(st.st_mode) && (uint64_t)st.st_size <= SH_BASELINE_MAX_BYTES &&
	    sh_sha256_file(AT_FDCWD, path, digest, &none) < 0)
		snprintf(digest, sizeof(digest), "-");
	sh_buf_addf(out, "%o %u %u %s %s", (unsigned)st.st_mode, (unsigned)st.st_uid,
		    (unsigned)st.st_gid, digest, sh_buf_str(&stamp));
}

static int look_files(struct sh_collect *c, const struct sh_listing *before, struct sh_listing *now,
		      struct sh_error *err)
{
	for (size_t i = 0; c->site && i < c->site->services; i++) {
		const struct sh_service *s = &c->site->service[i];

		for (size_t k = 0; k < s->files; k++) {
			SH_CLEANUP_BUF struct sh_buf value = SH_BUF_INIT;
			const char *path = s->file[k].path;

			describe(path, before ? sh_listing_get(before, path) : NULL, &value);
			sh_listing_add(now, path, sh_buf_str(&value));
		}
	}
	if (!now->n)
		return sh_error_set(err, SH_ERRC_UNAVAILABLE, "no file is declared");
	return 0;
}

/* The mtime where it is of the change; 0 when it is not there. */
static int64_t modified(const char *path)
{
	struct stat st;

	if (lstat(path, &st) < 0)
		return 0;
	return sh_clock_of(st.st_mtim);
}

static void file_changed(struct sh_collect *c, const char *name, const char *was, const char *is)
{
	static const char *const what[] = { "mode", "owner", "group", "content" };
	SH_CLEANUP_BUF struct sh_buf list = SH_BUF_INIT;
	struct sh_span old, new, a = sh_span_of(was ? was : ""), b = sh_span_of(is ? is : "");
	bool content = false;

	if (!was || !is)
		return;
	if (!*was || !*is) {
		sh_event_emit(c, *is ? modified(name) : 0, "file", name,
			      *is ? "file_created" : "file_removed", "%s was %s", name,
			      *is ? "created" : "removed");
		return;
	}
	for (size_t i = 0; i < 4 && sh_text_field(&a, &old) && sh_text_field(&b, &new); i++) {
		if (old.len == new.len && !memcmp(old.p, new.p, old.len))
			continue;
		sh_buf_addf(&list, "%s%s", list.len ? ", " : "", what[i]);
		content = i == 3;
	}
	if (list.len)
		sh_event_emit(c, content ? modified(name) : 0, "file", name, "file_changed",
			      "%s has another %s", name, sh_buf_str(&list));
}

const struct sh_event_source sh_event_files = {
	.name = "files", .live = true, .looks_back = true, .look = look_files, .changed = file_changed
};
