/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "collect/host/cores.h"

#include <ctype.h>
#include <unistd.h>

#include "collect/host/kv.h"
#include "collect/text.h"

static const char *const mode[] = {
	"user", "nice", "system", "idle", "iowait", "irq", "softirq", "steal",
};
#define MODES (sizeof(mode) / sizeof(*mode))
#define GUEST_MODES 2 /* user and nice again */

static void write_time(struct sh_collect *c, const char *cpu, const uint64_t *v, size_t n)
{
	double ticks = (double)sysconf(_SC_CLK_TCK);

	for (size_t i = 0; i < n; i++) {
		const char *dims[] = { "mode", mode[i % MODES], NULL };

		sh_collect_number(c, "cpu", cpu, dims, NULL, "cpu",
				  i < MODES ? "seconds_total" : "guest_seconds_total",
				  (double)v[i] / ticks);
	}
}

static void write_times(struct sh_collect *c, struct sh_span rest)
{
	struct sh_span line, field, number;
	uint64_t v[MODES + GUEST_MODES];
	char cpu[16];

	while (sh_text_line(&rest, &line)) {
		if (!sh_text_field(&line, &field))
			continue;
		number = sh_text_after(field, "cpu");
		if (number.len && isdigit((unsigned char)*number.p) && sh_kv_copy(number, cpu, sizeof(cpu)))
			write_time(c, cpu, v, sh_text_u64s(&line, v, MODES + GUEST_MODES));
	}
}

/* The columns of that line, after the sum: the order of the kernel's enumeration. */
static void write_softirqs(struct sh_collect *c, struct sh_span rest)
{
	static const char *const vector[] = {
		"hi", "timer", "net_tx", "net_rx", "block", "block_iopoll", "tasklet", "sched",
		"hrtimer", "rcu",
	};
	uint64_t v[sizeof(vector) / sizeof(*vector) + 1];
	struct sh_span key, value;

	while (sh_kv_line(&rest, &key, &value)) {
		size_t n;

		if (!sh_span_is(key, "softirq"))
			continue;
		n = sh_text_u64s(&value, v, sizeof(v) / sizeof(*v));
		for (size_t i = 1; i < n; i++) {
			const char *dims[] = { "vector", vector[i - 1], NULL };

			sh_collect_number(c, "host", c->host, dims, NULL, "softirqs", "total", (double)v[i]);
		}
	}
}

void sh_cores_write(struct sh_collect *c, struct sh_span stat)
{
	write_times(c, stat);
	write_softirqs(c, stat);
	sh_topology_write(c);
	sh_cpuinfo_write(c);
}
