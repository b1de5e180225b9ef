/* SPDX-License-Identifier: MIT */
/* The shapes in which the kernel writes numbers. */
#include "config.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "collect/host/kv.h"
#include "scratch.h"
#include "tap.h"

static void test_numbers(void)
{
	static const struct { const char *text; bool good; double value; } cases[] = {
		{ "12", true, 12 }, { "-1", true, -1 }, { "0x1303", true, 0x1303 },
		{ "0.5", true, 0.5 }, { "-0.5", true, -0.5 },
		{ "18446744073709551615", true, 18446744073709551615.0 },
		{ "18446744073709551616", false, 0 }, { "0xffffffffffffffff", true, 18446744073709551615.0 },
		{ "0x1ffffffffffffffff", false, 0 }, { "", false, 0 }, { "-", false, 0 },
		{ "--1", false, 0 }, { "0x", false, 0 }, { "1 2", false, 0 }, { "up", false, 0 },
		{ "1e5", false, 0 }, { "nan", false, 0 }, { "inf", false, 0 },
	};
	uint64_t u;

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		double v = 7;
		bool good = sh_kv_double(sh_span_of(cases[i].text), &v);

		OK(good == cases[i].good && (!good || v == cases[i].value), "number '%s'",
		   cases[i].text);
	}
	OK(sh_kv_hex(sh_span_of("000a"), &u) && u == 10, "hexadecimal digits");
	OK(!sh_kv_hex(sh_span_of("00g0"), &u) && !sh_kv_hex(sh_span_of(""), &u), "none");
}

static void test_lines(void)
{
	struct sh_span rest = sh_span_of("MemTotal:  16 kB\n\npgpgin 5\nflags\t: fpu vme\nempty:\nlast 1");
	static const struct { const char *key, *value; } want[] = {
		{ "MemTotal", "16 kB" }, { "pgpgin", "5" }, { "flags", "fpu vme" },
		{ "empty", "" }, { "last", "1" },
	};
	struct sh_span key, value;

	for (size_t i = 0; i < sizeof(want) / sizeof(*want); i++)
		OK(sh_kv_line(&rest, &key, &value) && sh_span_is(key, want[i].key) &&
		   value.len == strlen(want[i].value) &&
		   !memcmp(value.p, want[i].value, value.len), "key %s", want[i].key);
	OK(!sh_kv_line(&rest, &key, &value), "the end");
	rest = sh_span_of("model name\t: A: B\nnonsense\ncpu MHz : 1.5\n");
	OK(sh_kv_split(&rest, ':', &key, &value) && sh_span_is(key, "model name") &&
	   sh_span_is(value, "A: B"), "a key with a blank, up to the first separator");
	OK(sh_kv_split(&rest, ':', &key, &value) && sh_span_is(key, "cpu MHz"), "a line without is no key");
}

static void test_pairs(void)
{
	static const struct { const char *what, *text, *want; } cases[] = {
		{ "pairs", "Ip: A B\nIp: 1 2\nTcp: C\nTcp: -1\n", "Ip.A=1 Ip.B=2 Tcp.C=-1 " },
		{ "more names than numbers", "Ip: A B\nIp: 1\nTcp: C\nTcp: 3\n", "Ip.A=1 Tcp.C=3 " },
		{ "more numbers than names", "Ip: A\nIp: 1 2\nTcp: C\nTcp: 3\n", "Ip.A=1 Tcp.C=3 " },
		{ "names without numbers", "Ip: A B\nTcp: C\nTcp: 3\n", "Tcp.C=3 " },
		{ "cut off", "Ip: A B\nIp: 1 2\nTcp: C", "Ip.A=1 Ip.B=2 " },
		{ "nothing", "", "" },
		{ "the same head again", "I: A\nI: 1\nI: B\nI: 2\n", "I.A=1 I.B=2 " },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct sh_kv_pairs p = { .rest = sh_span_of(cases[i].text) };
		struct sh_span name, value;
		char got[256] = "";
		size_t n = 0;

		while (sh_kv_pair(&p, &name, &value))
			n += (size_t)snprintf(got + n, sizeof(got) - n, "%.*s.%.*s=%.*s ", (int)p.head.len,
					      p.head.p, (int)name.len, name.p, (int)value.len, value.p);
		OK(!strcmp(got, cases[i].want), "%s: '%s'", cases[i].what, got);
	}
}

static void put(int dir, const char *name, const char *text)
{
	SH_CLEANUP_FD int fd = openat(dir, name, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	if (fd < 0 || sh_write_all(fd, text, strlen(text)) < 0)
		exit(99);
}

static void test_files(void)
{
	char *path = scratch_make(), text[8];
	SH_CLEANUP_FD int dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	double v = 7;

	put(dir, "number", " 42\n");
	put(dir, "words", "two words and more\nsecond\n");
	put(dir, "empty", "");
	if (mkfifoat(dir, "pipe", 0600) < 0 || mkdirat(dir, "dir", 0700) < 0)
		exit(99);
	OK(sh_kv_number(dir, &v, "%s", "number") && v == 42, "a number");
	OK(!sh_kv_number(dir, &v, "words") && !sh_kv_number(dir, &v, "empty") &&
	   !sh_kv_number(dir, &v, "none") && !sh_kv_number(dir, &v, "pipe") &&
	   !sh_kv_number(dir, &v, "dir"), "no number, nothing, no file, a pipe, a directory");
	OK(v == 42, "what was there stays");
	OK(sh_kv_text(dir, text, sizeof(text), "words") && !strcmp(text, "two wor"), "text, cut");
	OK(!sh_kv_text(dir, text, sizeof(text), "empty"), "no text");
	scratch_remove(path);
}

static void test_names(void)
{
	char *path = scratch_make();
	SH_CLEANUP_FD int dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct sh_kv_names names;

	put(dir, "cpu10", "");
	put(dir, "cpu2", "");
	put(dir, "other", "");
	OK(sh_kv_names_read(&names, dir, ".", "cpu") && names.n == 2 &&
	   !strcmp(names.name[0], "cpu2") && !strcmp(names.name[1], "cpu10"), "by number");
	sh_kv_names_release(&names);
	OK(sh_kv_names_read(&names, dir, ".", NULL) && names.n == 3 && !names.cut, "all");
	sh_kv_names_release(&names);
	OK(!sh_kv_names_read(&names, dir, "none", NULL) && names.n == 0, "no directory");
	OK(!sh_kv_names_read(&names, dir, "other", NULL), "a file");
	scratch_remove(path);
}

int main(void)
{
	test_numbers();
	test_lines();
	test_pairs();
	test_files();
	test_names();
	return plan_done();
}
