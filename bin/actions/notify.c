/* SPDX-License-Identifier: MIT */
/* notify - tell people: a line in a file, a command, or mail */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "action/action.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/process.h"

#define TIMEOUT (20 * SH_SEC)
#define MAX_TEXT 65536
#define MAX_TAIL (1 << 20) /* check looks at the last of the file */

static const struct sh_param params[] = {
	{ "text", SH_PARAM_STRING, true },
	{ "subject", SH_PARAM_STRING, false },
	{ "severity", SH_PARAM_STRING, false },
	{ "record", SH_PARAM_OBJECT, false },
	{ "file", SH_PARAM_PATH, false },
	{ "command", SH_PARAM_ARGV, false },
	{ "mail", SH_PARAM_STRINGS, false },
	{ "mail_from", SH_PARAM_STRING, false },
	{ NULL, SH_PARAM_STRING, false },
};

static int check_ways(const json_t *p, struct sh_error *err)
{
	if (!sh_param_json(p, "file") && !sh_param_json(p, "command") && !sh_param_json(p, "mail"))
		return sh_error_set(err, SH_ERRC_INPUT, "one of 'file', 'command' and 'mail' is required");
	if (strlen(sh_param_str(p, "text")) > MAX_TEXT)
		return sh_error_set(err, SH_ERRC_INPUT, "'text' is longer than %d bytes", MAX_TEXT);
	return 0;
}

/* The notice itself: one JSON object, so that a text with newlines stays one line. */
static char *make_line(const struct sh_action_call *call)
{
	const json_t *p = call->parameters;
	const char *severity = sh_param_str(p, "severity");
	const json_t *record = sh_param_json(p, "record");
	json_auto_t *line = json_object();
	char now[SH_TIME_TEXT];

	sh_time_format(now, sh_clock_wall());
	json_object_set_new(line, "kind", json_string("notice"));
	json_object_set_new(line, "time", json_string(now));
	if (severity)
		json_object_set_new(line, "severity", json_string(severity));
	json_object_set_new(line, "text", json_string(sh_param_str(p, "text")));
	if (call->plan)
		json_object_set_new(line, "about", json_string(call->plan));
	if (call->target)
		json_object_set_new(line, "target", json_string(call->target));
	if (record)
		json_object_set(line, "record", (json_t *)(uintptr_t)record);
	return json_dumps(line, JSON_COMPACT | JSON_REAL_PRECISION(15));
}

static int open_file(const char *path, int flags, struct sh_error *err)
{
	int fd = open(path, flags | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY, 0640);
	struct stat st;

	if (fd < 0)
		return sh_error_sys(err, "cannot open '%s'", path);
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode))
		return fd;
	close(fd);
	return sh_error_set(err, SH_ERRC_CONFIG, "'%s' is not a regular file", path);
}

static int to_file(const char *path, const char *line, struct sh_error *err)
{
	SH_CLEANUP_FREE char *text = sh_asprintf("%s\n", line);
	SH_CLEANUP_FD int fd = open_file(path, O_WRONLY | O_CREAT | O_APPEND, err);
	size_t len = strlen(text);
	ssize_t n;

	if (fd < 0)
		return -1;
	flock(fd, LOCK_EX); /* readers of ours never see half a line; strangers get O_APPEND */
	n = write(fd, text, len);
	if (n >= 0 && (size_t)n < len) {
		off_t end = lseek(fd, 0, SEEK_END);

		if (ftruncate(fd, end - n) == 0)
			errno = ENOSPC;
		n = -1;
	}
	if (n < 0 || fsync(fd) < 0)
		return sh_error_sys(err, "cannot write '%s'", path);
	return 0;
}

static int run_program(const char *const *argv, const char *input, size_t len, struct sh_error *err)
{
	const struct sh_child_options opt = {
		.argv = argv, .stdin_data = input, .stdin_len = len, .timeout = TIMEOUT,
	};
	struct sh_child c;
	int rc;

	if (sh_child_start(&c, &opt, err) < 0)
		return -1;
	rc = sh_child_wait(&c, err);
	if (rc == 0 && (c.timed_out || sh_child_exit_code(&c) != 0)) {
		const char *said = sh_buf_str(&c.stderr_data);

		rc = sh_error_set(err, SH_ERRC_SYSTEM, "'%s' %s %d: %.*s", argv[0],
				  c.timed_out ? "timed out with" : "exited with",
				  sh_child_exit_code(&c), (int)strcspn(said, "\n"), said);
	}
	sh_child_release(&c);
	return rc;
}

/* An address that can be nothing but one: no blank, comma, control character or option. */
static bool is_address(const char *s)
{
	if (!*s || *s == '-' || strlen(s) > 254)
		return false;
	for (; *s; s++)
		if ((unsigned char)*s <= ' ' || (unsigned char)*s >= 0x7f || strchr(",;:<>()[]\\\"|`", *s))
			return false;
	return true;
}

/* Header text: control characters become blanks, so no header can be added; not ASCII is encoded. */
static void add_header_text(struct sh_buf *b, const char *s)
{
	static const char hex[] = "0123456789ABCDEF";
	bool plain = true;
	size_t n = 0;

	for (const char *p = s; *p; p++)
		plain &= (unsigned char)*p < 0x7f && strncmp(p, "=?", 2) != 0;
	if (!plain)
		sh_buf_addstr(b, "=?UTF-8?Q?");
	for (; *s && n < 200; s++, n++) {
		unsigned char c = (unsigned char)*s;

		if (c < ' ' || c == 0x7f)
			c = ' ';
		if (plain || (c > ' ' && c < 0x7f && c != '=' && c != '?' && c != '_'))
			sh_buf_addch(b, (char)c);
		else
			sh_buf_addf(b, "=%c%c", hex[c >> 4], hex[c & 15]);
	}
	if (!plain)
		sh_buf_addstr(b, "?=");
}

static int make_mail(const struct sh_action_call *call, struct sh_buf *b, struct sh_error *err)
{
	const json_t *p = call->parameters, *to = sh_param_json(p, "mail");
	const char *from = sh_param_str(p, "mail_from"), *subject = sh_param_str(p, "subject");
	size_t i;
	json_t *item;

	if (json_array_size(to) == 0 || (from && !is_address(from)))
		return sh_error_set(err, SH_ERRC_INPUT, "'mail' or 'mail_from' is no address");
	if (from)
		sh_buf_addf(b, "From: %s\n", from);
	json_array_foreach((json_t *)(uintptr_t)to, i, item) {
		if (!is_address(json_string_value(item)))
			return sh_error_set(err, SH_ERRC_INPUT, "'mail' holds what is no address");
		sh_buf_addf(b, "%s%s", i ? ", " : "To: ", json_string_value(item));
	}
	sh_buf_addstr(b, "\nSubject: ");
	add_header_text(b, subject ? subject : call->target ? call->target : "selfheal");
	if (call->plan) {
		sh_buf_addstr(b, "\nX-Selfheal-Plan: ");
		add_header_text(b, call->plan);
	}
	sh_buf_addstr(b, "\nMIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\n"
			 "Content-Transfer-Encoding: 8bit\n\n");
	sh_buf_addstr(b, sh_param_str(p, "text"));
	sh_buf_addch(b, '\n');
	return 0;
}

static int by_mail(const struct sh_action_call *call, struct sh_error *err)
{
	static const char *const sendmail[] = { "/usr/sbin/sendmail", "/usr/lib/sendmail" };
	const char *argv[] = { NULL, "-t", "-i", NULL };
	SH_CLEANUP_BUF struct sh_buf mail = SH_BUF_INIT;

	if (make_mail(call, &mail, err) < 0)
		return -1;
	for (size_t i = 0; !argv[0] && i < 2; i++)
		if (access(sendmail[i], X_OK) == 0)
			argv[0] = sendmail[i];
	if (!argv[0])
		return sh_error_set(err, SH_ERRC_UNAVAILABLE, "no sendmail program is installed");
	return run_program(argv, mail.data, mail.len, err);
}

static int by_command(const json_t *p, const char *line, struct sh_error *err)
{
	const char **argv = sh_param_argv(p, "command");
	int rc = run_program(argv, line, strlen(line), err);

	free(argv);
	return rc;
}

/* Every way is tried; the first failure is the answer. */
static int run(const struct sh_action_call *call, json_t *output, struct sh_error *err)
{
	const json_t *p = call->parameters;
	SH_CLEANUP_FREE char *line = make_line(call);
	json_t *sent = json_array();

	json_object_set_new(output, "sent", sent);
	if (check_ways(p, err) < 0)
		return -1;
	if (sh_param_json(p, "file") && to_file(sh_param_str(p, "file"), line, err) == 0)
		json_array_append_new(sent, json_string("file"));
	if (sh_param_json(p, "command") && by_command(p, line, err) == 0)
		json_array_append_new(sent, json_string("command"));
	if (sh_param_json(p, "mail") && by_mail(call, err) == 0)
		json_array_append_new(sent, json_string("mail"));
	return sh_error_is_set(err) ? -1 : 0;
}

/* Whether a line about this plan, not older than the intent, stands in the end of the file. */
static bool stands_in(const char *text, const struct sh_action_call *call)
{
	while (*text) {
		size_t len = strcspn(text, "\n");
		json_auto_t *line = json_loadb(text, len, 0, NULL);
		const char *about = sh_param_str(line, "about"), *time = sh_param_str(line, "time");
		int64_t when;

		if (about && call->plan && !strcmp(about, call->plan) && time &&
		    sh_time_parse(time, strlen(time), &when) == 0 && when + SH_MS >= call->started)
			return true;
		text += len + (text[len] == '\n');
	}
	return false;
}

static int read_tail(const char *path, struct sh_buf *out)
{
	struct sh_error ignored = SH_ERROR_INIT;
	SH_CLEANUP_FD int fd = open_file(path, O_RDONLY, &ignored);
	off_t size = fd < 0 ? 0 : lseek(fd, 0, SEEK_END);
	ssize_t n;

	if (fd < 0)
		return -1;
	n = pread(fd, sh_buf_reserve(out, MAX_TAIL), MAX_TAIL, size > MAX_TAIL ? size - MAX_TAIL : 0);
	if (n < 0)
		return -1;
	out->len = (size_t)n;
	out->data[n] = '\0';
	return 0;
}

static int check(const struct sh_action_call *call, json_t *output, struct sh_error *err)
{
	const json_t *p = call->parameters;
	SH_CLEANUP_BUF struct sh_buf tail = SH_BUF_INIT;
	const char *path = sh_param_str(p, "file");
	bool found;

	if (check_ways(p, err) < 0)
		return -1;
	/* Commands and mail leave no trace that could be looked up. */
	if (!path || !call->plan || sh_param_json(p, "command") || sh_param_json(p, "mail")) {
		sh_action_state(output, "unknown");
		return 0;
	}
	found = read_tail(path, &tail) == 0 && stands_in(sh_buf_str(&tail), call);
	sh_action_state(output, found ? "done" : "not_done");
	return 0;
}

int main(int argc, char **argv)
{
	static const struct sh_action action = { "notify", params, run, check, NULL };

	return sh_action_main(&action, argc, argv);
}
