/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <errno.h>
#include <math.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "collect/host/kv.h"
#include "collect/host/netclass.h"
#include "collect/table.h"
#include "collect/text.h"

/* The columns of /proc/net/dev; more than the last that has a rate may be missing */
enum {
	RX_BYTES, RX_PACKETS, RX_ERRORS, RX_DROPS,
	TX_BYTES = 8, TX_PACKETS, TX_ERRORS, TX_DROPS, FIELDS, ALL = 16
};

static const struct {
	const char *name;
	int field;
} metric[] = {
	{ "rx_bytes", RX_BYTES }, { "tx_bytes", TX_BYTES },
	{ "rx_packets", RX_PACKETS }, { "tx_packets", TX_PACKETS },
	{ "rx_errors", RX_ERRORS }, { "tx_errors", TX_ERRORS },
	{ "rx_drops", RX_DROPS }, { "tx_drops", TX_DROPS },
};

static const char *const total[ALL] = {
	"receive_bytes_total", "receive_packets_total", "receive_errs_total", "receive_drop_total",
	"receive_fifo_total", "receive_frame_total", "receive_compressed_total",
	"receive_multicast_total",
	"transmit_bytes_total", "transmit_packets_total", "transmit_errs_total",
	"transmit_drop_total", "transmit_fifo_total", "transmit_colls_total",
	"transmit_carrier_total", "transmit_compressed_total",
};

/* The first word of a file of the link; false with *err when there is none. */
static bool read_word(struct sh_collect *c, const char *name, const char *file, struct sh_buf *text,
		      struct sh_span *word, struct sh_error *err)
{
	struct sh_span rest;
	char path[128];

	snprintf(path, sizeof(path), "sys/class/net/%.60s/%s", name, file);
	if (sh_collect_read_to(c, path, text, err) < 0)
		return false;
	rest = sh_text_of(text);
	return sh_text_field(&rest, word);
}

/* Drivers without the notion of a state (lo, tun, many virtual ones): the carrier decides. */
static double carrier_state(struct sh_collect *c, const char *name, struct sh_buf *text)
{
	struct sh_error e = SH_ERROR_INIT;
	struct sh_span word;

	if (!read_word(c, name, "carrier", text, &word, &e))
		return e.sys == EINVAL ? 0 : (double)NAN; /* while the link is administratively down */
	return sh_span_is(word, "1") ? 1 : sh_span_is(word, "0") ? 0 : (double)NAN;
}

/* 1 or 0, NaN where the kernel does not say. */
static double link_state(struct sh_collect *c, const char *name, struct sh_buf *text)
{
	static const char *const down[] = { "down", "lowerlayerdown", "dormant", "notpresent", "testing" };
	struct sh_error e = SH_ERROR_INIT;
	struct sh_span word;

	if (!read_word(c, name, "operstate", text, &word, &e))
		return (double)NAN;
	if (sh_span_is(word, "up"))
		return 1;
	if (sh_span_is(word, "unknown"))
		return carrier_state(c, name, text);
	for (size_t i = 0; i < sizeof(down) / sizeof(*down); i++)
		if (sh_span_is(word, down[i]))
			return 0;
	return (double)NAN;
}

static bool is_wanted(const struct sh_collect *c, const char *name)
{
	SH_CLEANUP_FREE char *entity = c->site ? sh_asprintf("net:%s", name) : NULL;
	struct sh_error ignored = SH_ERROR_INIT;
	bool up = false;

	return entity && sh_node_bool(sh_site_lookup(c->site, entity).entry, "up", &up, &ignored) >= 0 && up;
}

/* Asked of the kernel: /sys may be that of another network namespace. */
static bool flags_here(const char *name, unsigned *flags)
{
	SH_CLEANUP_FD int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct ifreq r = { .ifr_flags = 0 };

	snprintf(r.ifr_name, sizeof(r.ifr_name), "%.15s", name);
	if (fd < 0 || ioctl(fd, SIOCGIFFLAGS, &r) < 0)
		return false;
	*flags = (unsigned short)r.ifr_flags;
	return true;
}

/* Of an interface that the site wants up; NaN of others. */
static double set_up(struct sh_collect *c, const char *name)
{
	unsigned flags = 0;
	double number;

	if (!is_wanted(c, name))
		return (double)NAN;
	if (c->live)
		return flags_here(name, &flags) ? !!(flags & IFF_UP) : (double)NAN;
	return sh_kv_number(c->root, &number, "sys/class/net/%s/flags", name) ? (unsigned)number & IFF_UP : (double)NAN;
}

static void write_link(struct sh_collect *c, const char *name, const uint64_t *delta, double seconds,
		       struct sh_buf *text)
{
	double up = link_state(c, name, text), wanted = set_up(c, name);
	struct sh_sample_writer w;

	if (!delta && isnan(up) && isnan(wanted))
		return;
	sh_collect_begin(c, &w, "net", name, name, NULL, NULL);
	sh_sample_group(&w, "net");
	for (size_t i = 0; delta && i < sizeof(metric) / sizeof(*metric); i++)
		sh_sample_number(&w, metric[i].name, (double)delta[metric[i].field] / seconds);
	sh_sample_number(&w, "up", up);
	sh_sample_number(&w, "set_up", wanted);
	sh_sample_end(&w);
}

static void write_totals(struct sh_collect *c, const char *name, const uint64_t *v, size_t n)
{
	struct sh_sample_writer w;

	sh_collect_begin(c, &w, "net", name, name, NULL, NULL);
	sh_sample_group(&w, "network");
	for (size_t i = 0; i < n; i++)
		sh_sample_number(&w, total[i], (double)v[i]);
	sh_sample_end(&w);
}

/* "  eth0: 1 2 3": there may be no blank after the colon; the name itself may hold colons. */
static void look_at(struct sh_collect *c, struct sh_span line, struct sh_buf *text)
{
	const char *colon = memrchr(line.p, ':', line.len);
	struct sh_span head = { line.p, colon ? (size_t)(colon - line.p) : 0 }, field;
	uint64_t v[ALL], delta[FIELDS];
	double seconds;
	char name[64];
	size_t n;
	bool rate;

	if (!sh_text_field(&head, &field) || field.len >= sizeof(name))
		return;
	memcpy(name, field.p, field.len);
	name[field.len] = '\0';
	head = (struct sh_span){ colon + 1, line.len - (size_t)(colon + 1 - line.p) };
	if (!sh_collect_wants(c, name))
		return;
	n = sh_text_u64s(&head, v, ALL);
	if (n < FIELDS)
		return;
	rate = sh_counters_delta(c->counters, name, v, FIELDS, delta, &seconds);
	write_link(c, name, rate ? delta : NULL, seconds, text);
	if (c->detail)
		write_totals(c, name, v, n);
}

int sh_collect_network(struct sh_collect *c, struct sh_error *err)
{
	SH_CLEANUP_BUF struct sh_buf text = SH_BUF_INIT; /* the collector's holds the table */
	struct sh_error missing = SH_ERROR_INIT;
	struct sh_span rest, line;

	if (sh_collect_read(c, "proc/net/dev", &missing) == 0) {
		rest = sh_text_of(&c->text);
		while (sh_text_line(&rest, &line))
			look_at(c, line, &text);
	} else if (missing.code != SH_ERRC_UNAVAILABLE) {
		*err = missing;
		return -1;
	}
	sh_bonding_write(c);
	if (c->detail)
		sh_netclass_write(c);
	return 0;
}
