/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "base/error.h"

#include <errno.h>
#include <string.h>

#include "tap.h"

int main(void)
{
	struct sh_error err = SH_ERROR_INIT;
	char longer[400];

	memset(longer, 'x', sizeof(longer) - 1);
	longer[sizeof(longer) - 1] = '\0';

	OK(!sh_error_is_set(&err), "a fresh error is not set");
	sh_error_prefix(&err, "prefix");
	OK(!sh_error_is_set(&err) && !*err.text, "a prefix sets nothing");
	OK(sh_error_set(&err, SH_ERRC_INPUT, "bad %s", "line") == -1, "setting gives -1");
	OK(err.code == SH_ERRC_INPUT && err.sys == 0 && !strcmp(err.text, "bad line"), "code and text");
	sh_error_set(&err, SH_ERRC_SYSTEM, "later");
	OK(err.code == SH_ERRC_INPUT && !strcmp(err.text, "bad line"), "the first cause survives");
	sh_error_prefix(&err, "line %d", 7);
	OK(!strcmp(err.text, "line 7: bad line"), "a prefix adds context: %s", err.text);
	sh_error_clear(&err);

	errno = ENOENT;
	OK(sh_error_sys(&err, "cannot open '%s'", "f") == -1 && err.sys == ENOENT &&
	   !strcmp(err.text, "cannot open 'f': No such file or directory"), "errno: %s", err.text);
	OK(errno == ENOENT, "errno is kept");
	sh_error_clear(&err);

	sh_error_set(&err, SH_ERRC_CONFIG, "%s", longer);
	OK(strlen(err.text) == sizeof(err.text) - 1, "a long text is cut, and ends");
	sh_error_prefix(&err, "%s", longer);
	OK(strlen(err.text) == sizeof(err.text) - 1, "so is a long prefix");
	OK(sh_error_set(NULL, SH_ERRC_INPUT, "nobody asks") == -1, "no error wanted: still -1");
	return plan_done();
}
