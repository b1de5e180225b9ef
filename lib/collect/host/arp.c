/* SPDX-License-Identifier: MIT */
/* Neighbours in the ARP table, by interface. */
#include "config.h"

#include <stdlib.h>

#include "base/map.h"
#include "base/mem.h"
#include "collect/host/kv.h"
#include "collect/table.h"
#include "collect/text.h"

static void count_in(struct sh_map *count, struct sh_span device)
{
	uint64_t *n = sh_map_get(count, device.p, device.len);

	if (!n) {
		n = sh_calloc(1, sizeof(*n));
		sh_map_put(count, device.p, device.len, n);
	}
	*n += 1;
}

/* "IP address  HW type  Flags  HW address  Mask  Device", below a line of those headings */
int sh_collect_arp(struct sh_collect *c, struct sh_error *err)
{
	const struct sh_map_entry *e;
	struct sh_span text, line, device, more;
	struct sh_map count;
	size_t i = 0;

	if (sh_collect_read(c, "proc/net/arp", err) < 0)
		return -1;
	sh_map_init(&count, free);
	text = sh_text_of(&c->text);
	sh_text_line(&text, &line);
	while (sh_text_line(&text, &line))
		if (sh_text_skip(&line, 5) && sh_text_field(&line, &device) && !sh_text_field(&line, &more))
			count_in(&count, device);
	while ((e = sh_map_next(&count, &i)))
		sh_collect_number(c, "net", e->key, NULL, NULL, "arp", "entries",
				  (double)*(const uint64_t *)e->value);
	sh_map_release(&count);
	return 0;
}
