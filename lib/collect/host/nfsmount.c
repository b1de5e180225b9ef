/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "collect/host/nfsmount.h"

#include <stdio.h>
#include <string.h>

#include "collect/host/kv.h"
#include "collect/host/mountstats.h"
#include "collect/text.h"

#define GROUP "mountstats"

/* What is counted of all operations of a mount, and of its reads and writes. */
enum { REQUESTS, TRANSMISSIONS, TIMEOUTS, READS, READ_RTT, READ_EXE, READ_BYTES, WRITES, WRITE_RTT,
       WRITE_EXE, WRITE_BYTES, COUNTERS };

static const char *const byte_name[] = {
	"nfs_read_bytes_total", "nfs_write_bytes_total", "nfs_direct_read_bytes_total",
	"nfs_direct_write_bytes_total", "nfs_total_read_bytes_total",
	"nfs_total_write_bytes_total", "nfs_read_pages_total", "nfs_write_pages_total",
};

static const char *const event_name[] = {
	"nfs_event_inode_revalidate_total", "nfs_event_dnode_revalidate_total",
	"nfs_event_data_invalidate_total", "nfs_event_attribute_invalidate_total",
	"nfs_event_vfs_open_total", "nfs_event_vfs_lookup_total", "nfs_event_vfs_access_total",
	"nfs_event_vfs_update_page_total", "nfs_event_vfs_read_page_total",
	"nfs_event_vfs_read_pages_total", "nfs_event_vfs_write_page_total",
	"nfs_event_vfs_write_pages_total", "nfs_event_vfs_getdents_total",
	"nfs_event_vfs_setattr_total", "nfs_event_vfs_flush_total",
	"nfs_event_vfs_fsync_total", "nfs_event_vfs_lock_total",
	"nfs_event_vfs_file_release_total", NULL, "nfs_event_truncation_total",
	"nfs_event_write_extension_total", "nfs_event_silly_rename_total",
	"nfs_event_short_read_total", "nfs_event_short_write_total",
	"nfs_event_jukebox_delay_total", "nfs_event_pnfs_read_total",
	"nfs_event_pnfs_write_total",
};

static const char *const transport_name[SH_XPRT_FIELDS] = {
	[SH_XPRT_BIND] = "nfs_transport_bind_total",
	[SH_XPRT_CONNECT] = "nfs_transport_connect_total",
	[SH_XPRT_IDLE] = "nfs_transport_idle_time_seconds",
	[SH_XPRT_SENDS] = "nfs_transport_sends_total",
	[SH_XPRT_RECEIVES] = "nfs_transport_receives_total",
	[SH_XPRT_BAD_XIDS] = "nfs_transport_bad_transaction_ids_total",
	[SH_XPRT_BACKLOG] = "nfs_transport_backlog_queue_total",
	[SH_XPRT_SLOTS] = "nfs_transport_maximum_rpc_slots",
	[SH_XPRT_SENDING] = "nfs_transport_sending_queue_total",
	[SH_XPRT_PENDING] = "nfs_transport_pending_queue_total",
};

static const struct { const char *name; double unit; } op_name[SH_NFS_OP_FIELDS] = {
	[SH_NFS_REQUESTS] = { "nfs_operations_requests_total", 1 },
	[SH_NFS_TRANSMISSIONS] = { "nfs_operations_transmissions_total", 1 },
	[SH_NFS_TIMEOUTS] = { "nfs_operations_major_timeouts_total", 1 },
	[SH_NFS_SENT] = { "nfs_operations_sent_bytes_total", 1 },
	[SH_NFS_RECEIVED] = { "nfs_operations_received_bytes_total", 1 },
	[SH_NFS_QUEUE_MS] = { "nfs_operations_queue_time_seconds_total", 1000 },
	[SH_NFS_RTT_MS] = { "nfs_operations_response_time_seconds_total", 1000 },
	[SH_NFS_EXE_MS] = { "nfs_operations_request_time_seconds_total", 1000 },
};

/* One mount at work: its names, and what its series are known by beside the mount point. */
struct mount {
	const struct sh_mountstats *m;
	char point[1024], export[1024], protocol[16], address[128];
	const char *dims[9]; /* room for one more pair */
};

/* Beyond 2^53 a double would lose single counts: the counter turns over there instead. */
static double exact(uint64_t v)
{
	return (double)(v % ((uint64_t)1 << 53));
}

static void count_op(struct sh_span key, const uint64_t *op, uint64_t *v)
{
	size_t at = sh_span_is(key, "READ") ? READS : sh_span_is(key, "WRITE") ? WRITES : 0;

	/* A sum past the end of 64 bits looks like a reset, and gives no rate. */
	v[REQUESTS] += op[SH_NFS_REQUESTS];
	v[TRANSMISSIONS] += op[SH_NFS_TRANSMISSIONS];
	v[TIMEOUTS] += op[SH_NFS_TIMEOUTS];
	if (!at)
		return;
	v[at] = op[SH_NFS_REQUESTS];
	v[at + 1] = op[SH_NFS_RTT_MS];
	v[at + 2] = op[SH_NFS_EXE_MS];
	v[at + 3] = op[at == READS ? SH_NFS_RECEIVED : SH_NFS_SENT];
}

static void count(const struct sh_mountstats *m, uint64_t *v)
{
	struct sh_span body = m->body, key, values;
	uint64_t op[SH_NFS_OP_FIELDS];
	bool ops = false;

	memset(v, 0, COUNTERS * sizeof(*v));
	while (sh_mountstats_part(&body, &key, &values)) {
		if (ops && sh_mountstats_op(values, op))
			count_op(key, op, v);
		ops = ops || sh_span_is(key, "per-op");
	}
}

static void write_health(struct sh_collect *c, const struct mount *k)
{
	const char *labels[] = { "device", k->export, NULL };
	uint64_t v[COUNTERS], d[COUNTERS];
	struct sh_sample_writer w;
	double seconds;

	count(k->m, v);
	if (!sh_counters_delta(c->counters, k->point, v, COUNTERS, d, &seconds))
		return;
	sh_collect_begin(c, &w, "filesystem", k->point, k->point, NULL, labels);
	sh_sample_group(&w, "latency");
	if (d[READS])
		sh_sample_number(&w, "read_avg", (double)d[READ_EXE] / (double)d[READS]);
	if (d[WRITES])
		sh_sample_number(&w, "write_avg", (double)d[WRITE_EXE] / (double)d[WRITES]);
	sh_sample_group(&w, "nfs");
	sh_sample_number(&w, "calls", (double)d[REQUESTS] / seconds);
	sh_sample_number(&w, "timeouts", (double)d[TIMEOUTS] / seconds);
	if (d[REQUESTS] && d[TRANSMISSIONS] >= d[REQUESTS])
		sh_sample_number(&w, "retransmitted",
				 100 * (double)(d[TRANSMISSIONS] - d[REQUESTS]) / (double)d[REQUESTS]);
	if (d[READS])
		sh_sample_number(&w, "read_rtt_avg", (double)d[READ_RTT] / (double)d[READS]);
	if (d[WRITES])
		sh_sample_number(&w, "write_rtt_avg", (double)d[WRITE_RTT] / (double)d[WRITES]);
	sh_sample_number(&w, "read_bytes", (double)d[READ_BYTES] / seconds);
	sh_sample_number(&w, "write_bytes", (double)d[WRITE_BYTES] / seconds);
	sh_sample_end(&w);
}

static void begin(struct sh_collect *c, struct sh_sample_writer *w, struct mount *k,
		  const char *name, const char *value)
{
	k->dims[6] = name;
	k->dims[7] = value;
	sh_collect_begin(c, w, "filesystem", k->point, k->point, k->dims, NULL);
	sh_sample_group(w, GROUP);
}

static void write_list(struct sh_sample_writer *w, struct sh_span values, const char *const *name,
		       size_t n)
{
	uint64_t v;

	for (size_t i = 0; i < n && sh_text_u64s(&values, &v, 1) == 1; i++)
		if (name[i])
			sh_sample_number(w, name[i], (double)v);
}

static void write_totals(struct sh_collect *c, struct mount *k)
{
	struct sh_span body = k->m->body, key, values;
	struct sh_sample_writer w;

	begin(c, &w, k, NULL, NULL);
	while (sh_mountstats_part(&body, &key, &values)) {
		if (sh_span_is(key, "age"))
			write_list(&w, values, (const char *[]){ "nfs_age_seconds_total" }, 1);
		else if (sh_span_is(key, "bytes"))
			write_list(&w, values, byte_name, sizeof(byte_name) / sizeof(*byte_name));
		else if (sh_span_is(key, "events"))
			write_list(&w, values, event_name, sizeof(event_name) / sizeof(*event_name));
		else if (sh_span_is(key, "per-op"))
			break;
	}
	sh_sample_end(&w);
	begin(c, &w, k, "mountpoint", k->point);
	sh_sample_number(&w, "nfs_mountpoint_info", 1);
	sh_sample_end(&w);
}

static void write_transport(struct sh_collect *c, struct mount *k, struct sh_span values,
			    unsigned number)
{
	uint64_t v[SH_XPRT_FIELDS];
	struct sh_sample_writer w;
	char text[16];
	size_t n;

	if (!sh_mountstats_transport(values, v, &n).p)
		return;
	snprintf(text, sizeof(text), "%u", number);
	begin(c, &w, k, "transport", text);
	for (size_t i = 0; i < n; i++)
		if (transport_name[i])
			sh_sample_number(&w, transport_name[i], exact(v[i]));
	sh_sample_end(&w);
}

static void write_op(struct sh_collect *c, struct mount *k, struct sh_span key, struct sh_span values)
{
	uint64_t op[SH_NFS_OP_FIELDS];
	struct sh_sample_writer w;
	char name[64];

	if (!sh_mountstats_op(values, op) || !sh_kv_copy(key, name, sizeof(name)))
		return;
	begin(c, &w, k, "operation", name);
	for (int i = 0; i < SH_NFS_OP_FIELDS; i++)
		sh_sample_number(&w, op_name[i].name, exact(op[i]) / op_name[i].unit);
	sh_sample_end(&w);
}

static void write_parts(struct sh_collect *c, struct mount *k)
{
	struct sh_span body = k->m->body, key, values;
	unsigned transports = 0;
	bool ops = false;

	while (sh_mountstats_part(&body, &key, &values)) {
		if (ops)
			write_op(c, k, key, values);
		else if (sh_span_is(key, "xprt"))
			write_transport(c, k, values, transports++);
		ops = ops || sh_span_is(key, "per-op");
	}
}

/* The first transport's: all of a mount use the same. */
static void find_protocol(struct mount *k)
{
	struct sh_span body = k->m->body, key, values, protocol;

	while (!*k->protocol && sh_mountstats_part(&body, &key, &values))
		if (sh_span_is(key, "xprt") && sh_text_field(&values, &protocol))
			sh_kv_copy(protocol, k->protocol, sizeof(k->protocol));
}

/* The server's address is an option in the line of mountinfo with the same number. */
static void find_address(const struct sh_buf *mountinfo, struct mount *k)
{
	struct sh_span rest = sh_text_of(mountinfo), line, word, point = SH_SPAN_NONE;

	for (size_t i = 0; i <= k->m->index; i++)
		if (!sh_text_line(&rest, &line))
			return;
	/* Mounts may have come and gone between the two files. */
	if (!sh_text_skip(&line, 4) || !sh_text_field(&line, &point) ||
	    !sh_span_equal(point, k->m->point))
		return;
	while (sh_text_field(&line, &word))
		;
	for (const char *p = word.p, *end = word.p + word.len; p < end;) {
		const char *comma = memchr(p, ',', (size_t)(end - p));
		struct sh_span option = { p, (size_t)((comma ? comma : end) - p) };
		struct sh_span address = sh_text_after(option, "addr=");

		if (address.p)
			sh_kv_copy(address, k->address, sizeof(k->address));
		p = comma ? comma + 1 : end;
	}
}

static bool name_of(struct sh_span s, struct sh_buf *scratch, char *out, size_t size)
{
	sh_text_unescape(s, scratch);
	return sh_kv_copy(sh_text_of(scratch), out, size);
}

static void look_at(struct sh_collect *c, const struct sh_mountstats *m, const struct sh_buf *mountinfo,
		    struct sh_buf *scratch)
{
	struct mount k = { .m = m };

	if (!name_of(m->point, scratch, k.point, sizeof(k.point)) ||
	    !name_of(m->device, scratch, k.export, sizeof(k.export)) ||
	    !sh_collect_wants(c, k.point))
		return;
	write_health(c, &k);
	if (!c->detail)
		return;
	find_protocol(&k);
	find_address(mountinfo, &k);
	k.dims[0] = "export";
	k.dims[1] = k.export;
	k.dims[2] = "protocol";
	k.dims[3] = k.protocol;
	k.dims[4] = "mountaddr";
	k.dims[5] = k.address;
	write_totals(c, &k);
	write_parts(c, &k);
}

int sh_nfs_mounts(struct sh_collect *c, struct sh_error *err)
{
	SH_CLEANUP_BUF struct sh_buf mountinfo = SH_BUF_INIT, scratch = SH_BUF_INIT;
	struct sh_error ignored = SH_ERROR_INIT;
	struct sh_mountstats m;

	if (c->detail && sh_collect_read(c, "proc/self/mountinfo", &ignored) == 0)
		sh_buf_add(&mountinfo, sh_buf_str(&c->text), c->text.len);
	if (sh_collect_read(c, "proc/self/mountstats", err) < 0)
		return -1;
	m = (struct sh_mountstats){ .rest = sh_text_of(&c->text) };
	while (sh_mountstats_next(&m))
		look_at(c, &m, &mountinfo, &scratch);
	return 0;
}
