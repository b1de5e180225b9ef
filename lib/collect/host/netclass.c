/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "collect/host/netclass.h"

#include <string.h>

#include "collect/host/kv.h"

#define CLASS "sys/class/net"
#define UP 1 /* IFF_UP */
#define MAX_TEXT 256

static const struct { const char *file, *name; double unit; } number[] = {
	{ "addr_assign_type", "address_assign_type", 1 },
	{ "carrier", "carrier", 1 },
	{ "carrier_changes", "carrier_changes_total", 1 },
	{ "carrier_up_count", "carrier_up_changes_total", 1 },
	{ "carrier_down_count", "carrier_down_changes_total", 1 },
	{ "dev_id", "device_id", 1 },
	{ "dormant", "dormant", 1 },
	{ "flags", "flags", 1 },
	{ "ifindex", "iface_id", 1 },
	{ "iflink", "iface_link", 1 },
	{ "link_mode", "iface_link_mode", 1 },
	{ "mtu", "mtu_bytes", 1 },
	{ "name_assign_type", "name_assign_type", 1 },
	{ "netdev_group", "net_dev_group", 1 },
	{ "speed", "speed_bytes", 1e6 / 8 },
	{ "tx_queue_len", "transmit_queue_length", 1 },
	{ "type", "protocol_type", 1 },
};

static void write_numbers(struct sh_collect *c, const char *name)
{
	struct sh_sample_writer w;
	char state[32];
	double v;

	sh_collect_begin(c, &w, "net", name, name, NULL, NULL);
	sh_sample_group(&w, "network");
	for (size_t i = 0; i < sizeof(number) / sizeof(*number); i++) {
		/* A speed of -1 is one that is not known. */
		if (sh_kv_number(c->root, &v, CLASS "/%s/%s", name, number[i].file) &&
		    (v >= 0 || strcmp(number[i].file, "speed") != 0))
			sh_sample_number(&w, number[i].name, v * number[i].unit);
	}
	if (sh_kv_text(c->root, state, sizeof(state), CLASS "/%s/operstate", name) && sh_kv_is_word(state))
		sh_sample_number(&w, "up", !strcmp(state, "up"));
	sh_sample_end(&w);
}

static void write_info(struct sh_collect *c, const char *name)
{
	static const char *const file[] = { "address", "broadcast", "duplex", "ifalias", "operstate" };
	enum { N = sizeof(file) / sizeof(*file) };
	char text[N][MAX_TEXT];
	const char *labels[2 * N + 3];
	size_t n = 0;
	double flags;

	for (size_t i = 0; i < N; i++) {
		if (!sh_kv_text(c->root, text[i], sizeof(text[i]), CLASS "/%s/%s", name, file[i]) || !*text[i])
			continue;
		labels[n++] = file[i];
		labels[n++] = text[i];
	}
	if (!n)
		return;
	if (sh_kv_number(c->root, &flags, CLASS "/%s/flags", name) && flags >= 0 && flags <= UINT32_MAX) {
		labels[n++] = "adminstate";
		labels[n++] = (uint32_t)flags & UP ? "up" : "down";
	}
	labels[n] = NULL;
	sh_collect_number(c, "net", name, NULL, labels, "network", "info", 1);
}

void sh_netclass_write(struct sh_collect *c)
{
	SH_CLEANUP_NAMES struct sh_kv_names names = { 0 };

	sh_collect_names(c, &names, CLASS, NULL);
	for (size_t i = 0; i < names.n; i++) {
		if (!sh_collect_wants(c, names.name[i]))
			continue;
		write_numbers(c, names.name[i]);
		write_info(c, names.name[i]);
	}
}
