/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "collect/metrics.h"

#include <fcntl.h>

#include "base/file.h"
#include "config/node.h"

#define MAX_FILE ((size_t)1 << 20)

static int list_metric(const char *name, const struct sh_node *n, struct sh_buf *out,
		       struct sh_error *err)
{
	const char *unit = NULL, *text = NULL;

	if (sh_node_string(n, "unit", &unit, err) < 0 || sh_node_string(n, "text", &text, err) < 0)
		return -1;
	if (!unit || !text)
		return sh_node_fail(n, err, "metric '%s' needs unit and text", name);
	sh_buf_addf(out, "  %-30s %-8s %s\n", name, unit, text);
	return 0;
}

static int list_collector(const char *name, const struct sh_node *n, struct sh_buf *out,
			  struct sh_error *err)
{
	const struct sh_node *metrics = sh_node_get(n, "metrics");
	const char *summary = NULL, *entity = NULL;

	if (sh_node_string(n, "summary", &summary, err) < 0 ||
	    sh_node_string(n, "entity", &entity, err) < 0)
		return -1;
	if (!summary || !entity || !metrics || metrics->type != SH_NODE_MAP)
		return sh_node_fail(n, err, "collector '%s' needs summary, entity and metrics", name);
	sh_buf_addf(out, "%s%s: %s\n  %s\n", out->len ? "\n" : "", name, summary, entity);
	for (size_t i = 0; i < metrics->n; i++)
		if (list_metric(metrics->key[i], metrics->item[i], out, err) < 0)
			return -1;
	return 0;
}

static int list_section(const struct sh_node *root, const char *section, struct sh_buf *out,
			struct sh_error *err)
{
	const struct sh_node *all = sh_node_get(root, section);

	if (!all || all->type != SH_NODE_MAP)
		return sh_node_fail(root, err, "'%s' is missing", section);
	for (size_t i = 0; i < all->n; i++)
		if (list_collector(all->key[i], all->item[i], out, err) < 0)
			return -1;
	return 0;
}

static int list_all(const struct sh_node *root, struct sh_buf *out, struct sh_error *err)
{
	if (list_section(root, "collectors", out, err) < 0)
		return -1;
	sh_buf_addstr(out, "\nFormats, for --from and for checks that run, read or scrape:\n");
	return list_section(root, "formats", out, err);
}

int sh_metrics_list(const char *path, struct sh_buf *out, struct sh_error *err)
{
	SH_CLEANUP_BUF struct sh_buf text = SH_BUF_INIT;
	struct sh_node *root;
	int rc;

	if (sh_file_read(AT_FDCWD, path, MAX_FILE, &text, err) < 0)
		return -1;
	root = sh_node_parse(path, sh_buf_str(&text), text.len, err);
	if (!root)
		return -1;
	rc = list_all(root, out, err);
	sh_node_free(root);
	return rc;
}
