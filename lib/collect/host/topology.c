/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/map.h"
#include "collect/host/cores.h"
#include "collect/host/kv.h"
#include "collect/text.h"

#define CPUS "sys/devices/system/cpu"
#define MAX_LISTED 8192 /* processors; a list with more is nonsense */

/* A count that siblings share is told once, by the first that has it. */
static void write_throttles(struct sh_collect *c, struct sh_map *told, const char *cpu,
			    const char *package, const char *core)
{
	const char *core_dims[] = { "package", package, "core", core, NULL };
	const char *package_dims[] = { "package", package, NULL };
	char key[64];
	double v;

	if (!sh_map_gets(told, package) &&
	    sh_kv_number(c->root, &v, CPUS "/%s/thermal_throttle/package_throttle_count", cpu)) {
		sh_map_puts(told, package, told);
		sh_collect_number(c, "host", c->host, package_dims, NULL, "cpu",
				  "package_throttles_total", v);
	}
	snprintf(key, sizeof(key), "%.20s/%.20s", package, core);
	if (!sh_map_gets(told, key) &&
	    sh_kv_number(c->root, &v, CPUS "/%s/thermal_throttle/core_throttle_count", cpu)) {
		sh_map_puts(told, key, told);
		sh_collect_number(c, "host", c->host, core_dims, NULL, "cpu", "core_throttles_total", v);
	}
}

static void write_governors(struct sh_collect *c, const char *dir, const char *cpu)
{
	char known[256], current[64], name[64];
	struct sh_span rest, field;

	if (!sh_kv_text(c->root, current, sizeof(current), CPUS "/%s/cpufreq/scaling_governor", dir) ||
	    !sh_kv_is_word(current) ||
	    !sh_kv_text(c->root, known, sizeof(known), CPUS "/%s/cpufreq/scaling_available_governors", dir))
		return;
	rest = sh_span_of(known);
	while (sh_text_field(&rest, &field) && sh_kv_copy(field, name, sizeof(name))) {
		const char *dims[] = { "governor", name, NULL };

		sh_collect_number(c, "cpu", cpu, dims, NULL, "cpu", "scaling_governor",
				  !strcmp(name, current));
	}
}

static void write_frequencies(struct sh_collect *c, const char *dir, const char *cpu)
{
	static const struct { const char *file, *name; } kilohertz[] = {
		{ "cpuinfo_cur_freq", "frequency_hertz" },
		{ "cpuinfo_min_freq", "frequency_min_hertz" },
		{ "cpuinfo_max_freq", "frequency_max_hertz" },
		{ "scaling_cur_freq", "scaling_frequency_hertz" },
		{ "scaling_min_freq", "scaling_frequency_min_hertz" },
		{ "scaling_max_freq", "scaling_frequency_max_hertz" },
	};
	struct sh_sample_writer w;
	double v;

	sh_collect_begin(c, &w, "cpu", cpu, cpu, NULL, NULL);
	sh_sample_group(&w, "cpu");
	for (size_t i = 0; i < sizeof(kilohertz) / sizeof(*kilohertz); i++)
		if (sh_kv_number(c->root, &v, CPUS "/%s/cpufreq/%s", dir, kilohertz[i].file))
			sh_sample_number(&w, kilohertz[i].name, v * 1000);
	sh_sample_end(&w);
	write_governors(c, dir, cpu);
}

/* "1,3-5,9" */
static void write_isolated(struct sh_collect *c)
{
	struct sh_span rest, part, to;
	char list[1024], cpu[24];
	uint64_t first, last;

	if (!sh_kv_text(c->root, list, sizeof(list), CPUS "/isolated"))
		return;
	for (char *p = list; *p; p++)
		if (*p == ',')
			*p = ' ';
	rest = sh_span_of(list);
	while (sh_text_field(&rest, &part)) {
		const char *dash = memchr(part.p, '-', part.len);

		to = part;
		if (dash) {
			to = (struct sh_span){ dash + 1, part.len - (size_t)(dash + 1 - part.p) };
			part.len = (size_t)(dash - part.p);
		}
		if (!sh_text_u64(part, &first) || !sh_text_u64(to, &last) || last >= MAX_LISTED)
			return;
		for (uint64_t i = first; i <= last; i++) {
			snprintf(cpu, sizeof(cpu), "%" PRIu64, i);
			sh_collect_number(c, "cpu", cpu, NULL, NULL, "cpu", "isolated", 1);
		}
	}
}

/* "Mitigation: Retpolines, STIBP: always-on", "Not affected", "Vulnerable: no microcode" */
static void write_vulnerabilities(struct sh_collect *c)
{
	SH_CLEANUP_NAMES struct sh_kv_names names = { 0 };
	char text[512];

	sh_collect_names(c, &names, CPUS "/vulnerabilities", NULL);
	for (size_t i = 0; i < names.n; i++) {
		const char *labels[] = { "state", text, "mitigation", "", NULL };
		const char *dims[] = { "codename", names.name[i], NULL };
		char *colon;

		if (!sh_kv_text(c->root, text, sizeof(text), CPUS "/vulnerabilities/%s", names.name[i]))
			continue;
		colon = strstr(text, ": ");
		if (colon) {
			*colon = '\0';
			labels[3] = colon + 2;
		}
		for (char *p = text; *p; p++)
			*p = (char)tolower((unsigned char)*p);
		if (sh_kv_is_word(text))
			sh_collect_number(c, "host", c->host, dims, labels, "cpu", "vulnerabilities_info", 1);
	}
}

void sh_topology_write(struct sh_collect *c)
{
	SH_CLEANUP_NAMES struct sh_kv_names cpus = { 0 };
	struct sh_map told;
	char package[24], core[24];

	sh_map_init(&told, NULL);
	sh_collect_names(c, &cpus, CPUS, "cpu");
	for (size_t i = 0; i < cpus.n; i++) {
		const char *dir = cpus.name[i];

		if (!isdigit((unsigned char)dir[3]))
			continue;
		if (sh_kv_text(c->root, package, sizeof(package), CPUS "/%s/topology/physical_package_id",
			       dir) &&
		    sh_kv_text(c->root, core, sizeof(core), CPUS "/%s/topology/core_id", dir))
			write_throttles(c, &told, dir, package, core);
		write_frequencies(c, dir, dir + 3);
	}
	sh_map_release(&told);
	write_isolated(c);
	write_vulnerabilities(c);
}
