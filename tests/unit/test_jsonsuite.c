/* SPDX-License-Identifier: MIT */
/* JSONTestSuite (N. Seriot), found by SH_DATA: y_ accepted, n_ rejected, neighbours unharmed */
#include "config.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>

#include "base/file.h"
#include "record/json.h"
#include "record/stream.h"
#include "tap.h"

#define SUITE "/conformance/json/"

static bool is_accepted(const char *dir, const char *name)
{
	struct sh_error err = SH_ERROR_INIT;
	struct sh_buf path = SH_BUF_INIT, text = SH_BUF_INIT;
	json_t *value = NULL;

	sh_buf_addf(&path, "%s/%s", dir, name);
	if (sh_file_read(AT_FDCWD, sh_buf_str(&path), (size_t)1 << 22, &text, &err) == 0)
		value = sh_json_parse(sh_buf_str(&text), text.len, &err);
	sh_buf_release(&path);
	sh_buf_release(&text);
	json_decref(value);
	return value != NULL;
}

static void test_files(const char *data)
{
	struct sh_buf dir = SH_BUF_INIT;
	size_t valid = 0, invalid = 0, wrong = 0;
	const struct dirent *e;
	DIR *d;

	sh_buf_addf(&dir, "%s%s", data, SUITE "raw");
	d = opendir(sh_buf_str(&dir));
	while (d && (e = readdir(d))) {
		bool accepted;

		if (e->d_name[0] != 'y' && e->d_name[0] != 'n')
			continue;
		accepted = is_accepted(sh_buf_str(&dir), e->d_name);
		if (accepted != (e->d_name[0] == 'y')) {
			diag("%s: %s", e->d_name, accepted ? "accepted" : "rejected");
			wrong++;
		}
		*(e->d_name[0] == 'y' ? &valid : &invalid) += 1;
	}
	if (d)
		closedir(d);
	OK(valid > 90 && invalid > 180 && wrong == 0, "%zu valid and %zu invalid texts told apart", valid,
	   invalid);
	sh_buf_release(&dir);
}

/* The numbers of the sentinels and the names of the cases that came out. */
struct seen {
	size_t sentinels, valid, invalid;
};

static int note(void *arg, struct sh_stream *s, const struct sh_record *r, struct sh_error *err)
{
	struct seen *seen = arg;
	struct sh_slice name = sh_record_member(r, "case");

	(void)s;
	(void)err;
	seen->sentinels += sh_record_member(r, "seq").type == SH_JSON_NUMBER;
	seen->valid += name.type == SH_JSON_STRING && !memcmp(name.text.p, "\"y_", 3);
	if (name.type == SH_JSON_STRING && !memcmp(name.text.p, "\"n_", 3)) {
		diag("accepted %.*s", (int)name.text.len, name.text.p);
		seen->invalid++;
	}
	return 0;
}

static void test_stream(const char *data)
{
	struct sh_buf path = SH_BUF_INIT;
	struct seen seen = { 0, 0, 0 };
	struct sh_error err = SH_ERROR_INIT;
	const char *files[] = { NULL, NULL };
	struct sh_stream s;

	sh_buf_addf(&path, "%s%s", data, SUITE "stream.ndjson");
	files[0] = sh_buf_str(&path);
	sh_stream_init(&s, NULL);
	s.files = files;
	s.ops.record = note;
	s.ops.arg = &seen;
	OK(sh_stream_run(&s, &err) == 0, "the stream is read to its end");
	OK(seen.sentinels == 311, "%zu of 311 sentinels survive", seen.sentinels);
	OK(seen.valid == 93, "%zu of 93 valid cases accepted", seen.valid);
	OK(seen.invalid == 0 && s.bad >= 182, "182 invalid cases rejected");
	sh_buf_release(&path);
}

int main(void)
{
	const char *data = getenv("SH_DATA");

	if (!data)
		skip_all("SH_DATA is not set");
	test_files(data);
	test_stream(data);
	return plan_done();
}
