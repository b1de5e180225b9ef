/* SPDX-License-Identifier: MIT */
/*
 * Listings compared and kept as text, lists of packages, versions. With the
 * argument "versions": standard input has lines "A B -1|0|1".
 */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "collect/host/packages.h"
#include "collect/host/version.h"
#include "collect/listing.h"
#include "tap.h"

static int sign(int v)
{
	return (v > 0) - (v < 0);
}

static int check_versions(void)
{
	char a[100], b[100];
	int want, bad = 0;
	size_t n = 0;

	while (scanf("%99s %99s %d", a, b, &want) == 3) {
		n++;
		if (sign(sh_version_compare(a, b)) == want)
			continue;
		printf("%s %s: %d instead of %d\n", a, b, sign(sh_version_compare(a, b)), want);
		bad = 1;
	}
	return bad || n < 100;
}

static void note(void *arg, const char *name, const char *was, const char *is)
{
	sh_buf_addf(arg, "%s %s>%s;", name, was ? was : "", is ? is : "");
}

static void test_compare(void)
{
	struct sh_listing a = { 0 }, b = { 0 }, c = { 0 };
	struct sh_buf told = SH_BUF_INIT, text = SH_BUF_INIT;

	sh_listing_add(&a, "same", "1");
	sh_listing_add(&a, "gone", "1");
	sh_listing_add(&a, "other", "1");
	sh_listing_add(&a, "odd\tname\n\\", "odd\tvalue\n");
	sh_listing_sort(&a);
	sh_listing_add(&b, "other", "9");
	sh_listing_add(&b, "other", "2");
	sh_listing_add(&b, "new", "1");
	sh_listing_add(&b, "same", "1");
	sh_listing_add(&b, "odd\tname\n\\", "odd\tvalue\n");
	sh_listing_sort(&b);
	OK(sh_listing_compare(&a, &b, note, &told) == 3 &&
	   !strcmp(sh_buf_str(&told), "gone 1>;new >1;other 1>2;"), "what came, went and changed");
	sh_listing_dump(&a, &text);
	OK(sh_listing_load(&c, (struct sh_span){ text.data, text.len }) &&
	   sh_listing_compare(&a, &c, note, &told) == 0 && c.n == 4, "as text and back it is the same");
	OK(!strcmp(sh_listing_get(&c, "other"), "1") && !sh_listing_get(&c, "othe") &&
	   !sh_listing_get(&c, "zzz"), "found by name");
	OK(!sh_listing_load(&c, sh_span_of("no tab\n")) && !sh_listing_load(&c, sh_span_of("\tx\n")),
	   "text that is no listing is refused");
	sh_listing_release(&a);
	sh_listing_release(&b);
	sh_listing_release(&c);
	sh_buf_release(&told);
	sh_buf_release(&text);
}

typedef int parse_fn(struct sh_listing *out, struct sh_span text, struct sh_error *err);

static const struct {
	const char *what;
	parse_fn *parse;
	const char *text, *list; /* NULL: refused */
} cases[] = {
	{ "dpkg: states", sh_packages_parse_dpkg,
	  "Package: a\nStatus: install ok installed\nVersion: 1\n\n"
	  "Package: b\nStatus: deinstall ok config-files\nVersion: 1\n\n"
	  "Package: c\nStatus: install ok half-configured\nVersion: 2\n\n"
	  "Package: d\nStatus: install ok not-installed\n\n",
	  "a 1;c 2;" },
	{ "dpkg: several architectures", sh_packages_parse_dpkg,
	  "Package: l\nStatus: install ok installed\nArchitecture: i386\nMulti-Arch: same\nVersion: 1\n\n"
	  "Package: l\nStatus: install ok installed\nArchitecture: amd64\nMulti-Arch: same\nVersion: 1\n\n",
	  "l:amd64 1;l:i386 1;" },
	{ "dpkg: a description that looks like fields", sh_packages_parse_dpkg,
	  "Package: a\nStatus: install ok installed\nVersion: 1\nDescription: x\n Package: evil\n Version: 9\n\n",
	  "a 1;" },
	{ "dpkg: no version", sh_packages_parse_dpkg, "Package: a\nStatus: install ok installed\n\n", NULL },
	{ "dpkg: no name", sh_packages_parse_dpkg, "Status: install ok installed\nVersion: 1\n\n", NULL },
	{ "dpkg: no last empty line", sh_packages_parse_dpkg,
	  "Package: a\nStatus: install ok installed\nVersion: 1\n", NULL },
	{ "dpkg: nothing", sh_packages_parse_dpkg, "", NULL },
	{ "apk", sh_packages_parse_apk,
	  "C:Q1x=\nP:musl\nV:1.2.4-r2\nA:x86_64\nF:lib\nR:ld.so\n\nP:busybox\nV:1.36.1-r15\n\n",
	  "busybox 1.36.1-r15;musl 1.2.4-r2;" },
	{ "apk: cut short", sh_packages_parse_apk, "P:musl\nV:1.2.4-r2\n\nP:busybox\nV:1.3", NULL },
	{ "rpm", sh_packages_parse_rpm,
	  "bash.x86_64 0:5.1.8-9.el9\nvim.x86_64 2:8.2-1\ngpg-pubkey.(none) 0:8483c65d-5ccc5b19\n",
	  "bash.x86_64 5.1.8-9.el9;vim.x86_64 2:8.2-1;" },
	{ "rpm: an error instead", sh_packages_parse_rpm, "error:\n", NULL },
	{ "rpm: nothing", sh_packages_parse_rpm, "", NULL },
};

static void test_packages(void)
{
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct sh_listing l = { 0 };
		struct sh_buf text = SH_BUF_INIT;
		struct sh_error err = SH_ERROR_INIT;
		int rc = cases[i].parse(&l, sh_span_of(cases[i].text), &err);

		for (size_t k = 0; k < l.n; k++)
			sh_buf_addf(&text, "%s %s;", l.item[k].name, l.item[k].value);
		if (!OK(cases[i].list ? rc == 0 && !strcmp(sh_buf_str(&text), cases[i].list) : rc < 0,
			"%s", cases[i].what))
			diag("%s %s", sh_buf_str(&text), err.text);
		sh_listing_release(&l);
		sh_buf_release(&text);
	}
}

int main(int argc, char **argv)
{
	if (argc > 1 && !strcmp(argv[1], "versions"))
		return check_versions();
	test_compare();
	test_packages();
	OK(sh_version_compare("1.0~rc1", "1.0") < 0 && sh_version_compare("1:0", "9") > 0 &&
	   sh_version_compare("1.010", "1.10") == 0, "versions");
	return plan_done();
}
