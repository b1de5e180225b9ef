/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "detect/prom/engine_internal.h"
#include "base/mem.h"

#define FORM SH_PROM_FORM_HUSHED

void sh_prom_engine_save(const struct sh_prom_engine *p, struct sh_buf *out)
{
	SH_CLEANUP_BUF struct sh_buf alerts = SH_BUF_INIT;

	sh_bytes_put(out, FORM, 4);
	sh_bytes_put(out, (uint64_t)p->now, 8);
	sh_bytes_put(out, p->n, 4);
	for (size_t i = 0; i < p->n; i++) {
		const struct sh_prom_ruled *r = p->rule[i];

		sh_bytes_put_span(out, sh_span_of(r->rule.id));
		sh_bytes_put_span(out, sh_span_of(r->rule.expr));
		sh_bytes_put(out, (uint64_t)r->last, 8);
		sh_bytes_put(out, r->broken, 1);
		sh_buf_clear(&alerts);
		sh_prom_alerts_save(&r->alerts, &alerts);
		sh_bytes_put(out, alerts.len, 4);
		sh_buf_add(out, alerts.data, alerts.len);
	}
	sh_prom_store_save(&p->store, out);
}

/* The rule of this id, when it still says the same. */
static struct sh_prom_ruled *find_rule(struct sh_prom_engine *p, const char *id, const char *expr)
{
	for (size_t i = 0; i < p->n; i++)
		if (!strcmp(p->rule[i]->rule.id, id) && !strcmp(p->rule[i]->rule.expr, expr))
			return p->rule[i];
	return NULL;
}

static bool load_rule(struct sh_prom_engine *p, struct sh_bytes *in, unsigned form, struct sh_buf *id,
		      struct sh_buf *expr)
{
	struct sh_prom_ruled *r;
	uint64_t last, broken, len;
	struct sh_bytes part;

	if (!sh_bytes_take_text(in, id) || !sh_bytes_take_text(in, expr) || !sh_bytes_take(in, 8, &last) ||
	    !sh_bytes_take(in, 1, &broken) || !sh_bytes_take(in, 4, &len) || len > in->len)
		return false;
	part = (struct sh_bytes){ in->p, len };
	in->p += len;
	in->len -= len;
	r = find_rule(p, sh_buf_str(id), sh_buf_str(expr));
	if (!r)
		return true;
	r->last = (int64_t)last;
	r->broken = broken != 0;
	return sh_prom_alerts_load(&r->alerts, &part, form);
}

static void start_anew(struct sh_prom_engine *p)
{
	p->now = INT64_MIN;
	for (size_t i = 0; i < p->n; i++) {
		p->rule[i]->last = INT64_MIN;
		p->rule[i]->broken = false;
		sh_prom_alerts_release(&p->rule[i]->alerts);
		sh_prom_alerts_init(&p->rule[i]->alerts);
	}
}

int sh_prom_engine_load(struct sh_prom_engine *p, const void *data, size_t len, struct sh_error *err)
{
	SH_CLEANUP_BUF struct sh_buf id = SH_BUF_INIT, expr = SH_BUF_INIT;
	struct sh_bytes in = { data, len };
	uint64_t form, now, n = 0;
	bool ok = sh_bytes_take(&in, 4, &form) && form >= 1 && form <= FORM && sh_bytes_take(&in, 8, &now) &&
		  sh_bytes_take(&in, 4, &n);

	for (uint64_t i = 0; ok && i < n; i++)
		ok = load_rule(p, &in, (unsigned)form, &id, &expr);
	if (!ok || sh_prom_store_load(&p->store, &in, err) < 0) {
		start_anew(p);
		return sh_error_set(err, SH_ERRC_STATE, "the state of PromQL rules is damaged or of a newer form");
	}
	p->now = (int64_t)now;
	return 0;
}
