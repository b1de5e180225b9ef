/* SPDX-License-Identifier: MIT */
/* The one list of how the kinds of checks are made, in the order of lib/config. */
#include "config.h"

#include "collect/check/http.h"
#include "collect/check/ways.h"

static const struct sh_check_way ways[SH_CHECK_KINDS] = {
	[SH_CHECK_HTTP] = { .start = sh_check_http_start, .finish = sh_check_http_finish },
	[SH_CHECK_TLS] = { .start = sh_check_tls_start, .finish = sh_check_http_finish },
	[SH_CHECK_LOG] = { .finish = sh_check_log_finish },
	[SH_CHECK_JOURNAL] = { .start = sh_check_journal_start, .finish = sh_check_journal_finish },
	[SH_CHECK_TCP] = { .probe = sh_check_tcp },
	[SH_CHECK_UDP] = { .probe = sh_check_udp },
	[SH_CHECK_UNIX] = { .probe = sh_check_unix },
	[SH_CHECK_PING] = { .probe = sh_check_ping },
	[SH_CHECK_DNS] = { .probe = sh_check_dns },
	[SH_CHECK_NTP] = { .probe = sh_check_ntp },
	[SH_CHECK_SSH] = { .probe = sh_check_ssh },
	[SH_CHECK_SMTP] = { .probe = sh_check_smtp },
	[SH_CHECK_REDIS] = { .probe = sh_check_redis },
	[SH_CHECK_POSTGRES] = { .probe = sh_check_postgres },
	[SH_CHECK_FILE] = { .probe = sh_check_file },
	[SH_CHECK_DIRECTORY] = { .probe = sh_check_directory },
	[SH_CHECK_MOUNT] = { .probe = sh_check_mount },
	[SH_CHECK_CHECKSUM] = { .probe = sh_check_checksum },
	[SH_CHECK_FRESH] = { .probe = sh_check_fresh },
	[SH_CHECK_PROCESS] = { .probe = sh_check_process },
	[SH_CHECK_COMMAND] = { .start = sh_check_command_start, .finish = sh_check_command_finish },
	[SH_CHECK_SCRAPE] = { .start = sh_check_scrape_start, .finish = sh_check_scrape_finish },
	[SH_CHECK_READ] = { .finish = sh_check_read_finish },
	[SH_CHECK_PLUGIN] = { .start = sh_check_plugin_start, .finish = sh_check_plugin_finish },
};

/* The same kind, without the helper. */
static const struct sh_check_way plain_http = { .probe = sh_check_http_plain };

const struct sh_check_way *sh_check_way_of(const struct sh_check *k)
{
	return k->kind == SH_CHECK_HTTP && sh_http_is_plain(k) ? &plain_http : &ways[k->kind];
}
