/* SPDX-License-Identifier: MIT */
/*
 * filesystem-remount - make a file system writable again that nobody meant to be read-only
 *
 * Only where it is known why it is not: one that the kernel made read-only
 * because of errors, one on a device that takes no writes, and one that fstab
 * wants so stay as they are. What cannot be told is a refusal.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <mntent.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "action/action.h"
#include "action/mounts.h"
#include "action/note.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"

/* A file system that is broken falls back at its first writes. */
#define SETTLE (300 * SH_MS)

static const struct sh_param params[] = {
	{ "mount", SH_PARAM_PATH, true },
	{ "remount", SH_PARAM_BOOLEAN, true },
	{ NULL, SH_PARAM_STRING, false },
};

static int find(const char *place, struct sh_mounted *m, struct sh_error *err)
{
	int rc = sh_mounts_find(place, m, err);

	if (rc == 0)
		return sh_error_set(err, SH_ERRC_UNAVAILABLE, "nothing is mounted at '%s'", place);
	return rc < 0 ? -1 : 0;
}

/* After an error newer kernels leave "rw" there and add emergency_ro or shutdown. */
static bool is_read_only(const struct sh_mounted *m)
{
	return sh_mounts_has_option(m->options, "ro") || sh_mounts_has_option(m->super, "ro") ||
	       sh_mounts_has_option(m->super, "emergency_ro") ||
	       sh_mounts_has_option(m->super, "shutdown");
}

/* The first line of a file below /sys; false where there is none. */
static bool read_sys(const char *path, struct sh_buf *out)
{
	struct sh_error ignored = SH_ERROR_INIT;

	if (sh_file_read(AT_FDCWD, path, 4096, out, &ignored) < 0 || !out->len)
		return false;
	out->data[strcspn(out->data, "\n")] = '\0';
	return true;
}

static int check_device(const struct sh_mounted *m, struct sh_error *err)
{
	SH_CLEANUP_FREE char *dir = sh_asprintf("/sys/dev/block/%u:%u", major(m->dev), minor(m->dev));
	SH_CLEANUP_FREE char *ro = sh_asprintf("%s/ro", dir), *state = sh_asprintf("%s/device/state", dir);
	SH_CLEANUP_BUF struct sh_buf text = SH_BUF_INIT;

	if (major(m->dev) == 0)
		return 0;
	if (!read_sys(ro, &text))
		return sh_error_set(err, SH_ERRC_UNAVAILABLE, "the state of the device of '%s' cannot be told",
				    m->source);
	if (strcmp(text.data, "0"))
		return sh_error_set(err, SH_ERRC_CONFIG, "the device '%s' takes no writes", m->source);
	if (read_sys(state, &text) && strcmp(text.data, "running") && strcmp(text.data, "live"))
		return sh_error_set(err, SH_ERRC_CONFIG, "the device '%s' is %s", m->source, text.data);
	return 0;
}

/* ext4 counts its errors, over mounts too, until a check has mended them. */
static int check_errors(const struct sh_mounted *m, struct sh_error *err)
{
	SH_CLEANUP_BUF struct sh_buf text = SH_BUF_INIT;
	SH_CLEANUP_FREE char *link = sh_asprintf("/sys/dev/block/%u:%u", major(m->dev), minor(m->dev));
	SH_CLEANUP_FREE char *path = NULL;
	char device[256];
	ssize_t n;

	if (!strcmp(m->type, "tmpfs") || !strcmp(m->type, "xfs"))
		return 0; /* the one has no errors; the other shuts down and refuses by itself */
	if (strcmp(m->type, "ext4") && strcmp(m->type, "ext3") && strcmp(m->type, "ext2"))
		return sh_error_set(err, SH_ERRC_UNAVAILABLE,
				    "why a file system of type %s is read-only cannot be told", m->type);
	n = readlink(link, device, sizeof(device) - 1);
	if (n <= 0)
		return sh_error_sys(err, "cannot read '%s'", link);
	device[n] = '\0';
	path = sh_asprintf("/sys/fs/ext4/%s/errors_count", strrchr(device, '/') ? strrchr(device, '/') + 1 : device);
	if (!read_sys(path, &text))
		return sh_error_set(err, SH_ERRC_UNAVAILABLE, "'%s' does not tell about errors", path);
	if (strcmp(text.data, "0"))
		return sh_error_set(err, SH_ERRC_CONFIG,
				    "the file system has %s errors: it must be checked, not written to", text.data);
	return 0;
}

static int check_fstab(const char *place, struct sh_error *err)
{
	FILE *f = setmntent("/etc/fstab", "re");
	struct mntent m;
	char buf[8192];
	bool wanted = false;

	while (f && getmntent_r(f, &m, buf, sizeof(buf)))
		wanted |= !strcmp(m.mnt_dir, place) && hasmntopt(&m, "ro");
	if (f)
		endmntent(f);
	return wanted ? sh_error_set(err, SH_ERRC_CONFIG, "/etc/fstab wants '%s' read-only", place) : 0;
}

struct flag {
	const char *word;
	unsigned long flag;
};

static unsigned long flags_in(const char *options, const struct flag *known)
{
	unsigned long flags = 0;

	for (; known->word; known++)
		if (sh_mounts_has_option(options, known->word))
			flags |= known->flag;
	return flags;
}

/* What the mount keeps, and its file system: only the one bit is changed. */
static unsigned long flags_of(const struct sh_mounted *m)
{
	static const struct flag of_mount[] = {
		{ "nosuid", MS_NOSUID },     { "nodev", MS_NODEV },	      { "noexec", MS_NOEXEC },
		{ "noatime", MS_NOATIME },   { "nodiratime", MS_NODIRATIME }, { "relatime", MS_RELATIME },
		{ "nosymfollow", 256 },      { NULL, 0 },
	};
	static const struct flag of_system[] = {
		{ "sync", MS_SYNCHRONOUS }, { "dirsync", MS_DIRSYNC }, { "lazytime", MS_LAZYTIME },
		{ "mand", MS_MANDLOCK },    { "i_version", MS_I_VERSION }, { NULL, 0 },
	};

	return flags_in(m->options, of_mount) | flags_in(m->super, of_system);
}

/* Of the file system, of this mount of it, or of both. */
static int remount(const char *place, const struct sh_mounted *m, bool super, bool bind, unsigned long ro,
		   struct sh_error *err)
{
	unsigned long flags = flags_of(m) | ro | MS_REMOUNT;

	if (super && mount(NULL, place, NULL, flags, NULL) < 0)
		return sh_error_sys(err, "cannot remount '%s'", place);
	if (bind && mount(NULL, place, NULL, flags | MS_BIND, NULL) < 0)
		return sh_error_sys(err, "cannot remount '%s'", place);
	return 0;
}

static int make_writable(const struct sh_action_call *call, const struct sh_mounted *m, json_t *output,
			 struct sh_error *err)
{
	const char *place = sh_param_str(call->parameters, "mount");
	bool super = sh_mounts_has_option(m->super, "ro"), bind = sh_mounts_has_option(m->options, "ro");
	struct sh_mounted after;
	struct sh_note note;
	int rc;

	json_object_set_new(output, "file_system", json_boolean(super));
	json_object_set_new(output, "this_mount", json_boolean(bind));
	sh_note_init(&note, "remounted", call);
	rc = sh_note_write(&note, output, err);
	sh_note_release(&note);
	if (rc < 0 || remount(place, m, super, bind, 0, err) < 0)
		return -1;
	sh_clock_sleep(SETTLE);
	if (find(place, &after, err) < 0)
		return -1;
	return is_read_only(&after) ?
		       sh_error_set(err, SH_ERRC_SYSTEM, "'%s' is read-only again", place) : 0;
}

static int run(const struct sh_action_call *call, json_t *output, struct sh_error *err)
{
	const char *place = sh_param_str(call->parameters, "mount");
	struct sh_mounted m;

	if (!sh_param_bool(call->parameters, "remount"))
		return sh_error_set(err, SH_ERRC_CONFIG, "the site does not allow to remount '%s'", place);
	if (find(place, &m, err) < 0)
		return -1;
	if (!is_read_only(&m))
		return sh_error_set(err, SH_ERRC_UNAVAILABLE, "'%s' is not read-only", place);
	if (check_fstab(place, err) < 0 || check_device(&m, err) < 0 || check_errors(&m, err) < 0)
		return -1;
	return make_writable(call, &m, output, err);
}

static int check(const struct sh_action_call *call, json_t *output, struct sh_error *err)
{
	struct sh_mounted m;

	if (find(sh_param_str(call->parameters, "mount"), &m, err) < 0)
		return -1;
	sh_action_state(output, is_read_only(&m) ? "not_done" : "done");
	return 0;
}

static int make_read_only(const struct sh_action_call *call, const json_t *known, struct sh_error *err)
{
	const char *place = sh_param_str(call->parameters, "mount");
	struct sh_mounted m;

	if (find(place, &m, err) < 0)
		return -1;
	return is_read_only(&m) ? 0 : remount(place, &m, sh_param_bool(known, "file_system"),
					      sh_param_bool(known, "this_mount"), MS_RDONLY, err);
}

static int undo(const struct sh_action_call *call, json_t *output, struct sh_error *err)
{
	return sh_note_undo("remounted", "this_mount", make_read_only, call, output, err);
}

int main(int argc, char **argv)
{
	static const struct sh_action action = { "filesystem-remount", params, run, check, undo };

	return sh_action_main(&action, argc, argv);
}
