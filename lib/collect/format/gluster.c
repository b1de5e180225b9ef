/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "collect/format/gluster.h"

#include <math.h>
#include <string.h>

#include "collect/format/formats.h"

/* The name of the volume that --entity names, else NULL. */
static const char *named_volume(const struct sh_import *in)
{
	if (in->entity && !strncmp(in->entity, "volume:", 7) && in->entity[7])
		return in->entity + 7;
	return NULL;
}

/* About the volume that --entity names, else the cluster. */
static void begin(struct sh_sample_writer *s, struct sh_import *in)
{
	const char *volume = named_volume(in);

	if (volume)
		sh_document_begin_fleet(s, in, "volume", volume, NULL, NULL);
	else
		sh_document_begin_fleet(s, in, "cluster", sh_import_cluster(in, "gluster"), NULL, NULL);
}

static void peer(struct sh_import *in, const json_t *p)
{
	struct sh_sample_writer s;

	sh_document_begin_fleet(&s, in, "node", sh_document_text(p, "hostname"), NULL, NULL);
	sh_sample_group(&s, "node");
	sh_sample_number(&s, "online", sh_document_numeric(p, "connected"));
	sh_sample_end(&s);
}

/* The server that was asked is no peer of its own, but for `pool list`, where it is "localhost". */
static void peers(struct sh_import *in, const json_t *list)
{
	double online = 0, all = 0, self = 1;
	struct sh_sample_writer s;
	const json_t *p;

	for (size_t i = 0; (p = sh_xml_item(list, "peer", i)); i++) {
		const char *name = sh_document_text(p, "hostname");
		double connected = sh_document_numeric(p, "connected");

		if (!name || isnan(connected))
			continue;
		peer(in, p);
		all++;
		online += connected > 0;
		if (!strcmp(name, "localhost"))
			self = 0;
	}
	begin(&s, in);
	sh_sample_group(&s, "cluster");
	sh_sample_number(&s, "online_nodes", online + self);
	sh_sample_number(&s, "total_nodes", all + self);
	sh_sample_end(&s);
}

static void volume_list(struct sh_import *in, const json_t *list)
{
	struct sh_sample_writer s;

	begin(&s, in);
	sh_sample_group(&s, "gluster");
	sh_sample_number(&s, "volumes", sh_document_numeric(list, "count"));
	sh_sample_end(&s);
}

/* A brick that cannot be asked says "-" for its number. */
static double heal_entries(const json_t *brick)
{
	return sh_first_number(sh_document_numeric(brick, "numberOfEntries"),
			       sh_document_numeric(brick, "totalNumberOfEntries"));
}

static void heal_brick(struct sh_import *in, const json_t *brick)
{
	const char *status = sh_document_text(brick, "status");
	struct sh_sample_writer s;

	sh_document_begin_fleet(&s, in, "brick", sh_document_text(brick, "name"), NULL, NULL);
	sh_sample_group(&s, "heal");
	sh_sample_number(&s, "connected", status ? !strcmp(status, "Connected") : NAN);
	sh_sample_number(&s, "entries", heal_entries(brick));
	sh_sample_number(&s, "pending", sh_document_numeric(brick, "numberOfEntriesInHealPending"));
	sh_sample_number(&s, "split_brain", sh_document_numeric(brick, "numberOfEntriesInSplitBrain"));
	sh_sample_end(&s);
}

static void heal(struct sh_import *in, const json_t *info)
{
	double entries = NAN, bricks = 0, connected = 0;
	struct sh_sample_writer s;
	const json_t *brick;

	for (size_t i = 0; (brick = sh_xml_item(info, "bricks.brick", i)); i++) {
		const char *status = sh_document_text(brick, "status");
		double n = heal_entries(brick);

		heal_brick(in, brick);
		bricks++;
		connected += status && !strcmp(status, "Connected");
		if (!isnan(n))
			entries = sh_first_number(entries, 0) + n;
	}
	begin(&s, in);
	sh_sample_group(&s, "heal");
	sh_sample_number(&s, "entries", entries);
	sh_sample_number(&s, "bricks", bricks);
	sh_sample_number(&s, "bricks_connected", connected);
	sh_sample_end(&s);
}

static double is_yes(const json_t *limit, const char *member)
{
	const char *word = sh_document_text(limit, member);

	return word ? !strcmp(word, "Yes") : NAN;
}

static void quota(struct sh_import *in, const json_t *limits)
{
	SH_CLEANUP_BUF struct sh_buf name = SH_BUF_INIT;
	const char *volume = named_volume(in);
	struct sh_sample_writer s;
	const json_t *l;

	for (size_t i = 0; (l = sh_xml_item(limits, "limit", i)); i++) {
		double used = sh_document_numeric(l, "used_space");
		double limit = sh_document_numeric(l, "hard_limit");
		const char *path = sh_document_text(l, "path");

		if (!path)
			continue;
		sh_buf_clear(&name);
		sh_buf_addf(&name, "%s%s", volume ? volume : "", path);
		sh_document_begin_fleet(&s, in, "quota", sh_buf_str(&name), NULL, NULL);
		sh_sample_group(&s, "storage");
		sh_sample_number(&s, "utilization", sh_percent(used, limit));
		sh_sample_number(&s, "size_bytes", limit);
		sh_sample_number(&s, "used_bytes", used);
		sh_sample_number(&s, "available_bytes", sh_document_numeric(l, "avail_space"));
		sh_sample_group(&s, "quota");
		sh_sample_number(&s, "soft_exceeded", is_yes(l, "sl_exceeded"));
		sh_sample_number(&s, "hard_exceeded", is_yes(l, "hl_exceeded"));
		sh_sample_end(&s);
	}
}

static const struct {
	const char *path;
	void (*convert)(struct sh_import *in, const json_t *v);
} kinds[] = {
	{ "peerStatus", peers },
	{ "volInfo.volumes", sh_gluster_volumes },
	{ "volList", volume_list },
	{ "volStatus.volumes", sh_gluster_status },
	{ "healInfo", heal },
	{ "volProfile", sh_gluster_profile },
	{ "volQuota", quota },
};

/* The command itself went wrong, or not. */
static void outcome(struct sh_import *in, const json_t *output)
{
	double ret = sh_document_numeric(output, "opRet");
	struct sh_sample_writer s;

	if (isnan(ret))
		return;
	begin(&s, in);
	sh_sample_group(&s, "gluster");
	sh_sample_number(&s, "ok", ret == 0);
	if (ret != 0)
		sh_document_put_text(&s, "error", sh_document_text(output, "opErrstr"));
	sh_sample_end(&s);
}

int sh_format_gluster(struct sh_import *in, struct sh_span text, struct sh_error *err)
{
	json_t *doc = sh_xml_parse(text, err);
	const json_t *output = sh_document_at(doc, "cliOutput");

	if (!doc)
		return -1;
	if (!json_is_object(output)) {
		json_decref(doc);
		return sh_error_set(err, SH_ERRC_INPUT, "no document of gluster");
	}
	outcome(in, output);
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		const json_t *v = sh_document_at(output, kinds[i].path);

		if (v)
			kinds[i].convert(in, v);
	}
	json_decref(doc);
	return 0;
}
