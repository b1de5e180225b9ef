/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "collect/format/zpool.h"

#include <math.h>
#include <string.h>

#include "collect/format/formats.h"

void sh_zpool_put_state(struct sh_sample_writer *s, const char *state)
{
	if (!state || !*state)
		return;
	sh_sample_number(s, "online", !strcmp(state, "ONLINE"));
	sh_sample_number(s, "degraded", !strcmp(state, "DEGRADED"));
	/* No data can be had from it. */
	sh_sample_number(s, "faulted",
			!strcmp(state, "FAULTED") || !strcmp(state, "UNAVAIL") ||
				!strcmp(state, "SUSPENDED") || !strcmp(state, "REMOVED"));
}

void sh_zpool_device(struct sh_zpool *p, const char *name, const char *state, const double errors[3],
		     bool spare)
{
	SH_CLEANUP_BUF struct sh_buf full = SH_BUF_INIT;
	struct sh_sample_writer s;

	if (spare) {
		p->spares++;
		p->spares_available += !strcmp(state, "AVAIL");
	} else {
		p->devices++;
		p->online += !strcmp(state, "ONLINE");
	}
	sh_buf_addf(&full, "%s/%s", p->name, name);
	sh_document_begin(&s, p->in, "vdev", sh_buf_str(&full), NULL, NULL);
	sh_sample_group(&s, "vdev");
	if (spare)
		sh_sample_number(&s, "available", !strcmp(state, "AVAIL"));
	else
		sh_zpool_put_state(&s, state);
	sh_sample_number(&s, "read_errors", errors[0]);
	sh_sample_number(&s, "write_errors", errors[1]);
	sh_sample_number(&s, "checksum_errors", errors[2]);
	sh_sample_end(&s);
}

void sh_zpool_put_devices(struct sh_sample_writer *s, const struct sh_zpool *p)
{
	if (p->devices > 0) {
		sh_sample_group(s, "cluster");
		sh_sample_number(s, "online_nodes", p->online);
		sh_sample_number(s, "total_nodes", p->devices);
	}
}

int sh_format_zpool(struct sh_import *in, struct sh_span text, struct sh_error *err)
{
	struct sh_span start = sh_unit_trim(text);

	if (start.len && start.p[0] == '{')
		return sh_document_each(in, text, sh_zpool_json, err);
	return sh_zpool_text(in, text, err);
}
