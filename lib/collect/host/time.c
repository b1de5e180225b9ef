/* SPDX-License-Identifier: MIT */
/* What the kernel knows of its clock: whether something keeps it right, and how far it may be off. */
#include "config.h"

#include <errno.h>
#include <math.h>
#include <sys/timex.h>

#include "collect/table.h"

#define PPM_16 65536.0 /* the unit of frequencies is 2^-16 parts in a million */

static void write_facts(struct sh_collect *c, const struct timex *t, bool synchronised)
{
	double unit = t->status & STA_NANO ? 1e-6 : 1e-3; /* of the offset, in ms */
	struct sh_sample_writer w;

	sh_collect_begin(c, &w, "host", c->host, c->host, NULL, NULL);
	sh_sample_group(&w, "time");
	sh_sample_number(&w, "synchronised", synchronised);
	/* Nobody measured it where nobody keeps the clock: the kernel's 0 then says nothing. */
	sh_sample_number(&w, "offset_ms", synchronised ? (double)t->offset * unit : (double)NAN);
	sh_sample_number(&w, "max_error_ms", synchronised ? (double)t->maxerror / 1e3 : (double)NAN);
	sh_sample_number(&w, "frequency_ppm", (double)t->freq / PPM_16);
	sh_sample_end(&w);
}

static void write_detail(struct sh_collect *c, const struct timex *t, bool synchronised)
{
	double unit = t->status & STA_NANO ? 1e-9 : 1e-6;
	const struct {
		const char *name;
		double value;
	} all[] = {
		{ "sync_status", synchronised },
		{ "status", t->status },
		{ "offset_seconds", (double)t->offset * unit },
		{ "frequency_adjustment_ratio", 1 + (double)t->freq / PPM_16 / 1e6 },
		{ "maxerror_seconds", (double)t->maxerror / 1e6 },
		{ "estimated_error_seconds", (double)t->esterror / 1e6 },
		{ "loop_time_constant", (double)t->constant },
		{ "tick_seconds", (double)t->tick / 1e6 },
		{ "tai_offset_seconds", t->tai },
		{ "pps_frequency_hertz", (double)t->ppsfreq / PPM_16 / 1e6 },
		{ "pps_jitter_seconds", (double)t->jitter * unit },
		{ "pps_shift_seconds", t->shift },
		{ "pps_stability_hertz", (double)t->stabil / PPM_16 / 1e6 },
		{ "pps_jitter_total", (double)t->jitcnt },
		{ "pps_calibration_total", (double)t->calcnt },
		{ "pps_error_total", (double)t->errcnt },
		{ "pps_stability_exceeded_total", (double)t->stbcnt },
	};
	struct sh_sample_writer w;

	sh_collect_begin(c, &w, "host", c->host, c->host, NULL, NULL);
	sh_sample_group(&w, "timex");
	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++)
		sh_sample_number(&w, all[i].name, all[i].value);
	sh_sample_end(&w);
}

int sh_collect_clock(struct sh_collect *c, struct sh_error *err)
{
	struct timex t = { .modes = 0 };
	int state;

	if (!sh_collect_wants(c, c->host))
		return 0;
	state = adjtimex(&t);
	/* Containers are often not even let look: there is no clock of theirs to judge. */
	if (state < 0 && (errno == EPERM || errno == ENOSYS))
		return sh_error_set(err, SH_ERRC_UNAVAILABLE, "the clock's state may not be read");
	if (state < 0)
		return sh_error_sys(err, "cannot read the clock's state");
	write_facts(c, &t, state != TIME_ERROR);
	if (c->detail)
		write_detail(c, &t, state != TIME_ERROR);
	return 0;
}
