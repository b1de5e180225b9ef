/* SPDX-License-Identifier: MIT */
/*
 * dns-fallback - ask another name server first while those of resolv.conf are silent
 *
 * Only when none of them answers, and only for one that does: both are asked in
 * the moment. Undo puts the file back, if nobody changed it since.
 */
#include "config.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

#include "action/action.h"
#include "action/note.h"
#include "action/replace.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"

#define RESOLV_CONF "/etc/resolv.conf"
#define ANSWER_MS 1500
#define TRIES 2
#define MAX_NAME 200
#define MAX_SERVERS 8

static const struct sh_param params[] = {
	{ "dns", SH_PARAM_OBJECT, true },
	{ NULL, SH_PARAM_STRING, false },
};

static const struct sh_param dns_params[] = {
	{ "fallback", SH_PARAM_STRINGS, true },
	{ "name", SH_PARAM_STRING, true }, /* what is asked for */
	{ "file", SH_PARAM_PATH, false },
	{ NULL, SH_PARAM_STRING, false },
};

union address {
	struct sockaddr any;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
};

static socklen_t parse_address(const char *text, union address *out)
{
	memset(out, 0, sizeof(*out));
	if (inet_pton(AF_INET, text, &out->v4.sin_addr) == 1) {
		out->v4.sin_family = AF_INET;
		out->v4.sin_port = htons(53);
		return sizeof(out->v4);
	}
	if (inet_pton(AF_INET6, text, &out->v6.sin6_addr) == 1) {
		out->v6.sin6_family = AF_INET6;
		out->v6.sin6_port = htons(53);
		return sizeof(out->v6);
	}
	return 0;
}

/* RFC 1035, 4.1: one question for the addresses of NAME. Returns its length, 0 for no name. */
static size_t write_query(unsigned char *q, const char *name, unsigned id)
{
	size_t at = 12;

	memset(q, 0, 12);
	q[0] = (unsigned char)(id >> 8);
	q[1] = (unsigned char)id;
	q[2] = 1; /* recursion desired */
	q[5] = 1;
	while (*name) {
		size_t len = strcspn(name, ".");

		if (!len || len > 63 || at + len > MAX_NAME)
			return 0;
		q[at++] = (unsigned char)len;
		memcpy(q + at, name, len);
		at += len;
		name += len + (name[len] == '.');
	}
	memcpy(q + at, "\0\0\1\0\1", 5);
	return at + 5;
}

/* Any proper answer counts, that there is no such name too. */
static bool is_answer(const unsigned char *a, ssize_t n, unsigned id)
{
	return n >= 12 && a[0] == (id >> 8 & 0xFF) && a[1] == (id & 0xFF) && (a[2] & 0x80) &&
	       ((a[3] & 15) == 0 || (a[3] & 15) == 3);
}

static bool ask_once(const union address *to, socklen_t len, const char *name)
{
	unsigned char query[MAX_NAME + 32], answer[1500];
	SH_CLEANUP_FD int fd = socket(to->any.sa_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct pollfd p = { .fd = fd, .events = POLLIN };
	unsigned short id;
	size_t n;

	if (getrandom(&id, sizeof(id), 0) != (ssize_t)sizeof(id))
		return false;
	n = write_query(query, name, id);
	if (!n || fd < 0 || connect(fd, &to->any, len) < 0 || send(fd, query, n, 0) < 0)
		return false;
	return poll(&p, 1, ANSWER_MS) == 1 && is_answer(answer, recv(fd, answer, sizeof(answer), 0), id);
}

static bool answers(const char *server, const char *name)
{
	union address to;
	socklen_t len = parse_address(server, &to);

	for (int i = 0; len && i < TRIES; i++)
		if (ask_once(&to, len, name))
			return true;
	return false;
}

struct job {
	const json_t *dns;
	const char *path;
	struct sh_replace file;
	struct sh_buf content;
};

/* The I-th server of the file, false when there are fewer. */
static bool server_of(const struct sh_buf *content, size_t i, char out[64])
{
	for (const char *line = sh_buf_str(content); line && *line;
	     line = strchr(line, '\n') ? strchr(line, '\n') + 1 : NULL)
		if (sscanf(line, "nameserver %63s", out) == 1 && i-- == 0)
			return true;
	return false;
}

static int open_job(struct job *j, const struct sh_action_call *call, struct sh_error *err)
{
	union address a;
	json_t *s;
	size_t i;

	*j = (struct job){ .dns = sh_param_json(call->parameters, "dns"), .file.dir = -1 };
	if (sh_params_check(j->dns, dns_params, "dns", err) < 0)
		return -1;
	j->path = sh_param_str(j->dns, "file") ? sh_param_str(j->dns, "file") : RESOLV_CONF;
	if (json_array_size(sh_param_json(j->dns, "fallback")) == 0)
		return sh_error_set(err, SH_ERRC_INPUT, "'fallback' names no server");
	json_array_foreach((json_t *)(uintptr_t)sh_param_json(j->dns, "fallback"), i, s)
		if (!parse_address(json_string_value(s), &a))
			return sh_error_set(err, SH_ERRC_INPUT, "'%.60s' is no address of a server",
					    json_string_value(s));
	return sh_replace_open(&j->file, j->path, &j->content, err);
}

static void release(struct job *j)
{
	sh_replace_release(&j->file);
	sh_buf_release(&j->content);
}

static bool is_fallback(const struct job *j, const char *server)
{
	json_t *s;
	size_t i;

	json_array_foreach((json_t *)(uintptr_t)sh_param_json(j->dns, "fallback"), i, s)
		if (!strcmp(json_string_value(s), server))
			return true;
	return false;
}

/* None of those in use answers; the first of the others that does is taken. */
static const char *choose(const struct job *j, struct sh_error *err)
{
	const char *name = sh_param_str(j->dns, "name");
	union address a;
	char server[64];
	json_t *s;
	size_t i;

	for (i = 0; i < MAX_SERVERS && server_of(&j->content, i, server); i++)
		if (!parse_address(server, &a)) { /* with a zone, such as fe80::1%eth0 */
			sh_error_set_(err, SH_ERRC_UNAVAILABLE, 0,
				      "whether the name server %s answers cannot be told", server);
			return NULL;
		} else if (answers(server, name)) {
			sh_error_set_(err, SH_ERRC_UNAVAILABLE, 0, "the name server %s answers: nothing is changed",
				      server);
			return NULL;
		}
	json_array_foreach((json_t *)(uintptr_t)sh_param_json(j->dns, "fallback"), i, s)
		if (answers(json_string_value(s), name))
			return json_string_value(s);
	sh_error_set_(err, SH_ERRC_UNAVAILABLE, 0, "no other name server answers either");
	return NULL;
}

static int install(struct job *j, const struct sh_buf *content, struct sh_error *err)
{
	const struct stat before = j->file.before;

	if (!j->file.existed)
		return sh_error_set(err, SH_ERRC_UNAVAILABLE, "there is no '%s'", j->path);
	if (sh_replace_prepare(&j->file, content, before.st_mode, before.st_uid, before.st_gid, err) < 0)
		return -1;
	return sh_replace_install(&j->file, err);
}

static int fall_back(struct job *j, const struct sh_note *note, json_t *output, struct sh_error *err)
{
	SH_CLEANUP_BUF struct sh_buf new = SH_BUF_INIT;
	const char *server = choose(j, err);
	char after[SH_SHA256_TEXT];

	if (!server)
		return -1;
	sh_buf_addf(&new, "nameserver %s\n", server);
	sh_buf_add(&new, sh_buf_str(&j->content), j->content.len);
	sh_content_digest(&new, after);
	json_object_set_new(output, "server", json_string(server));
	json_object_set_new(output, "sha256_after", json_string(after));
	json_object_set_new(output, "before", sh_action_text(sh_buf_str(&j->content)));
	return sh_note_write(note, output, err) < 0 ? -1 : install(j, &new, err);
}

static int run(const struct sh_action_call *call, json_t *output, struct sh_error *err)
{
	struct sh_note note;
	struct job j;
	int rc = open_job(&j, call, err);

	sh_note_init(&note, "dns", call);
	if (rc == 0)
		rc = fall_back(&j, &note, output, err);
	sh_note_release(&note);
	release(&j);
	return rc;
}

static int check(const struct sh_action_call *call, json_t *output, struct sh_error *err)
{
	char first[64];
	struct job j;
	int rc = open_job(&j, call, err);

	if (rc == 0)
		sh_action_state(output, server_of(&j.content, 0, first) && is_fallback(&j, first) ? "done"
												 : "not_done");
	release(&j);
	return rc;
}

static int put_back(struct job *j, const json_t *known, struct sh_error *err)
{
	const char *before = sh_param_str(known, "before"), *after = sh_param_str(known, "sha256_after");
	SH_CLEANUP_BUF struct sh_buf old = SH_BUF_INIT;

	if (!before || !after || strcmp(j->file.sha256, after))
		return sh_error_set(err, SH_ERRC_CONFIG, "'%s' was changed since", j->path);
	sh_buf_addstr(&old, before);
	return install(j, &old, err);
}

static int take_back(const struct sh_action_call *call, const json_t *known, struct sh_error *err)
{
	struct job j;
	int rc = open_job(&j, call, err);

	if (rc == 0)
		rc = put_back(&j, known, err);
	release(&j);
	return rc;
}

static int undo(const struct sh_action_call *call, json_t *output, struct sh_error *err)
{
	return sh_note_undo("dns", "before", take_back, call, output, err);
}

int main(int argc, char **argv)
{
	static const struct sh_action action = { "dns-fallback", params, run, check, undo };

	return sh_action_main(&action, argc, argv);
}
