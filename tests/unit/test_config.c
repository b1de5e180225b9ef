/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "config/config.h"

#include "tap.h"

static char dir[] = "/tmp/test_config.XXXXXX";
static char made[64][256]; /* to be removed in the end, newest first */
static size_t n_made;

static const char *below(const char *name)
{
	snprintf(made[n_made], sizeof(made[0]), "%s/%s", dir, name);
	return made[n_made++];
}

static void make_dir(const char *name)
{
	if (mkdir(below(name), 0700) < 0)
		diag("cannot make %s", name);
}

static void put(const char *name, const char *text, unsigned mode)
{
	struct sh_error err = SH_ERROR_INIT;

	if (sh_file_write_atomic(below(name), text, strlen(text), mode, &err) < 0)
		diag("%s", err.text);
}

static void prepare(void)
{
	make_dir("stock");
	make_dir("stock/rules");
	make_dir("stock/tasks");
	make_dir("stock/schema");
	put("stock/rules/b.yaml", "rules: {two: {v: stock}, three: {v: stock}}", 0644);
	put("stock/rules/a.yaml", "rules: {one: {v: stock}}", 0644);
	put("stock/rules/notes.txt", "not: [yaml", 0644);
	put("stock/rules/.hidden.yaml", "not: [yaml", 0644);
	put("stock/tasks/t.yaml", "tasks: {t: {every: daily, enabled: true}}", 0644);
	make_dir("tested");
	make_dir("tested/rules");
	put("tested/rules/a.yaml",
	    "rules:\n  one:\n    tests: # of it\n      - {a: 1}\n    v: kept\n"
	    "  two:\n    tests:\n      - name: x\n\n# outside\n        y: 1\n    v: after\n"
	    "  three:\n    tests:\n    - {a: 1}\n    - - b\n    v: \"tests:\"\n"
	    "  tests:\n    v: named so\n    labels:\n      tests:\n        - kept\n", 0644);
	put("tested/rules/b.yaml",
	    "rules:\n  four:\n    tests:\n      - &a {x: 1}\n    v: whole\n  five:\n    w: *a\n", 0644);
	put("stock/schema/s.yaml", "anything: 1", 0644);
	make_dir("home");
	make_dir("home/selfheal");
	put("home/selfheal/site.yaml", "rules: {one: {v: user, w: 1}}\nservices: {s: {}}", 0600);
	make_dir("c");
	put("c/1.yaml", "rules: {two: {enabled: false}, four: {v: c}}", 0600);
	put("c/2.yaml", "rules: {four: {v: later}}\ntopology:\n  - {id: t1}\n  - {x: 1}\nsilences:\n", 0600);
	put("bad1.yaml", "rulse: {a: {}}\nrules: [a]\ntasks: {t: 5, u: {enabled: maybe}}\nservice: {}", 0600);
	put("bad2.yaml", "[1, 2]", 0600);
	put("bad3.yaml", "a: [", 0600);
	put("open.yaml", "rules: {}", 0666);
	make_dir("opendir");
	put("opendir/x.yaml", "rules: {}", 0600);
	if (chmod(made[n_made - 2], 0777) < 0)
		diag("cannot chmod");
}

static const char *value(const struct sh_config *c, enum sh_section s, const char *id)
{
	const struct sh_config_entry *e = sh_config_find(c, s, id);
	const struct sh_node *v = e ? sh_node_get(e->node, "v") : NULL;

	return v ? v->text : "none";
}

/* Load with the stock directory and up to two -c; NULL ends them. */
static int load(struct sh_config *c, const char *a, const char *b, bool no_stock,
		sh_config_report_fn *report, void *arg, struct sh_error *err)
{
	SH_CLEANUP_FREE char *stock = sh_asprintf("%s/stock", dir);
	SH_CLEANUP_FREE char *pa = sh_asprintf("%s/%s", dir, a ? a : "");
	SH_CLEANUP_FREE char *pb = sh_asprintf("%s/%s", dir, b ? b : "");
	const char *paths[] = { a ? pa : NULL, b ? pb : NULL, NULL };
	const struct sh_config_options opt = { .paths = paths, .no_stock = no_stock, .stock_dir = stock };

	return sh_config_load(c, &opt, report, arg, err);
}

static void test_stock_and_user(void)
{
	struct sh_error err = SH_ERROR_INIT;
	const struct sh_config_entry *e;
	struct sh_config c;
	char order[64] = "";
	size_t i = 0;

	setenv("XDG_CONFIG_HOME", below("home"), 1);
	n_made--;
	OK(load(&c, NULL, NULL, false, NULL, NULL, &err) == 0, "stock and user files load %s", err.text);
	OK(strcmp(value(&c, SH_SECTION_RULES, "one"), "user") == 0, "the user's rule replaces the stock one");
	OK(!sh_config_find(&c, SH_SECTION_RULES, "one")->stock, "and is not stock");
	OK(sh_config_find(&c, SH_SECTION_RULES, "two")->stock, "what came with the toolkit is");
	while ((e = sh_config_next(&c, SH_SECTION_RULES, &i)))
		snprintf(order + strlen(order), sizeof(order) - strlen(order), "%s ", e->id);
	OK(strcmp(order, "one two three ") == 0, "files in order of their names, replaced in place: %s", order);
	OK(!sh_node_get(sh_config_find(&c, SH_SECTION_TASKS, "t")->node, "enabled"), "enabled is taken out");
	OK(sh_config_find(&c, SH_SECTION_SERVICES, "s") != NULL, "the user's service is there");
	sh_config_release(&c);
	OK(load(&c, NULL, NULL, true, NULL, NULL, &err) == 0 &&
	   !sh_config_find(&c, SH_SECTION_RULES, "two") &&
	   sh_config_find(&c, SH_SECTION_RULES, "one"), "no_stock leaves stock out");
	sh_config_release(&c);
	setenv("XDG_CONFIG_HOME", "home", 1);
	OK(load(&c, NULL, NULL, false, NULL, NULL, &err) == 0 &&
	   strcmp(value(&c, SH_SECTION_RULES, "one"), "stock") == 0, "a relative XDG_CONFIG_HOME is ignored");
	sh_config_release(&c);
	unsetenv("XDG_CONFIG_HOME");
}

static void test_without(void)
{
	SH_CLEANUP_FREE char *stock = sh_asprintf("%s/stock", dir);
	const char *const nothing[] = { stock, NULL };
	const struct sh_config_options opt = { .paths = nothing, .stock_dir = stock,
					       .stock_without = SH_SECTION_BIT(SH_SECTION_TASKS) };
	struct sh_error err = SH_ERROR_INIT;
	struct sh_config c;

	OK(sh_config_load(&c, &opt, NULL, NULL, &err) == 0 && sh_config_find(&c, SH_SECTION_RULES, "two") &&
	   !sh_config_find(&c, SH_SECTION_TASKS, "t"), "stock files that nobody looks at are not read %s", err.text);
	sh_config_release(&c);
}

static void test_untested(void)
{
	SH_CLEANUP_FREE char *stock = sh_asprintf("%s/tested", dir);
	const char *const nothing[] = { NULL };
	struct sh_config_options opt = { .paths = nothing, .stock_dir = stock, .stock_untested = true };
	struct sh_error err = SH_ERROR_INIT;
	const struct sh_config_entry *e;
	struct sh_config c;

	OK(sh_config_load(&c, &opt, NULL, NULL, &err) == 0, "stock files load without their tests %s", err.text);
	OK(!strcmp(value(&c, SH_SECTION_RULES, "one"), "kept"), "what is no heading alone is read");
	e = sh_config_find(&c, SH_SECTION_RULES, "two");
	OK(e && e->node->n == 1 && e->node->item[0]->line == 12 && e->node->item[0]->column == 8 &&
	   !strcmp(value(&c, SH_SECTION_RULES, "two"), "after"), "what is behind the tests stands where it stood");
	OK(!strcmp(value(&c, SH_SECTION_RULES, "three"), "tests:"), "items as far to the left as the heading");
	e = sh_config_find(&c, SH_SECTION_RULES, "tests");
	OK(e && !strcmp(value(&c, SH_SECTION_RULES, "tests"), "named so") &&
	   sh_node_get(sh_node_get(e->node, "labels"), "tests"), "what is only named so is read");
	OK(sh_node_get(sh_config_find(&c, SH_SECTION_RULES, "four")->node, "tests") &&
	   sh_config_find(&c, SH_SECTION_RULES, "five"), "a file that is none without them is read whole");
	sh_config_release(&c);
	opt.stock_untested = false;
	OK(sh_config_load(&c, &opt, NULL, NULL, &err) == 0 &&
	   sh_node_get(sh_config_find(&c, SH_SECTION_RULES, "two")->node, "tests"), "who asks has the tests");
	sh_config_release(&c);
}

static void test_paths(void)
{
	struct sh_error err = SH_ERROR_INIT;
	const struct sh_config_entry *e;
	struct sh_config c;
	size_t i = 0;

	setenv("XDG_CONFIG_HOME", below("home"), 1);
	n_made--;
	OK(load(&c, "c", NULL, false, NULL, NULL, &err) == 0, "a directory with -c %s", err.text);
	OK(strcmp(value(&c, SH_SECTION_RULES, "one"), "stock") == 0, "-c replaces the user's files");
	OK(!sh_config_find(&c, SH_SECTION_RULES, "two"), "enabled: false removes a stock rule");
	OK(strcmp(value(&c, SH_SECTION_RULES, "four"), "later") == 0, "the later file wins");
	e = sh_config_next(&c, SH_SECTION_TOPOLOGY, &i);
	OK(e && strcmp(e->id, "t1") == 0, "an item of topology has its id");
	e = sh_config_next(&c, SH_SECTION_TOPOLOGY, &i);
	OK(e && strstr(e->id, "2.yaml:4"), "or its place");
	sh_config_release(&c);
	OK(load(&c, "c/2.yaml", "c/1.yaml", false, NULL, NULL, &err) == 0 &&
	   strcmp(value(&c, SH_SECTION_RULES, "four"), "c") == 0, "files in the order of the options");
	sh_config_release(&c);
	OK(load(&c, "none", NULL, false, NULL, NULL, &err) < 0 && err.code == SH_ERRC_CONFIG &&
	   strstr(err.text, "/none"), "a missing -c is named: %s", err.text);
	sh_config_release(&c);
	unsetenv("XDG_CONFIG_HOME");
}

struct heard {
	char text[2048];
	size_t n;
};

static void hear(void *arg, const struct sh_error *err)
{
	struct heard *h = arg;

	snprintf(h->text + strlen(h->text), sizeof(h->text) - strlen(h->text), "%s\n", err->text);
	h->n++;
}

static void test_errors(void)
{
	struct sh_error err = SH_ERROR_INIT;
	struct heard h = { "", 0 };
	struct sh_config c;

	OK(load(&c, "bad1.yaml", "bad2.yaml", true, hear, &h, &err) < 0, "bad files are refused");
	OK(strstr(err.text, "bad1.yaml:1:1: unknown section 'rulse'; did you mean 'rules'?"), "%s", err.text);
	OK(strstr(h.text, "bad1.yaml:2:8: section 'rules' must be a map"), "a section that is a list");
	OK(strstr(h.text, "bad1.yaml:3:12: 't' in tasks must be a map"), "an entry that is a number");
	OK(strstr(h.text, "bad1.yaml:3:28: 'enabled' must be true or false"), "enabled: maybe");
	OK(strstr(h.text, "bad1.yaml:4:1: unknown section 'service'; did you mean 'services'?"), "service");
	OK(strstr(h.text, "bad2.yaml:1:1: a configuration file is a map of sections"), "a list");
	OK(h.n == 5, "each error once: %zu", h.n);
	sh_config_release(&c);
	sh_error_clear(&err);
	OK(load(&c, "bad3.yaml", NULL, true, NULL, NULL, &err) < 0 && strstr(err.text, "bad3.yaml:"),
	   "no YAML at all: %s", err.text);
	sh_config_release(&c);
}

static void test_trust(void)
{
	struct sh_error err = SH_ERROR_INIT;
	struct sh_config c;

	OK(load(&c, "open.yaml", NULL, true, NULL, NULL, &err) < 0 && err.code == SH_ERRC_CONFIG &&
	   strstr(err.text, "writable"), "a file others may write is refused: %s", err.text);
	sh_config_release(&c);
	sh_error_clear(&err);
	OK(load(&c, "opendir", NULL, true, NULL, NULL, &err) < 0 && strstr(err.text, "writable"),
	   "so is a directory");
	sh_config_release(&c);
	sh_error_clear(&err);
	OK(load(&c, "opendir/x.yaml", NULL, true, NULL, NULL, &err) < 0 && strstr(err.text, "writable"),
	   "and a file in one");
	sh_config_release(&c);
}

static void test_no_stock_directory(void)
{
	const struct sh_config_options opt = { .stock_dir = "/nonexistent/selfheal" };
	struct sh_error err = SH_ERROR_INIT;
	struct sh_config c;

	OK(sh_config_load(&c, &opt, NULL, NULL, &err) < 0 && strstr(err.text, "/nonexistent/selfheal"),
	   "a missing stock directory is an error, not an empty rule set");
	sh_config_release(&c);
}

int main(void)
{
	if (!mkdtemp(dir))
		return 99;
	unsetenv("XDG_CONFIG_HOME");
	setenv("HOME", dir, 1);
	prepare();
	test_stock_and_user();
	test_without();
	test_untested();
	test_paths();
	test_errors();
	test_trust();
	test_no_stock_directory();
	while (n_made)
		remove(made[--n_made]);
	remove(dir);
	return plan_done();
}
