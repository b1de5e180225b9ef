/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "collect/host/mountstats.h"

#include <string.h>

#include "collect/host/kv.h"
#include "collect/text.h"

/* "device SERVER:/PATH mounted on POINT with fstype nfs4 statvers=1.1" */
static bool read_head(struct sh_span line, struct sh_mountstats *m, bool *is_nfs)
{
	struct sh_span word, type;

	if (!sh_text_field(&line, &word) || !sh_span_is(word, "device") ||
	    !sh_text_field(&line, &m->device) || !sh_text_skip(&line, 2) ||
	    !sh_text_field(&line, &m->point) || !sh_text_skip(&line, 2) ||
	    !sh_text_field(&line, &type))
		return false;
	*is_nfs = (sh_span_is(type, "nfs") || sh_span_is(type, "nfs4")) &&
		  sh_text_field(&line, &word) && sh_text_after(word, "statvers=").p;
	return true;
}

static bool is_head(struct sh_span line)
{
	return sh_text_after(line, "device ").p || sh_text_after(line, "no device ").p;
}

bool sh_mountstats_next(struct sh_mountstats *m)
{
	struct sh_span line, next;
	bool is_nfs;

	while (sh_text_line(&m->rest, &line)) {
		if (!is_head(line))
			continue;
		m->index = m->seen++;
		if (!read_head(line, m, &is_nfs) || !is_nfs)
			continue;
		m->body = (struct sh_span){ m->rest.p, 0 };
		for (next = m->rest; sh_text_line(&next, &line) && !is_head(line); m->rest = next)
			m->body.len = (size_t)(next.p - m->body.p);
		return true;
	}
	return false;
}

bool sh_mountstats_part(struct sh_span *body, struct sh_span *key, struct sh_span *values)
{
	return sh_kv_line(body, key, values);
}

bool sh_mountstats_op(struct sh_span values, uint64_t out[SH_NFS_OP_FIELDS])
{
	return sh_text_u64s(&values, out, SH_NFS_OP_FIELDS) == SH_NFS_OP_FIELDS;
}

struct sh_span sh_mountstats_transport(struct sh_span values, uint64_t out[SH_XPRT_FIELDS], size_t *n)
{
	size_t at = SH_XPRT_CONNECT, end = SH_XPRT_FIELDS;
	struct sh_span protocol;

	memset(out, 0, SH_XPRT_FIELDS * sizeof(*out));
	*n = 0;
	if (!sh_text_field(&values, &protocol) ||
	    sh_text_u64s(&values, out, SH_XPRT_CONNECT) != SH_XPRT_CONNECT)
		return SH_SPAN_NONE;
	/* Without connections there is nothing to connect or to be idle. */
	if (sh_span_is(protocol, "udp"))
		at = SH_XPRT_SENDS;
	/* Counters of its own follow those that are common to all. */
	if (sh_span_is(protocol, "rdma"))
		end = SH_XPRT_SLOTS;
	*n = at + sh_text_u64s(&values, out + at, end - at);
	return protocol;
}
