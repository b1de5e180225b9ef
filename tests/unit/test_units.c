/* SPDX-License-Identifier: MIT */
/* What systemctl list-units --output=json writes, whole and broken. */
#include "config.h"

#include <string.h>

#include "collect/host/units.h"
#include "tap.h"

struct unit_case {
	const char *what, *text;
	int failed; /* -1: refused */
	const char *list;
};

static const struct unit_case cases[] = {
	{ "none", "[]", 0, "" },
	{ "one",
	  "[{\"unit\":\"nginx.service\",\"load\":\"loaded\",\"active\":\"failed\",\"sub\":\"failed\","
	  "\"description\":\"A high performance web server\"}]\n",
	  1, "nginx.service" },
	{ "two, one with an escaped name and one that was deleted",
	  "[{\"unit\":\"systemd-fsck@dev-disk-by\\\\x2duuid-1.service\",\"load\":\"loaded\","
	  "\"active\":\"failed\",\"sub\":\"failed\",\"description\":\"\"},"
	  "{\"unit\":\"gone.service\",\"load\":\"not-found\",\"active\":\"failed\",\"sub\":\"failed\","
	  "\"description\":\"gone.service\"}]",
	  2, "systemd-fsck@dev-disk-by\\x2duuid-1.service gone.service" },
	{ "units that are well are not counted",
	  "[{\"unit\":\"a.service\",\"active\":\"active\"},{\"unit\":\"b.service\",\"active\":\"inactive\"}]",
	  0, "" },
	{ "more members than today's",
	  "[{\"unit\":\"a.service\",\"active\":\"failed\",\"following\":null,\"job\":{\"id\":1}}]", 1,
	  "a.service" },
	{ "nothing", "", -1, NULL },
	{ "cut short", "[{\"unit\":\"nginx.service\",\"load\":\"loa", -1, NULL },
	{ "an object", "{\"unit\":\"a.service\",\"active\":\"failed\"}", -1, NULL },
	{ "no state", "[{\"unit\":\"a.service\"}]", -1, NULL },
	{ "text for people", "UNIT LOAD ACTIVE SUB DESCRIPTION\n0 loaded units listed.\n", -1, NULL },
};

static void test_many(void)
{
	struct sh_buf text = SH_BUF_INIT, list = SH_BUF_INIT;
	struct sh_error err = SH_ERROR_INIT;
	size_t failed = 0;

	for (int i = 0; i < 1000; i++)
		sh_buf_addf(&text, "%s{\"unit\":\"u%d.service\",\"active\":\"failed\"}", i ? "," : "[", i);
	sh_buf_addch(&text, ']');
	OK(sh_units_parse(text.data, text.len, &failed, &list, &err) == 0 && failed == 1000,
	   "a thousand are counted");
	OK(list.len < 300 && strstr(list.data, " u19.service") && !strstr(list.data, "u20."),
	   "and the first twenty named");
	sh_buf_release(&text);
	sh_buf_release(&list);
}

int main(void)
{
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		const struct unit_case *k = &cases[i];
		struct sh_buf list = SH_BUF_INIT;
		struct sh_error err = SH_ERROR_INIT;
		size_t failed = 99;
		int rc = sh_units_parse(k->text, strlen(k->text), &failed, &list, &err);

		if (k->failed < 0)
			OK(rc < 0 && *err.text, "%s is refused", k->what);
		else
			OK(rc == 0 && failed == (size_t)k->failed &&
			   !strcmp(sh_buf_str(&list), k->list), "%s", k->what);
		sh_buf_release(&list);
	}
	test_many();
	return plan_done();
}
