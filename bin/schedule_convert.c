/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "schedule_convert.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "base/mem.h"
#include "schedule/export.h"
#include "schedule/import.h"

#define MAX_FILE (16 << 20)

struct place {
	struct sh_cli *cli;
	const char *file;
};

static void report(void *arg, size_t line, const char *why)
{
	const struct place *p = arg;

	sh_cli_warn(p->cli, "%s:%zu: %s", p->file, line, why);
}

static enum sh_import_kind kind_of(struct sh_cli *cli, const char *word)
{
	static const char *const words[] = { "crontab", "cron.d", "timer" };

	for (int i = 0; i < 3; i++)
		if (!strcmp(word, words[i]))
			return (enum sh_import_kind)i;
	sh_cli_usage_error(cli, "import takes crontab, cron.d or timer, not '%s'", word);
}

/* "/etc/x/logs.timer" -> "logs"; what is no word of a name becomes "-". */
static char *name_of(const char *path)
{
	const char *slash = strrchr(path, '/');
	char *name = sh_strdup(slash ? slash + 1 : path);
	char *dot = strrchr(name, '.');

	if (dot && dot > name)
		*dot = '\0';
	for (char *p = name; *p; p++)
		if (!strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_", *p))
			*p = '-';
	return name;
}

int schedule_import(struct sh_cli *cli, const char *const *operand)
{
	enum sh_import_kind kind = kind_of(cli, operand[0]);
	SH_CLEANUP_BUF struct sh_buf out = SH_BUF_INIT;
	struct place place = { cli, NULL };
	struct sh_import im = { .report = report, .arg = &place };
	int code = 0;

	for (const char *const *file = operand + 1; *file; file++) {
		SH_CLEANUP_BUF struct sh_buf text = SH_BUF_INIT;
		SH_CLEANUP_FREE char *name = name_of(*file);
		struct sh_error err = SH_ERROR_INIT;

		place.file = *file;
		if (sh_file_read(AT_FDCWD, *file, MAX_FILE, &text, &err) < 0)
			code = sh_cli_report(cli, &err);
		else
			sh_import_text(&im, kind, name, sh_buf_str(&text));
	}
	sh_import_write(&im, &out);
	fwrite(sh_buf_str(&out), 1, out.len, stdout);
	sh_import_release(&im);
	return code ? code : im.reported ? SH_EXIT_INPUT : 0;
}

int schedule_export(struct sh_cli *cli, const struct sh_schedule *s, const char *what)
{
	SH_CLEANUP_BUF struct sh_buf out = SH_BUF_INIT;

	if (!strcmp(what, "crontab"))
		sh_export_crontab(s, SH_BINDIR "/sh-schedule", &out);
	else if (!strcmp(what, "timer"))
		sh_export_timers(s, SH_BINDIR "/sh-schedule", &out);
	else
		sh_cli_usage_error(cli, "export takes crontab or timer, not '%s'", what);
	fwrite(sh_buf_str(&out), 1, out.len, stdout);
	return 0;
}
