/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "collect/host/packages.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/process.h"
#include "collect/text.h"

#define MAX_DATABASE ((size_t)256 << 20)
#define RPM_LIMIT (20 * SH_SEC)

static const char dpkg_path[] = "var/lib/dpkg/status";
static const char apk_path[] = "lib/apk/db/installed";
static const char *const rpm_paths[] = {
	"var/lib/rpm/rpmdb.sqlite", "usr/lib/sysimage/rpm/rpmdb.sqlite", "var/lib/rpm/Packages.db",
	"usr/lib/sysimage/rpm/Packages.db", "var/lib/rpm/Packages", NULL,
};

enum kind { NONE, DPKG, APK, RPM };

static enum kind find_database(struct sh_collect *c, struct stat *st)
{
	if (fstatat(c->root, dpkg_path, st, 0) == 0)
		return DPKG;
	if (fstatat(c->root, apk_path, st, 0) == 0)
		return APK;
	for (size_t i = 0; c->machine && rpm_paths[i]; i++)
		if (fstatat(c->root, rpm_paths[i], st, 0) == 0)
			return RPM;
	return NONE;
}

static int none_here(struct sh_error *err)
{
	return sh_error_set(err, SH_ERRC_UNAVAILABLE, "no data base of packages was found");
}

int sh_packages_stamp(struct sh_collect *c, struct sh_buf *out, struct sh_error *err)
{
	struct stat st;

	sh_buf_clear(out);
	if (find_database(c, &st) == NONE)
		return none_here(err);
	sh_buf_addf(out, "%llu %lld %lld.%09ld", (unsigned long long)st.st_ino,
		    (long long)st.st_size, (long long)st.st_mtim.tv_sec, st.st_mtim.tv_nsec);
	return 0;
}

/* One paragraph; false when it lacks what every one has. */
struct stanza {
	struct sh_span name, status, version, arch, multi;
};

static bool is_there(struct sh_span status)
{
	struct sh_span want, flag, state;

	return sh_text_field(&status, &want) && sh_text_field(&status, &flag) &&
	       sh_text_field(&status, &state) && !sh_span_is(state, "not-installed") &&
	       !sh_span_is(state, "config-files");
}

static int add_stanza(struct sh_listing *out, const struct stanza *s, struct sh_error *err)
{
	SH_CLEANUP_BUF struct sh_buf name = SH_BUF_INIT;

	if (!s->name.len || !s->status.len)
		return sh_error_set(err, SH_ERRC_SYSTEM,
				    "'/%s' is damaged: a package has no name or status", dpkg_path);
	if (!is_there(s->status))
		return 0;
	if (!s->version.len)
		return sh_error_set(err, SH_ERRC_SYSTEM, "'/%s' is damaged: '%.*s' has no version",
				    dpkg_path, (int)s->name.len, s->name.p);
	sh_buf_add(&name, s->name.p, s->name.len);
	/* As dpkg names it: where several may be installed side by side. */
	if (sh_span_is(s->multi, "same")) {
		sh_buf_addch(&name, ':');
		sh_buf_add(&name, s->arch.p, s->arch.len);
	}
	sh_listing_add_spans(out, (struct sh_span){ sh_buf_str(&name), name.len }, s->version);
	return 0;
}

static void take(struct sh_span line, const char *key, struct sh_span *value)
{
	struct sh_span v = sh_text_after(line, key);

	if (v.p)
		*value = v;
}

int sh_packages_parse_dpkg(struct sh_listing *out, struct sh_span text, struct sh_error *err)
{
	struct stanza s = { .name = { "", 0 } };
	struct sh_span line;
	bool open = false;

	while (sh_text_line(&text, &line)) {
		if (!line.len) {
			if (open && add_stanza(out, &s, err) < 0)
				return -1;
			s = (struct stanza){ .name = { "", 0 } };
			open = false;
			continue;
		}
		open = true;
		take(line, "Package: ", &s.name);
		take(line, "Status: ", &s.status);
		take(line, "Version: ", &s.version);
		take(line, "Architecture: ", &s.arch);
		take(line, "Multi-Arch: ", &s.multi);
	}
	/* dpkg ends each paragraph by an empty line, the last one too. */
	if (open || !out->n)
		return sh_error_set(err, SH_ERRC_SYSTEM, "'/%s' is cut short", dpkg_path);
	sh_listing_sort(out);
	return 0;
}

int sh_packages_parse_apk(struct sh_listing *out, struct sh_span text, struct sh_error *err)
{
	struct sh_span line, name = { "", 0 }, version = { "", 0 };

	while (sh_text_line(&text, &line)) {
		take(line, "P:", &name);
		take(line, "V:", &version);
		if (line.len)
			continue;
		if (name.len && version.len)
			sh_listing_add_spans(out, name, version);
		name = version = (struct sh_span){ "", 0 };
	}
	if (name.len || version.len || !out->n)
		return sh_error_set(err, SH_ERRC_SYSTEM, "'/%s' is cut short", apk_path);
	sh_listing_sort(out);
	return 0;
}

int sh_packages_parse_rpm(struct sh_listing *out, struct sh_span text, struct sh_error *err)
{
	struct sh_span line, name, version;

	while (sh_text_line(&text, &line)) {
		struct sh_span none = sh_text_after(line, "gpg-pubkey.");

		if (none.p || !line.len)
			continue;
		if (!sh_text_field(&line, &name) || !sh_text_field(&line, &version))
			return sh_error_set(err, SH_ERRC_SYSTEM, "rpm: the answer is no list of packages");
		none = sh_text_after(version, "0:");
		sh_listing_add_spans(out, name, none.p ? none : version);
	}
	if (!out->n)
		return sh_error_set(err, SH_ERRC_SYSTEM, "rpm: the list of packages is empty");
	sh_listing_sort(out);
	return 0;
}

static int ask_rpm(struct sh_collect *c, struct sh_listing *out, struct sh_error *err)
{
	const char *argv[] = { "/usr/bin/rpm", "-qa", "--qf",
			       "%{NAME}.%{ARCH} %{EPOCHNUM}:%{VERSION}-%{RELEASE}\\n", NULL };
	struct sh_child_options opt = { .argv = argv, .timeout = RPM_LIMIT,
					.give_up = SH_COLLECT_GIVE_UP,
					.max_output = (size_t)16 << 20 };
	struct sh_child child = { 0 };
	int rc;

	if (sh_collect_is_stuck(c, argv[0]))
		return sh_error_set(err, SH_ERRC_SYSTEM, "rpm still gives no answer");
	rc = sh_child_start(&child, &opt, err);
	if (rc == 0)
		rc = sh_child_wait(&child, err);
	if (rc == 0 && child.timed_out)
		rc = sh_error_set(err, SH_ERRC_SYSTEM, "rpm gives no answer within %d s",
				  (int)(RPM_LIMIT / SH_SEC));
	if (rc == 0 && (sh_child_exit_code(&child) != 0 || child.truncated))
		rc = sh_error_set(err, SH_ERRC_SYSTEM, "rpm: exit code %d",
				  sh_child_exit_code(&child));
	if (rc == 0)
		rc = sh_packages_parse_rpm(out, sh_text_of(&child.stdout_data), err);
	sh_collect_end_child(c, argv[0], &child);
	return rc;
}

static int read_text(struct sh_collect *c, const char *path,
		     int (*parse)(struct sh_listing *out, struct sh_span text, struct sh_error *err),
		     struct sh_listing *out, struct sh_error *err)
{
	SH_CLEANUP_BUF struct sh_buf text = SH_BUF_INIT;

	if (sh_file_read(c->root, path, MAX_DATABASE, &text, err) < 0)
		return -1;
	return parse(out, sh_text_of(&text), err);
}

int sh_packages_read(struct sh_collect *c, struct sh_listing *out, struct sh_error *err)
{
	struct stat st;

	switch (find_database(c, &st)) {
	case DPKG:
		return read_text(c, dpkg_path, sh_packages_parse_dpkg, out, err);
	case APK:
		return read_text(c, apk_path, sh_packages_parse_apk, out, err);
	case RPM:
		return ask_rpm(c, out, err);
	case NONE:
		break;
	}
	return none_here(err);
}

int64_t sh_packages_time(struct sh_collect *c, const char *name)
{
	char path[512];
	struct stat st;

	snprintf(path, sizeof(path), "var/lib/dpkg/info/%s.list", name);
	if (fstatat(c->root, path, &st, 0) < 0)
		return 0;
	return sh_clock_of(st.st_mtim);
}
