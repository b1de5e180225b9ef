/* SPDX-License-Identifier: MIT */
/*
 * upstream-set - take a server out of an upstream of nginx, or let it serve again
 *
 * By the word "down" on its line of a file that the site declares, which nginx
 * includes; nginx tests it, and is told. The last server that serves is never
 * taken. What nginx refuses is put back at once; undo puts the file back, if nobody
 * changed it since.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "action/action.h"
#include "action/command.h"
#include "action/note.h"
#include "action/replace.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/mem.h"
#include "base/span.h"

#define TIMEOUT (20 * SH_SEC)

static const struct sh_param params[] = {
	{ "upstream", SH_PARAM_OBJECT, true },
	{ "state", SH_PARAM_STRING, true },
	{ NULL, SH_PARAM_STRING, false },
};

static const struct sh_param upstream_params[] = {
	{ "file", SH_PARAM_PATH, true },
	{ "server", SH_PARAM_STRING, true }, /* as it stands in the file */
	{ "test", SH_PARAM_ARGV, true },
	{ "reload", SH_PARAM_ARGV, true },
	{ NULL, SH_PARAM_STRING, false },
};

struct job {
	const json_t *upstream;
	const char *path, *server;
	bool take; /* the state that is wanted is down */
	struct sh_replace file;
	struct sh_buf content;
};

/* "server ADDRESS [WORD]... ;" and nothing else but a comment on its line. */
struct line {
	struct sh_span address;
	const char *end; /* the ';' */
	const char *down; /* the word, NULL none */
	bool serves;
};

static int open_job(struct job *j, const struct sh_action_call *call, struct sh_error *err)
{
	const char *state = sh_param_str(call->parameters, "state");

	*j = (struct job){ .upstream = sh_param_json(call->parameters, "upstream"), .file.dir = -1 };
	if (sh_params_check(j->upstream, upstream_params, "upstream", err) < 0)
		return -1;
	if (strcmp(state, "down") && strcmp(state, "ready"))
		return sh_error_set(err, SH_ERRC_INPUT, "'state' must be down or ready");
	j->take = !strcmp(state, "down");
	j->path = sh_param_str(j->upstream, "file");
	j->server = sh_param_str(j->upstream, "server");
	if (!*j->server || strpbrk(j->server, " \t\n;#{}"))
		return sh_error_set(err, SH_ERRC_INPUT, "'%.80s' is no address of a server", j->server);
	return sh_replace_open(&j->file, j->path, &j->content, err);
}

static void release(struct job *j)
{
	sh_replace_release(&j->file);
	sh_buf_release(&j->content);
}

static const char *skip(const char *p)
{
	return p + strspn(p, " \t");
}

/* 1 a server, 0 something else, -1 a server in words that are not understood. */
static int read_line(const char *text, struct line *out)
{
	const char *p = skip(text);

	*out = (struct line){ .serves = true };
	if (strncmp(p, "server", 6) || !strchr(" \t", p[6]) || !p[6])
		return 0;
	p = skip(p + 6);
	out->address = (struct sh_span){ p, strcspn(p, " \t;#{\n") };
	for (p = skip(p + out->address.len); *p && !strchr(";#{\n", *p); p = skip(p)) {
		size_t len = strcspn(p, " \t;#{\n");

		if (len == 4 && !strncmp(p, "down", 4))
			out->down = p;
		out->serves &= !(len == 4 && !strncmp(p, "down", 4)) && !(len == 6 && !strncmp(p, "backup", 6));
		p += len;
	}
	out->end = p;
	p = *p == ';' ? skip(p + 1) : NULL;
	return p && out->address.len && (!*p || *p == '\n' || *p == '#') ? 1 : -1;
}

static const char *next(const char *text)
{
	const char *end = strchr(text, '\n');

	return end ? end + 1 : NULL;
}

/* The one line of the server; *OTHERS: how many others serve. */
static int find(const struct job *j, struct line *out, size_t *others, struct sh_error *err)
{
	size_t found = 0;

	*others = 0;
	for (const char *text = sh_buf_str(&j->content); text && *text; text = next(text)) {
		struct line l;
		int rc = read_line(text, &l);

		if (rc < 0)
			return sh_error_set(err, SH_ERRC_CONFIG, "'%s' holds a line that cannot be understood: %.*s",
					    j->path, (int)strcspn(text, "\n"), text);
		if (rc == 0)
			continue;
		if (!sh_span_is(l.address, j->server)) {
			*others += l.serves;
			continue;
		}
		*out = l;
		found++;
	}
	return found == 1 ? 0 : sh_error_set(err, SH_ERRC_UNAVAILABLE, "'%s' has %zu lines of server '%s'", j->path,
					     found, j->server);
}

static int install(struct job *j, const struct sh_buf *content, struct sh_error *err)
{
	const struct stat before = j->file.before;

	if (sh_replace_prepare(&j->file, content, before.st_mode, before.st_uid, before.st_gid, err) < 0)
		return -1;
	return sh_replace_install(&j->file, err);
}

static int execute(const struct job *j, const char *what, struct sh_error *err)
{
	const char **argv = sh_param_argv(j->upstream, what);
	int rc = sh_command_run(argv, NULL, TIMEOUT, NULL, NULL, err);

	free(argv);
	return rc;
}

/* The file as it was before, after nginx refused the new one; the error stays that. */
static void put_old(const struct job *j)
{
	struct sh_error ignored = SH_ERROR_INIT;
	SH_CLEANUP_BUF struct sh_buf new = SH_BUF_INIT;
	struct job again = { .path = j->path, .file.dir = -1 };

	if (sh_replace_open(&again.file, j->path, &new, &ignored) == 0)
		install(&again, &j->content, &ignored);
	release(&again);
}

static int exchange(struct job *j, const struct sh_buf *content, struct sh_error *err)
{
	if (install(j, content, err) < 0)
		return -1;
	if (execute(j, "test", err) == 0 && execute(j, "reload", err) == 0)
		return 0;
	put_old(j);
	return -1;
}

/* The content with the word put in or taken out. */
static void edit(const struct job *j, const struct line *l, struct sh_buf *out)
{
	const char *text = sh_buf_str(&j->content), *from = l->end, *rest = l->end;

	if (!j->take) {
		rest = l->down + 4;
		for (from = l->down; from > text && strchr(" \t", from[-1]); from--)
			;
	}
	sh_buf_add(out, text, (size_t)(from - text));
	if (j->take)
		sh_buf_addstr(out, " down");
	sh_buf_addstr(out, rest);
}

static int change(struct job *j, const struct sh_action_call *call, json_t *output, struct sh_error *err)
{
	SH_CLEANUP_BUF struct sh_buf new = SH_BUF_INIT;
	char after[SH_SHA256_TEXT];
	struct sh_note note;
	struct line l;
	size_t others;
	int rc;

	if (find(j, &l, &others, err) < 0)
		return -1;
	if (!l.down == !j->take)
		return sh_error_set(err, SH_ERRC_UNAVAILABLE, "server '%s' is %s already", j->server,
				    j->take ? "down" : "ready");
	if (j->take && !others)
		return sh_error_set(err, SH_ERRC_CONFIG, "no other server of '%s' serves: '%s' stays", j->path,
				    j->server);
	edit(j, &l, &new);
	sh_content_digest(&new, after);
	json_object_set_new(output, "sha256_after", json_string(after));
	json_object_set_new(output, "before", sh_action_text(sh_buf_str(&j->content)));
	sh_note_init(&note, "upstreams", call);
	rc = sh_note_write(&note, output, err);
	sh_note_release(&note);
	return rc < 0 ? -1 : exchange(j, &new, err);
}

static int run(const struct sh_action_call *call, json_t *output, struct sh_error *err)
{
	struct job j;
	int rc = open_job(&j, call, err);

	if (rc == 0)
		rc = change(&j, call, output, err);
	release(&j);
	return rc;
}

/* Whether nginx was told does not show; once more does no harm. */
static int check(const struct sh_action_call *call, json_t *output, struct sh_error *err)
{
	struct line l = { .end = NULL };
	size_t others;
	struct job j;
	int rc = open_job(&j, call, err);

	if (rc == 0)
		rc = find(&j, &l, &others, err);
	if (rc == 0)
		sh_action_state(output, !l.down == j.take ? "not_done" : "unknown");
	release(&j);
	return rc;
}

static int put_back(const struct sh_action_call *call, const json_t *known, struct sh_error *err)
{
	const char *before = sh_param_str(known, "before"), *after = sh_param_str(known, "sha256_after");
	SH_CLEANUP_BUF struct sh_buf old = SH_BUF_INIT;
	struct job j;
	int rc = open_job(&j, call, err);

	if (rc == 0 && (!before || !after || strcmp(j.file.sha256, after)))
		rc = sh_error_set(err, SH_ERRC_CONFIG, "'%s' was changed since", j.path);
	if (rc == 0) {
		sh_buf_addstr(&old, before);
		rc = exchange(&j, &old, err);
	}
	release(&j);
	return rc;
}

static int undo(const struct sh_action_call *call, json_t *output, struct sh_error *err)
{
	return sh_note_undo("upstreams", "before", put_back, call, output, err);
}

int main(int argc, char **argv)
{
	static const struct sh_action action = { "upstream-set", params, run, check, undo };

	return sh_action_main(&action, argc, argv);
}
