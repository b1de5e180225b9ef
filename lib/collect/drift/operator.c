/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "collect/drift/operator.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"
#include "collect/text.h"
#include "state/baseline.h"

struct diff {
	struct sh_collect *c;
	const struct sh_drift_area *area;
	struct sh_buf *out;
};

static void add_item(struct sh_buf *out, char sign, const char *name, const char *value)
{
	sh_buf_addf(out, "%c%s", sign, name);
	if (sh_drift_is_secret(name))
		value = "(secret)";
	sh_buf_addf(out, "%s%s\n", *value ? " " : "", value);
}

/* Read what is a file itself, no link: what it shows must be what was approved under this name. */
static int read_now(const char *path, struct stat *st, struct sh_buf *out, struct sh_error *err)
{
	SH_CLEANUP_FD int fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);

	if (fd < 0 || fstat(fd, st) < 0)
		return sh_error_sys(err, "cannot open '%s'", path);
	if (!S_ISREG(st->st_mode))
		return sh_error_set(err, SH_ERRC_SYSTEM, "'%s' is not a regular file", path);
	return sh_fd_read(fd, path, SH_BASELINE_MAX_BYTES, out, err);
}

static void add_content(const struct diff *d, const char *path)
{
	SH_CLEANUP_BUF struct sh_buf was = SH_BUF_INIT, is = SH_BUF_INIT;
	struct sh_error e = SH_ERROR_INIT;
	struct sh_baseline b;
	struct stat st;

	if (sh_baseline_get(d->c->state_dir, path, &b, &e) <= 0)
		return;
	if (read_now(path, &st, &is, &e) < 0 || sh_baseline_content(d->c->state_dir, &b, &was, &e) < 0)
		sh_buf_addf(d->out, "(%s)\n", e.text);
	else if (!(st.st_mode & 04) || !(b.mode & 04))
		sh_buf_addstr(d->out, "(content that not everybody may read)\n");
	else
		sh_drift_text_diff(sh_text_of(&was), sh_text_of(&is), d->out);
	sh_baseline_release(&b);
}

/* Values are "MODE UID GID SHA256". */
static void add_file(const struct diff *d, const char *path, const char *was, const char *is)
{
	static const char *const what[] = { "mode", "owner", "group" };
	struct sh_span a = sh_span_of(was), b = sh_span_of(is), x, y;

	sh_buf_addf(d->out, "~%s\n", path);
	for (size_t i = 0; i < 3 && sh_text_field(&a, &x) && sh_text_field(&b, &y); i++)
		if (x.len != y.len || memcmp(x.p, y.p, x.len) != 0)
			sh_buf_addf(d->out, "-%s %.*s\n+%s %.*s\n", what[i], (int)x.len, x.p,
				    what[i], (int)y.len, y.p);
	if (sh_text_field(&a, &x) && sh_text_field(&b, &y) &&
	    (x.len != y.len || memcmp(x.p, y.p, x.len) != 0))
		add_content(d, path);
}

static void show(void *arg, const char *name, const char *was, const char *is)
{
	const struct diff *d = arg;

	if (d->area->is_files && was && is) {
		add_file(d, name, was, is);
	} else if (d->area->is_files) {
		sh_buf_addf(d->out, "-%s\n", name);
	} else {
		if (was)
			add_item(d->out, '-', name, was);
		if (is)
			add_item(d->out, '+', name, is);
	}
}

static void add_head(const struct sh_drift_area *a, const struct sh_drift_baseline *b,
		     struct sh_buf *out)
{
	char time[SH_TIME_TEXT];

	sh_time_format(time, b->time);
	if (a->is_files)
		sh_buf_addf(out, "--- %s, as approved\n", a->name);
	else
		sh_buf_addf(out, "--- %s, %.19sZ by %s%s%s\n", a->name, time, b->by,
			    b->reason ? ": " : "", b->reason ? b->reason : "");
	sh_buf_addf(out, "+++ %s, now\n", a->name);
}

static int no_baseline(const struct sh_drift_area *a, struct sh_error *err)
{
	if (a->is_files)
		return sh_error_set(err, SH_ERRC_UNAVAILABLE,
				    "no file is approved: 'sh-ledger baseline PATH' approves one");
	return sh_error_set(err, SH_ERRC_UNAVAILABLE,
			    "there is no baseline of %s: 'sh-ledger baseline take %s' takes one",
			    a->name, a->name);
}

/* Both listings, sorted. 1, 0 there is no baseline, -1. */
static int look(struct sh_collect *c, const struct sh_drift_area *a, struct sh_drift_baseline *b,
		struct sh_listing *now, struct sh_error *err)
{
	int rc = sh_drift_load(c->state_dir, a, b, err);

	if (rc <= 0)
		return rc;
	if (a->look(c, &b->items, now, err) < 0)
		return -1;
	sh_listing_sort(now);
	return 1;
}

int sh_drift_diff(struct sh_collect *c, const struct sh_drift_area *a, struct sh_buf *out,
		  struct sh_error *err)
{
	SH_CLEANUP_BUF struct sh_buf body = SH_BUF_INIT;
	struct sh_drift_baseline b = { .by = NULL };
	struct sh_listing now = { 0 };
	struct diff d = { c, a, &body };
	int rc = look(c, a, &b, &now, err);

	if (rc == 0)
		rc = no_baseline(a, err);
	else if (rc > 0)
		rc = sh_listing_compare(&b.items, &now, show, &d) > 0;
	if (rc > 0) {
		add_head(a, &b, out);
		sh_buf_add(out, body.data, body.len);
	}
	sh_listing_release(&now);
	sh_drift_release(&b);
	return rc;
}

struct count {
	size_t added, removed, changed;
};

static void count(void *arg, const char *name, const char *was, const char *is)
{
	struct count *n = arg;

	(void)name;
	n->added += !was;
	n->removed += !is;
	n->changed += was && is;
}

static int store(struct sh_collect *c, const struct sh_drift_area *a,
		 const struct sh_drift_approval *by, struct sh_listing *now, struct sh_error *err)
{
	struct sh_drift_baseline b = { .items = *now, .time = by->now };
	int rc;

	b.by = sh_strdup(by->by);
	b.reason = sh_strdup_or_null(by->reason);
	rc = sh_drift_save(c->state_dir, a, &b, err);
	sh_drift_release(&b);
	*now = (struct sh_listing){ 0 };
	return rc < 0 ? -1 : 1;
}

int sh_drift_store(struct sh_collect *c, const struct sh_drift_area *a, bool first,
		   const struct sh_drift_approval *by, struct sh_buf *summary, struct sh_error *err)
{
	struct sh_drift_baseline old;
	struct sh_listing now = { 0 };
	struct count n = { 0, 0, 0 };
	int rc = sh_drift_load(c->state_dir, a, &old, err);

	if (rc > 0 && first)
		rc = sh_error_set(err, SH_ERRC_USAGE,
				  "there is a baseline of %s: 'sh-ledger baseline accept %s' replaces it",
				  a->name, a->name);
	else if (rc == 0 && !first)
		rc = no_baseline(a, err);
	if (rc >= 0)
		rc = a->look(c, NULL, &now, err);
	if (rc == 0) {
		sh_listing_sort(&now);
		sh_listing_compare(&old.items, &now, count, &n);
		if (first)
			sh_buf_addf(summary, "%zu of %s", now.n, a->name);
		else
			sh_buf_addf(summary, "%zu added, %zu removed, %zu changed", n.added, n.removed,
				    n.changed);
		if (first || n.added + n.removed + n.changed)
			rc = store(c, a, by, &now, err);
	}
	sh_listing_release(&now);
	sh_drift_release(&old);
	return rc;
}

static void note_changed(void *arg, const char *name, const char *was, const char *is)
{
	if (was && is)
		sh_listing_add(arg, name, is);
}

int sh_drift_changed_files(struct sh_collect *c, struct sh_listing *out, struct sh_error *err)
{
	struct sh_drift_baseline b = { .by = NULL };
	struct sh_listing now = { 0 };
	int rc = look(c, sh_drift_area("files"), &b, &now, err);

	if (rc > 0)
		sh_listing_compare(&b.items, &now, note_changed, out);
	sh_listing_release(&now);
	sh_drift_release(&b);
	return rc < 0 ? -1 : 0;
}
