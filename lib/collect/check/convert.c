/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "collect/check/convert.h"

#include "collect/check/program.h"
#include "collect/format/format.h"
#include "record/entity.h"

static void tell_bad(void *arg, const char *file, uint64_t line, const struct sh_error *err)
{
	(void)file;
	sh_program_bad(arg, line, err);
}

struct sh_converted sh_job_convert(struct sh_collect *c, const struct sh_job_run *run,
				   const char *file, int status, struct sh_span text)
{
	const char *dims[SH_JOB_DIMS];
	struct sh_program_bad bad = { .c = c, .name = run->job->name };
	SH_CLEANUP_BUF struct sh_buf entity = SH_BUF_INIT;
	struct sh_import in = { .c = c, .file = file, .target = run->job->name, .status = status,
				.report = tell_bad, .report_arg = &bad };

	sh_entity_add(&entity, run->job->type, run->job->name, NULL);
	in.entity = sh_buf_str(&entity);
	in.format = sh_format_find(run->check.format);
	in.dims = sh_job_dims(run->job, dims);
	sh_import_text(&in, text, NULL);
	sh_program_bad_end(&bad);
	return (struct sh_converted){ in.bad, in.samples };
}
