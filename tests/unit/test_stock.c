/* SPDX-License-Identifier: MIT */
/* The stock rules as a whole: what each must have beside being right. */
#include "config.h"

#include <fcntl.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"
#include "config/yaml.h"
#include "detect/rule.h"
#include "detect/rulebook.h"
#include "tap.h"

/* What the rule says of the machine's own facts may count at once; DESIGN 4 names the first three. */
static const char *const at_once[] = {
	"high_latency", "disk_full", "node_offline",
	"service_down", "service_stopped", "service_unresponsive", "check_failed", "file_changed",
	/* What is used up helps nobody a minute later; two or three samples say it. */
	"filesystem_damaged", "file_permissions_changed", "packet_loss_heavy", "clock_far_off",
	"net_set_down", "net_carrier_lost", "route_missing",
	"inodes_full", "service_zombie_flood", "service_descriptors_full", "service_tasks_full",
	"service_frozen", "filesystem_stalled", "service_over_memory", "service_over_cpu",
};

static struct sh_node *catalogue;

static void give_up(const char *what, const struct sh_error *err)
{
	printf("Bail out! %s: %s\n", what, err->text);
	exit(99);
}

static void load_catalogue(void)
{
	SH_CLEANUP_FREE char *path = sh_asprintf("%s/metrics.yaml", getenv("SH_STOCK"));
	SH_CLEANUP_BUF struct sh_buf text = SH_BUF_INIT;
	struct sh_error err = SH_ERROR_INIT;

	if (sh_file_read(AT_FDCWD, path, SH_YAML_MAX_BYTES, &text, &err) < 0 ||
	    !(catalogue = sh_yaml_parse(path, text.data, text.len, &err)))
		give_up(path, &err);
}

/* GROUP.* stands for numbers by their foreign names: a rule is not to lean on them. */
static bool is_vague(const char *metric)
{
	const char *dot = strchr(metric, '.');

	return dot && !strcmp(dot, ".*");
}

/* The path of what judges all of a record. */
#define WHOLE "*"

/* By all of a record: of the types that it is on, each has what it asks for. */
static bool is_of_whole(const struct sh_rule *r)
{
	struct sh_call_site site;

	for (size_t i = 0; i < sh_expr_calls(r->expr); i++)
		if (sh_expr_call_site(r->expr, i, &site) && !strcmp(site.path, WHOLE))
			return r->on != NULL;
	return false;
}

/* Told by lines, not by metrics. */
static bool is_of_logs(const struct sh_rule *r)
{
	const char *path;

	for (size_t i = 0; (path = sh_expr_path(r->expr, i)); i++)
		if (!strncmp(path, "log.", 4))
			return true;
	return sh_node_get(r->node, "match");
}

static bool lists_metric(const struct sh_node *source, const char *path)
{
	const struct sh_node *metrics = sh_node_get(source, "metrics");

	for (size_t i = 0; metrics && i < metrics->n; i++)
		if (!strcmp(metrics->key[i], path) ||
		    (!is_vague(metrics->key[i]) && fnmatch(metrics->key[i], path, 0) == 0))
			return true;
	return false;
}

/* Does a collector or format measure PATH, of an entity of TYPE (NULL: of whatever)? */
static bool is_measured(const char *path, const char *type)
{
	static const char *const parts[] = { "collectors", "formats" };

	for (size_t p = 0; p < 2; p++) {
		const struct sh_node *part = sh_node_get(catalogue, parts[p]);

		for (size_t i = 0; part && i < part->n; i++) {
			const struct sh_node *entity = sh_node_get(part->item[i], "entity");

			if (lists_metric(part->item[i], path) &&
			    (!type || (entity && strstr(entity->text, type))))
				return true;
		}
	}
	return false;
}

static bool is_of_types(const struct sh_rule *r, const char *path)
{
	for (size_t i = 0; r->on && r->on[i]; i++)
		if (is_measured(path, r->on[i]))
			return true;
	return !r->on && is_measured(path, NULL);
}

static bool has_param(const struct sh_rule *r, const char *name)
{
	return r->params && json_object_get(r->params, name);
}

/* A name that means something there. */
static bool is_known(const struct sh_rule *r, const char *path)
{
	static const char *const names[] = { "entity", "entity_name", "entity_type", "hostname" };

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (!strcmp(path, names[i]))
			return true;
	if (!strcmp(path, WHOLE))
		return r->on != NULL;
	if (!strncmp(path, "params.", 7))
		return has_param(r, path + 7);
	if (!strncmp(path, "dims.", 5) || !strncmp(path, "labels.", 7))
		return true;
	if (!strncmp(path, "log.", 4))
		return is_of_logs(r);
	if (!strncmp(path, "host.", 5))
		return is_measured(path + 5, "host");
	return is_of_types(r, path);
}

static bool reads_known(const struct sh_rule *r, const struct sh_expr *e)
{
	struct sh_call_site site;
	bool good = true;
	const char *path;

	for (size_t i = 0; e && (path = sh_expr_path(e, i)); i++)
		if (!is_known(r, path)) {
			diag("%s: nothing measures %s", r->id, path);
			good = false;
		}
	for (size_t i = 0; e && i < sh_expr_calls(e); i++)
		if (sh_expr_call_site(e, i, &site) && !is_known(r, site.path)) {
			diag("%s: nothing measures %s", r->id, site.path);
			good = false;
		}
	return good;
}

/* The expressions in braces of a description; none of a stock rule has a brace itself. */
static bool tells_known(const struct sh_rules *rules, const struct sh_rule *r)
{
	const struct sh_node *text = sh_node_get(r->node, "description");
	const char *at = text ? text->text : "";
	bool good = text && *at;

	while (good && (at = strchr(at, '{'))) {
		struct sh_error err = SH_ERROR_INIT;
		SH_CLEANUP_FREE char *inner = sh_strndup(at + 1, strcspn(at + 1, "}"));
		struct sh_expr *e = sh_expr_parse(inner, rules->functions, &err);

		good = e && reads_known(r, e);
		sh_expr_free(e);
		at++;
	}
	return good;
}

/* What is new of a series is known only after a hundred values of it. */
static bool is_learned(const struct sh_rule *r)
{
	struct sh_call_site site;

	for (size_t i = 0; i < sh_expr_calls(r->expr); i++)
		if (sh_expr_call_site(r->expr, i, &site) && !strcmp(site.function->name, "anomaly"))
			return true;
	return false;
}

/* By a duration, or by a past as long; a line of a log tells what has happened already. */
static bool takes_a_minute(const struct sh_rule *r)
{
	for (size_t i = 0; i < sizeof(at_once) / sizeof(*at_once); i++)
		if (!strcmp(r->id, at_once[i]))
			return true;
	return r->for_time >= SH_MIN || sh_expr_window(r->expr) >= SH_MIN || is_of_logs(r) ||
	       is_learned(r);
}

/* Of an expression about the past, what a repair is verified by: or it is never acted on. */
static bool can_be_verified(const struct sh_rule *r)
{
	const struct sh_node *mode = sh_node_get(r->node, "mode");

	return !sh_expr_needs_past(r->expr) || (r->verify && !sh_expr_needs_past(r->verify)) ||
	       (mode && !strcmp(mode->text, "observe"));
}

static void count_tests(const struct sh_rule *r, int *fires, int *not)
{
	const struct sh_node *tests = sh_node_get(r->node, "tests");

	*fires = *not = 0;
	for (size_t i = 0; tests && i < tests->n; i++) {
		const struct sh_node *expect = sh_node_get(tests->item[i], "expect");

		*not += expect && !strcmp(expect->text, "none");
		*fires += expect && (!strcmp(expect->text, "open") || !strcmp(expect->text, "ongoing"));
	}
}

static void check_rule(const struct sh_rules *rules, const struct sh_rulebook *book, size_t i)
{
	const struct sh_rule *r = &rules->rule[i];
	int fires, not;

	count_tests(r, &fires, &not);
	OK(fires > 0 && not > 0, "%s has a test that fires and one that does not", r->id);
	OK(takes_a_minute(r), "%s: a few samples do not fire it", r->id);
	OK(reads_known(r, r->expr) && reads_known(r, r->clear) && reads_known(r, r->verify) &&
		   tells_known(rules, r),
	   "%s reads what is measured of what it is on", r->id);
	OK(can_be_verified(r), "%s: what repairs it can be verified", r->id);
	OK(sh_node_get(r->node, "title") && sh_node_get(r->node, "severity") && r->affected,
	   "%s says what it is", r->id);
	OK(!book->rule[i].always || is_of_logs(r) || is_of_whole(r), "%s costs nothing where its metrics are not", r->id);
}

/* Whether the trees are the same, places too, but for the tests of entries. */
static bool is_same(const struct sh_node *whole, const struct sh_node *rest, int depth)
{
	size_t k = 0;

	if (whole->type != rest->type || whole->line != rest->line || whole->column != rest->column ||
	    !whole->text != !rest->text || (whole->text && strcmp(whole->text, rest->text) != 0))
		return false;
	for (size_t i = 0; i < whole->n; i++) {
		if (depth == 0 && whole->key && !strcmp(whole->key[i], "tests"))
			continue;
		if (k == rest->n || (whole->key && strcmp(whole->key[i], rest->key[k]) != 0) ||
		    !is_same(whole->item[i], rest->item[k++], depth + 1))
			return false;
	}
	return k == rest->n;
}

/* What a run reads of the stock files is all but the tests. */
static void test_untested(void)
{
	static const char *const nothing[] = { NULL };
	struct sh_config_options opt = { .paths = nothing };
	struct sh_error err = SH_ERROR_INIT;
	struct sh_config whole, rest;
	size_t tested = 0, left = 0;
	bool same = sh_config_load(&whole, &opt, NULL, NULL, &err) == 0;

	opt.stock_untested = true;
	same = sh_config_load(&rest, &opt, NULL, NULL, &err) == 0 && same;
	for (enum sh_section s = 0; s < SH_SECTIONS; s++) {
		const struct sh_config_entry *e, *r;

		for (size_t i = 0; (e = sh_config_next(&whole, s, &i));) {
			r = sh_config_find(&rest, s, e->id);
			same = same && r && is_same(e->node, r->node, 0);
			tested += sh_node_get(e->node, "tests") != NULL;
			left += r && sh_node_get(r->node, "tests");
		}
		same = same && whole.section[s].n == rest.section[s].n;
	}
	OK(same, "without their tests the stock files are the same %s", err.text);
	OK(tested > 100 && !left, "of %zu entries with tests %zu have them still", tested, left);
	sh_config_release(&whole);
	sh_config_release(&rest);
}

int main(void)
{
	static const char *const nothing[] = { NULL };
	const struct sh_config_options opt = { .paths = nothing };
	struct sh_error err = SH_ERROR_INIT;
	struct sh_rulebook book;
	struct sh_config c = { 0 };
	struct sh_rules rules;

	load_catalogue();
	test_untested();
	if (sh_config_load(&c, &opt, NULL, NULL, &err) < 0)
		give_up("stock", &err);
	OK(sh_rules_load(&rules, &c, 0, NULL, NULL) == 0 && rules.n > 200, "they are read");
	OK(sh_rulebook_make(&book, &rules, NULL, NULL) == 0, "they are planned");
	for (size_t i = 0; i < rules.n; i++)
		check_rule(&rules, &book, i);
	sh_rulebook_release(&book);
	sh_rules_release(&rules);
	sh_config_release(&c);
	sh_node_free(catalogue);
	return plan_done();
}
