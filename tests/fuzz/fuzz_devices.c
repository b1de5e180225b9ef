/* SPDX-License-Identifier: MIT */
/*
 * fuzz_devices - mdstat, kstat, mountstats and the names of sensors
 *
 * The first byte chooses the parser. What it hands out lies in the text, in
 * order, and no number is one that the text does not hold.
 */
#include "config.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collect/host/hwmon.h"
#include "collect/host/kstat.h"
#include "collect/host/mdstat.h"
#include "collect/host/mountstats.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MUST(cond)                                                           \
	do {                                                                 \
		if (!(cond)) {                                               \
			fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #cond); \
			abort();                                             \
		}                                                            \
	} while (0)

static bool is_in(struct sh_span part, struct sh_span text)
{
	return !part.p || (part.p >= text.p && part.p + part.len <= text.p + text.len);
}

static bool is_measured(double v)
{
	return isnan(v) || (isfinite(v) && v >= 0);
}

static void check_mdstat(struct sh_span text)
{
	struct sh_span rest = text;
	struct sh_md m;

	while (sh_mdstat_next(&rest, &m)) {
		MUST(is_in(m.name, text) && is_in(m.level, text) && is_in(rest, text));
		MUST(m.name.len > 0);
		MUST(is_measured(m.blocks) && is_measured(m.synced) && is_measured(m.percent));
		MUST(is_measured(m.minutes) && is_measured(m.speed));
		MUST(m.sync != SH_MD_NO_SYNC || isnan(m.percent));
		MUST(m.active || (m.working == 0 && m.required == 0));
		MUST(m.failed <= text.len && m.spare <= text.len);
	}
	MUST(rest.len == 0);
}

static void check_kstat(struct sh_span text)
{
	struct sh_kstat k = { .rest = text };

	while (sh_kstat_next(&k)) {
		MUST(k.begun && k.name.len > 0 && k.text.len > 0);
		MUST(is_in(k.name, text) && is_in(k.text, text) && k.text.p > k.name.p);
		MUST(!k.is_number || isfinite(k.value));
	}
}

static void check_mountstats(struct sh_span text)
{
	struct sh_mountstats m = { .rest = text };
	struct sh_span key, values, body, protocol;
	uint64_t op[SH_NFS_OP_FIELDS], transport[SH_XPRT_FIELDS];
	size_t n, index = 0;

	while (sh_mountstats_next(&m)) {
		MUST(is_in(m.device, text) && is_in(m.point, text) && is_in(m.body, text));
		MUST(m.body.p + m.body.len <= m.rest.p || !m.rest.len || !m.body.len);
		MUST(m.index >= index && m.index < m.seen);
		index = m.index + 1;
		body = m.body;
		while (sh_mountstats_part(&body, &key, &values)) {
			MUST(is_in(key, m.body) && is_in(values, m.body));
			sh_mountstats_op(values, op);
			protocol = sh_mountstats_transport(values, transport, &n);
			MUST(n <= SH_XPRT_FIELDS && is_in(protocol, m.body));
			for (size_t i = n; i < SH_XPRT_FIELDS; i++)
				MUST(!protocol.p || i < SH_XPRT_SENDS || transport[i] == 0);
		}
	}
}

static void check_sensor(struct sh_span text)
{
	char name[256], clean[SH_HWMON_NAME], metric[2 * SH_HWMON_NAME];
	struct sh_hwmon_file f;
	double divisor = 0;

	if (text.len >= sizeof(name))
		text.len = sizeof(name) - 1;
	memcpy(name, text.p, text.len);
	name[text.len] = '\0';
	sh_hwmon_clean(name, clean, sizeof(clean));
	MUST(strspn(clean, "abcdefghijklmnopqrstuvwxyz0123456789:_") == strlen(clean));
	MUST(*clean != '_' && (!*clean || clean[strlen(clean) - 1] != '_'));
	if (!sh_hwmon_parse(name, &f))
		return;
	MUST(f.type.p == name && f.type.len > 0 && f.type.len <= strlen(name));
	MUST(!strncmp(f.sensor, name, f.type.len));
	if (sh_hwmon_metric(&f, text.len & 1, metric, sizeof(metric), &divisor))
		MUST(divisor >= 1 && *metric);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static void (*const check[])(struct sh_span text) = {
		check_mdstat, check_kstat, check_mountstats, check_sensor,
	};

	if (size < 1)
		return 0;
	check[data[0] % 4]((struct sh_span){ (const char *)data + 1, size - 1 });
	return 0;
}
