/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "action/certificate.h"

#include <stdio.h>
#include <string.h>

#include "action/command.h"
#include "base/clock.h"

#define OPENSSL_TIMEOUT (10 * SH_SEC)

/* "notAfter=2026-11-21 15:04:05Z" by -dateopt iso_8601 */
static int read_date(const char *text, const char *name, int64_t *out)
{
	const char *at = strstr(text, name);
	char day[11], hour[10], time[32];

	if (!at || sscanf(at + strlen(name), "%10[0-9-] %9[0-9:Z]", day, hour) != 2)
		return -1;
	snprintf(time, sizeof(time), "%sT%s", day, hour);
	return sh_time_parse(time, strlen(time), out);
}

int sh_certificate_validity(const char *file, struct sh_validity *out, struct sh_error *err)
{
	char tool[SH_TOOL_PATH];
	const char *const argv[] = { tool, "x509", "-in", file, "-noout", "-dates", "-dateopt", "iso_8601", NULL };
	SH_CLEANUP_BUF struct sh_buf said = SH_BUF_INIT;

	if (sh_command_tool("openssl", tool, err) < 0 ||
	    sh_command_run(argv, NULL, OPENSSL_TIMEOUT, &said, NULL, err) < 0)
		return -1;
	if (read_date(sh_buf_str(&said), "notBefore=", &out->from) < 0 ||
	    read_date(sh_buf_str(&said), "notAfter=", &out->until) < 0)
		return sh_error_set(err, SH_ERRC_SYSTEM, "the dates of '%s' cannot be read", file);
	return 0;
}
