/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "cli/text.h"

#include <stdio.h>
#include <time.h>

#include "base/clock.h"
#include "cli/burst.h"
#include "cli/escape.h"
#include "cli/parts.h"
#include "cli/text_parts.h"

/* When nothing comes for so long, what was summed up is said. */
#define QUIET SH_SEC

typedef void view(struct sh_text *t, const struct sh_record *r, const json_t *object);

/* NULL: nothing to see. */
static view *const views[] = {
	[SH_KIND_SAMPLE] = sh_text_sample,       [SH_KIND_LOG] = sh_text_log,
	[SH_KIND_EVENT] = sh_text_log,           [SH_KIND_EDGE] = sh_text_edge,
	[SH_KIND_TICK] = NULL,                   [SH_KIND_FAULT] = sh_text_fault,
	[SH_KIND_INCIDENT] = sh_text_incident,   [SH_KIND_DIAGNOSIS] = sh_text_diagnosis,
	[SH_KIND_PLAN] = sh_text_plan,           [SH_KIND_REPAIR] = sh_text_plan,
	[SH_KIND_TASK] = sh_text_task,           [SH_KIND_NOTICE] = sh_text_notice,
	[SH_KIND_BARRIER] = NULL,                [SH_KIND_RESUME] = NULL,
	[SH_KIND_OTHER] = sh_text_other,
};

void sh_text_record(struct sh_buf *out, const struct sh_record *r, bool color, struct sh_bursts *bursts)
{
	struct sh_text t = { .out = out, .color = color };
	json_auto_t *object = NULL;

	if (!views[r->kind])
		return;
	object = sh_record_json(r);
	if (!bursts || sh_bursts_show(bursts, r, object))
		views[r->kind](&t, r, object);
}

static long day_of(int64_t time)
{
	time_t seconds = (time_t)(time / SH_SEC);
	struct tm tm;

	return localtime_r(&seconds, &tm) ? (tm.tm_year + 1900L) * 10000 + (tm.tm_mon + 1) * 100L + tm.tm_mday : 0;
}

/* Lines show the time of day; the day stands alone where it is not the one before it. */
static void show_day(struct sh_cli *cli, int64_t time)
{
	long day = day_of(time);

	if (!cli->text_day)
		cli->text_day = day_of(sh_clock_wall());
	if (day != cli->text_day)
		printf("%04ld-%02ld-%02ld\n", day / 10000, day / 100 % 100, day % 100);
	cli->text_day = day;
}

static struct sh_bursts *bursts_of(struct sh_cli *cli)
{
	if (!cli->bursts && cli->opt.burst > 0)
		cli->bursts = sh_bursts_new(cli->opt.burst);
	return cli->bursts;
}

/* What was summed up until TIME, NULL all, stands before what comes then. */
static void show_bursts(struct sh_cli *cli, const int64_t *time)
{
	SH_CLEANUP_BUF struct sh_buf text = SH_BUF_INIT;
	struct sh_text t = { .out = &text, .color = cli->opt.color };
	int64_t said;

	if (!cli->bursts)
		return;
	said = time ? sh_bursts_over(cli->bursts, *time, &t) : sh_bursts_flush(cli->bursts, &t);
	if (said)
		show_day(cli, said);
	fwrite(sh_buf_str(&text), 1, text.len, stdout);
}

void sh_text_tap(void *arg, const char *line, size_t len)
{
	SH_CLEANUP_BUF struct sh_buf text = SH_BUF_INIT;
	struct sh_error err = SH_ERROR_INIT;
	struct sh_record r = SH_RECORD_INIT;
	struct sh_cli *cli = arg;

	while (len && line[len - 1] == '\n')
		len--;
	cli->text_quiet = 0;
	if (sh_record_view(&r, line, len, sh_cli_host(), cli->opt.now ? cli->opt.now : sh_clock_wall(),
			   &err)) {
		sh_escape_text(&text, line, len);
		sh_buf_addch(&text, '\n');
	} else {
		show_bursts(cli, &r.time);
		sh_text_record(&text, &r, cli->opt.color, bursts_of(cli));
		if (text.len)
			show_day(cli, r.time);
	}
	fwrite(sh_buf_str(&text), 1, text.len, stdout);
	sh_record_release(&r);
}

int sh_text_quiet(void *arg)
{
	struct sh_cli *cli = arg;
	int64_t now = sh_clock_mono();

	if (!cli->bursts || !sh_bursts_waits(cli->bursts))
		return -1;
	if (!cli->text_quiet)
		cli->text_quiet = now;
	if (now - cli->text_quiet < QUIET)
		return (int)((QUIET - (now - cli->text_quiet)) / SH_MS) + 1;
	show_bursts(cli, NULL);
	return -1;
}

void sh_text_end(struct sh_cli *cli)
{
	show_bursts(cli, NULL);
	sh_bursts_free(cli->bursts);
	cli->bursts = NULL;
}
