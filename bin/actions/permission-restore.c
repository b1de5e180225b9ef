/* SPDX-License-Identifier: MIT */
/* permission-restore - give a file the owner and permissions back that the site declares */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "action/action.h"
#include "action/beneath.h"
#include "action/note.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/num.h"

static const struct sh_param params[] = {
	{ "path", SH_PARAM_PATH, true },
	{ "mode", SH_PARAM_STRING, false },  /* octal */
	{ "owner", SH_PARAM_STRING, false }, /* USER, USER:GROUP or :GROUP */
	{ NULL, SH_PARAM_STRING, false },
};

struct wanted {
	const char *path;
	long mode;   /* -1 any */
	int64_t uid, gid; /* -1 any */
	int fd;      /* opened with O_PATH: nothing can be swapped between look and change */
	struct stat st;
};

static int find_user(const char *name, int64_t *uid, struct sh_error *err)
{
	const struct passwd *p = getpwnam(name);

	if (!p && sh_parse_i64(name, uid) < 0)
		return sh_error_set(err, SH_ERRC_CONFIG, "there is no user '%s'", name);
	if (p)
		*uid = p->pw_uid;
	return 0;
}

static int find_group(const char *name, int64_t *gid, struct sh_error *err)
{
	const struct group *g = getgrnam(name);

	if (!g && sh_parse_i64(name, gid) < 0)
		return sh_error_set(err, SH_ERRC_CONFIG, "there is no group '%s'", name);
	if (g)
		*gid = g->gr_gid;
	return 0;
}

static int read_owner(struct wanted *w, const char *owner, struct sh_error *err)
{
	SH_CLEANUP_FREE char *user = sh_strdup(owner);
	char *group = strchr(user, ':');

	if (group)
		*group++ = '\0';
	if (*user && find_user(user, &w->uid, err) < 0)
		return -1;
	return group && *group ? find_group(group, &w->gid, err) : 0;
}

static int read_wanted(struct wanted *w, const json_t *p, struct sh_error *err)
{
	const char *mode = sh_param_str(p, "mode"), *owner = sh_param_str(p, "owner");
	char *end;

	*w = (struct wanted){ .path = sh_param_str(p, "path"), .mode = -1, .uid = -1, .gid = -1, .fd = -1 };
	if (!mode && !owner)
		return sh_error_set(err, SH_ERRC_INPUT, "the site declares neither 'mode' nor 'owner' of '%s'",
				    w->path);
	if (mode) {
		w->mode = strtol(mode, &end, 8);
		if (*end || mode[0] < '0' || mode[0] > '7' || w->mode > 07777)
			return sh_error_set(err, SH_ERRC_INPUT, "'mode' must be octal, such as 0644");
	}
	return owner ? read_owner(w, owner, err) : 0;
}

static int look(struct wanted *w, struct sh_error *err)
{
	w->fd = sh_open_nolink(w->path, O_PATH | O_NOFOLLOW);
	if (w->fd < 0 || fstat(w->fd, &w->st) < 0)
		return sh_error_sys(err, "cannot look at '%s'", w->path);
	if (!S_ISREG(w->st.st_mode) && !S_ISDIR(w->st.st_mode))
		return sh_error_set(err, SH_ERRC_CONFIG, "'%s' is no file or directory", w->path);
	if (S_ISREG(w->st.st_mode) && w->st.st_nlink > 1)
		return sh_error_set(err, SH_ERRC_CONFIG, "'%s' has %lu names: another may be meant", w->path,
				    (unsigned long)w->st.st_nlink);
	return 0;
}

static bool is_as_wanted(const struct wanted *w)
{
	return (w->mode < 0 || (w->st.st_mode & 07777) == (mode_t)w->mode) &&
	       (w->uid < 0 || w->st.st_uid == (uid_t)w->uid) && (w->gid < 0 || w->st.st_gid == (gid_t)w->gid);
}

/* Owner first: it takes set-id bits away. */
static int change(const struct wanted *w, struct sh_error *err)
{
	char self[64];

	snprintf(self, sizeof(self), "/proc/self/fd/%d", w->fd);
	if ((w->uid >= 0 || w->gid >= 0) &&
	    fchownat(w->fd, "", w->uid < 0 ? (uid_t)-1 : (uid_t)w->uid, w->gid < 0 ? (gid_t)-1 : (gid_t)w->gid,
		     AT_EMPTY_PATH) < 0)
		return sh_error_sys(err, "cannot give '%s' its owner back", w->path);
	if (w->mode >= 0 && chmod(self, (mode_t)w->mode) < 0)
		return sh_error_sys(err, "cannot give '%s' its permissions back", w->path);
	return 0;
}

static int restore(const struct sh_action_call *call, const struct wanted *w, json_t *output,
		   struct sh_error *err)
{
	json_t *before = json_pack("{s:i, s:I, s:I}", "mode", (int)(w->st.st_mode & 07777), "uid",
				   (json_int_t)w->st.st_uid, "gid", (json_int_t)w->st.st_gid);
	struct sh_note note;
	int rc;

	json_object_set_new(output, "changed", json_boolean(!is_as_wanted(w)));
	json_object_set_new(output, "before", before);
	if (is_as_wanted(w))
		return 0;
	sh_note_init(&note, "permissions", call);
	rc = sh_note_write(&note, output, err);
	sh_note_release(&note);
	return rc < 0 ? -1 : change(w, err);
}

static int open_wanted(struct wanted *w, const struct sh_action_call *call, struct sh_error *err)
{
	return read_wanted(w, call->parameters, err) < 0 ? -1 : look(w, err);
}

static int run(const struct sh_action_call *call, json_t *output, struct sh_error *err)
{
	struct wanted w;
	int rc = open_wanted(&w, call, err);

	if (rc == 0)
		rc = restore(call, &w, output, err);
	if (w.fd >= 0)
		close(w.fd);
	return rc;
}

static int check(const struct sh_action_call *call, json_t *output, struct sh_error *err)
{
	struct wanted w;
	int rc = open_wanted(&w, call, err);

	if (rc == 0)
		sh_action_state(output, is_as_wanted(&w) ? "done" : "not_done");
	if (w.fd >= 0)
		close(w.fd);
	return rc;
}

static bool is_one_of(int64_t now, int64_t before, int64_t wanted)
{
	return now == before || (wanted >= 0 && now == wanted);
}

/* As the run left it, or left it half way; a new owner takes the set-id bits away. */
static bool is_of_the_run(const struct wanted *w, int64_t mode, int64_t uid, int64_t gid)
{
	int64_t now = w->st.st_mode & 07777;

	return is_one_of(w->st.st_uid, uid, w->uid) && is_one_of(w->st.st_gid, gid, w->gid) &&
	       (is_one_of(now, mode, w->mode) || now == (mode & ~06000) || (w->mode >= 0 && now == (w->mode & ~06000)));
}

static int put_back(struct wanted *w, const json_t *known, struct sh_error *err)
{
	const json_t *before = sh_param_json(known, "before");
	int64_t mode = sh_param_int(before, "mode", -1), uid = sh_param_int(before, "uid", -1);
	int64_t gid = sh_param_int(before, "gid", -1);

	if (!before || !sh_param_bool(known, "changed"))
		return 0;
	if (mode < 0 || uid < 0 || gid < 0)
		return sh_error_set(err, SH_ERRC_INPUT, "what is to be undone is not whole");
	if (!is_of_the_run(w, mode, uid, gid))
		return sh_error_set(err, SH_ERRC_CONFIG, "'%s' was changed since", w->path);
	w->mode = (long)mode;
	w->uid = uid;
	w->gid = gid;
	return change(w, err);
}

static int take_back(const struct sh_action_call *call, const json_t *known, struct sh_error *err)
{
	struct wanted w;
	int rc = open_wanted(&w, call, err);

	if (rc == 0)
		rc = put_back(&w, known, err);
	if (w.fd >= 0)
		close(w.fd);
	return rc;
}

static int undo(const struct sh_action_call *call, json_t *output, struct sh_error *err)
{
	return sh_note_undo("permissions", "before", take_back, call, output, err);
}

int main(int argc, char **argv)
{
	static const struct sh_action action = { "permission-restore", params, run, check, undo };

	return sh_action_main(&action, argc, argv);
}
