/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "collect/check/verify.h"

#include "collect/check/dns_message.h"
#include "collect/format/format.h"

static int verify(const struct sh_check *k, const struct sh_node *node, struct sh_error *err)
{
	const struct sh_node *format = sh_node_get(node, "format");

	/* The default of a kind is ours to provide. */
	if (format && k->kind != SH_CHECK_LOG && !sh_format_find(k->format))
		return sh_node_fail(format, err, "there is no format '%.60s'; sh-collect --list shows them",
				    k->format);
	if (k->kind == SH_CHECK_DNS && k->type && !sh_dns_type(k->type))
		return sh_node_fail(sh_node_get(node, "type"), err,
				    "'type' must be A, AAAA, CNAME, MX, NS, PTR, SOA, SRV or TXT, not '%.20s'",
				    k->type);
	return 0;
}

struct verifying {
	sh_config_report_fn *report;
	void *arg;
	struct sh_error *first;
};

static void take(struct verifying *v, const struct sh_check *k, const struct sh_node *node)
{
	struct sh_error e = SH_ERROR_INIT;

	if (verify(k, node, &e) == 0)
		return;
	if (!sh_error_is_set(v->first))
		*v->first = e;
	else if (v->report)
		v->report(v->arg, &e);
}

int sh_checks_verify(const struct sh_site *site, sh_config_report_fn *report, void *arg,
		     struct sh_error *err)
{
	struct verifying v = { report, arg, err };

	for (size_t i = 0; i < site->services; i++) {
		const struct sh_service *s = &site->service[i];
		const struct sh_node *list = sh_node_get(s->node, "checks");

		for (size_t j = 0; j < s->checks; j++)
			take(&v, &s->check[j], list->item[j]);
	}
	for (size_t i = 0; i < site->checks; i++)
		take(&v, &site->check[i].check, site->check[i].node);
	return sh_error_is_set(err) ? -1 : 0;
}
