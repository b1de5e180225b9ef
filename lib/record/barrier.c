/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "record/barrier.h"

#include <inttypes.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/num.h"
#include "record/json.h"

void sh_barrier_write(struct sh_buf *out, uint64_t seq, uint64_t acked, int64_t time)
{
	char text[SH_TIME_TEXT];

	sh_time_format(text, time);
	sh_buf_addf(out,
		    "{\"kind\":\"barrier\",\"seq\":%" PRIu64 ",\"acked\":%" PRIu64
		    ",\"time\":\"%s\"}\n",
		    seq, acked, text);
}

void sh_resume_write(struct sh_buf *out, const char *program, uint64_t seq, uint64_t acked)
{
	sh_buf_addstr(out, "{\"kind\":\"resume\",\"program\":");
	sh_json_add_string(out, program, strlen(program));
	sh_buf_addf(out, ",\"seq\":%" PRIu64 ",\"acked\":%" PRIu64 "}\n", seq, acked);
}

static int read_number(const struct sh_record *r, const char *name, uint64_t *out,
		       struct sh_error *err)
{
	struct sh_slice v = sh_record_member(r, name);
	SH_CLEANUP_FREE char *text = sh_strndup(v.text.p, v.text.p ? v.text.len : 0);

	if (v.type != SH_JSON_NUMBER || sh_parse_u64(text, out) < 0)
		return sh_error_set(err, SH_ERRC_INPUT, "barrier: member '%s' is no whole number",
				    name);
	return 0;
}

int sh_barrier_read(const struct sh_record *r, uint64_t *seq, uint64_t *acked, struct sh_error *err)
{
	*acked = 0;
	if (read_number(r, "seq", seq, err) < 0)
		return -1;
	return sh_record_member(r, "acked").type == SH_JSON_NONE
		       ? 0
		       : read_number(r, "acked", acked, err);
}
