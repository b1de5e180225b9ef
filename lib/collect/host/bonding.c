/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "collect/host/kv.h"
#include "collect/host/netclass.h"
#include "collect/text.h"

#define CLASS "sys/class/net"

static bool is_interface(const char *name)
{
	for (; *name; name++)
		if (*name <= ' ' || *name == 0x7f || *name == '/')
			return false;
	return true;
}

/* 1 or 0; -1 where the kernel does not say. Older ones call the link slave_NAME. */
static int works(struct sh_collect *c, const char *bond, const char *slave)
{
	static const char *const link[] = { "lower", "slave" };
	char state[32];

	for (size_t i = 0; i < 2; i++)
		if (sh_kv_text(c->root, state, sizeof(state), CLASS "/%s/%s_%s/bonding_slave/mii_status",
			       bond, link[i], slave))
			return !strcmp(state, "up") ? 1 : sh_kv_is_word(state) ? 0 : -1;
	return -1;
}

/* How many there are and how many work; false for what are no names of interfaces. */
static bool count(struct sh_collect *c, const char *bond, struct sh_span rest, int *n, int *active)
{
	struct sh_span field;
	char slave[64];

	*n = *active = 0;
	while (sh_text_field(&rest, &field)) {
		int state;

		if (!sh_kv_copy(field, slave, sizeof(slave)) || !is_interface(slave))
			return false;
		state = works(c, bond, slave);
		*n += 1;
		*active = state < 0 || *active < 0 ? -1 : *active + state;
	}
	return true;
}

static void write_bond(struct sh_collect *c, const char *bond)
{
	struct sh_error err = SH_ERROR_INIT;
	struct sh_sample_writer w;
	char path[128];
	int n, active;

	snprintf(path, sizeof(path), CLASS "/%.60s/bonding/slaves", bond);
	if (sh_collect_read(c, path, &err) < 0) {
		if (err.code != SH_ERRC_UNAVAILABLE)
			sh_collect_fail(c, bond, &err);
		return;
	}
	if (!count(c, bond, sh_text_of(&c->text), &n, &active)) {
		sh_error_set_(&err, SH_ERRC_SYSTEM, 0, "cannot understand '/%s'", path);
		sh_collect_fail(c, bond, &err);
		return;
	}
	sh_collect_begin(c, &w, "net", bond, bond, NULL, NULL);
	sh_sample_group(&w, "bonding");
	sh_sample_number(&w, "slaves", n);
	if (active >= 0) {
		sh_sample_number(&w, "active", active);
		sh_sample_number(&w, "degraded", active < n);
	}
	sh_sample_end(&w);
}

void sh_bonding_write(struct sh_collect *c)
{
	struct sh_span rest, field;
	char masters[4096], bond[64];

	if (!sh_collect_exists(c, CLASS "/bonding_masters") ||
	    !sh_kv_text(c->root, masters, sizeof(masters), CLASS "/bonding_masters"))
		return;
	rest = sh_span_of(masters);
	while (sh_text_field(&rest, &field) && sh_kv_copy(field, bond, sizeof(bond)))
		if (sh_collect_wants(c, bond))
			write_bond(c, bond);
}
