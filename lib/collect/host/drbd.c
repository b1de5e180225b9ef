/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "collect/host/kv.h"
#include "collect/table.h"
#include "collect/text.h"

/* The words of /proc/drbd (version 8; 9 has none there), in units of KiB where bytes are meant. */
static const struct { const char *key, *name; double unit; } number[] = {
	{ "ns", "network_sent_bytes_total", 1024 }, { "nr", "network_received_bytes_total", 1024 },
	{ "dw", "disk_written_bytes_total", 1024 }, { "dr", "disk_read_bytes_total", 1024 },
	{ "al", "activitylog_writes_total", 1 }, { "bm", "bitmap_writes_total", 1 },
	{ "lo", "local_pending", 1 }, { "pe", "remote_pending", 1 },
	{ "ua", "remote_unacknowledged", 1 }, { "ap", "application_pending", 1 },
	{ "ep", "epochs", 1 }, { "oos", "out_of_sync_bytes", 1024 },
};

#define NUMBERS (sizeof(number) / sizeof(*number))

struct device {
	char name[32];
	double value[NUMBERS]; /* NaN: not said */
	struct sh_span connection, roles, disks;
	double synced; /* percent, while it is being synchronised */
};

static void begin_device(struct device *d, uint64_t minor)
{
	*d = (struct device){ .synced = (double)NAN };
	snprintf(d->name, sizeof(d->name), "drbd%llu", (unsigned long long)minor);
	for (size_t i = 0; i < NUMBERS; i++)
		d->value[i] = (double)NAN;
}

static void read_word(struct device *d, struct sh_span key, struct sh_span value)
{
	uint64_t v;

	if (sh_span_is(key, "cs"))
		d->connection = value;
	else if (sh_span_is(key, "ro"))
		d->roles = value;
	else if (sh_span_is(key, "ds"))
		d->disks = value;
	for (size_t i = 0; i < NUMBERS; i++)
		if (sh_span_is(key, number[i].key) && sh_text_u64(value, &v))
			d->value[i] = (double)v * number[i].unit;
}

/* "LOCAL/PEER": whether each is WHAT; NaN where nothing is said. */
static void both(struct sh_span pair, const char *what, double out[2])
{
	const char *slash = pair.p ? memchr(pair.p, '/', pair.len) : NULL;

	out[0] = out[1] = (double)NAN;
	if (!slash)
		return;
	out[0] = sh_span_is((struct sh_span){ pair.p, (size_t)(slash - pair.p) }, what);
	out[1] = sh_span_is((struct sh_span){ slash + 1, pair.len - (size_t)(slash + 1 - pair.p) },
			    what);
}

static void write_pair(struct sh_collect *c, const char *name, const char *metric, const double v[2])
{
	sh_collect_number(c, "disk", name, (const char *[]){ "node", "local", NULL }, NULL, "drbd",
			  metric, v[0]);
	sh_collect_number(c, "disk", name, (const char *[]){ "node", "remote", NULL }, NULL, "drbd",
			  metric, v[1]);
}

static void write_device(struct sh_collect *c, const struct device *d)
{
	double disks[2], roles[2];
	struct sh_sample_writer w;

	if (!*d->name || !sh_collect_wants(c, d->name))
		return;
	both(d->disks, "UpToDate", disks);
	both(d->roles, "Primary", roles);
	sh_collect_begin(c, &w, "disk", d->name, d->name, NULL, NULL);
	sh_sample_group(&w, "drbd");
	if (d->connection.p)
		sh_sample_number(&w, "connected", sh_span_is(d->connection, "Connected"));
	sh_sample_number(&w, "up_to_date", disks[0]);
	sh_sample_number(&w, "peer_up_to_date", disks[1]);
	sh_sample_number(&w, "primary", roles[0]);
	sh_sample_number(&w, "sync_percent", d->synced);
	for (size_t i = 0; i < NUMBERS; i++)
		if (c->detail || !strcmp(number[i].key, "oos"))
			sh_sample_number(&w, number[i].name, d->value[i]);
	sh_sample_end(&w);
	if (!c->detail)
		return;
	write_pair(c, d->name, "disk_state_is_up_to_date", disks);
	write_pair(c, d->name, "node_role_is_primary", roles);
}

/* "sync'ed:  8.5% (...)" */
static void read_progress(struct device *d, struct sh_span value)
{
	double v;

	if (value.len > 1 && value.p[value.len - 1] == '%' &&
	    sh_text_double((struct sh_span){ value.p, value.len - 1 }, &v))
		d->synced = v;
}

int sh_collect_drbd(struct sh_collect *c, struct sh_error *err)
{
	struct device d = { .synced = 0 };
	struct sh_span rest, word;
	bool progress = false;
	uint64_t minor;

	if (sh_collect_read(c, "proc/drbd", err) < 0)
		return -1;
	rest = sh_text_of(&c->text);
	while (sh_text_field(&rest, &word)) {
		const char *colon = memchr(word.p, ':', word.len);
		struct sh_span key = { word.p, colon ? (size_t)(colon - word.p) : 0 };
		struct sh_span value = SH_SPAN_NONE;

		if (progress)
			read_progress(&d, word);
		progress = sh_span_is(word, "sync'ed:");
		if (!colon)
			continue;
		value = (struct sh_span){ colon + 1, word.len - key.len - 1 };
		if (!value.len && sh_text_u64(key, &minor)) {
			write_device(c, &d);
			begin_device(&d, minor);
		} else if (*d.name) {
			read_word(&d, key, value);
		}
	}
	write_device(c, &d);
	return 0;
}
