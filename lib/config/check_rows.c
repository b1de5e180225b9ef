/* SPDX-License-Identifier: MIT */
/* The one table of the kinds of checks. */
#include <config.h> /* not the one of this directory */

#include "base/clock.h"
#include "config/check.h"

#define HTTP_KEYS "method", "headers", "header_files", "ca"

const struct sh_check_row sh_check_rows[SH_CHECK_KINDS] = {
	[SH_CHECK_HTTP] = { .name = "http", .form = SH_FORM_URL,
			    .key = { "status", "match", "expect", "redirects", "min_days",
				     HTTP_KEYS } },
	[SH_CHECK_TLS] = { .name = "tls", .form = SH_FORM_ADDRESS, .port = 443,
			   .key = { "name", "ca", "min_days" } },
	[SH_CHECK_TCP] = { .name = "tcp", .form = SH_FORM_ADDRESS, .key = { "send", "expect" } },
	[SH_CHECK_UDP] = { .name = "udp", .form = SH_FORM_ADDRESS, .key = { "send", "expect" } },
	[SH_CHECK_UNIX] = { .name = "unix", .form = SH_FORM_PATH, .key = { "send", "expect" } },
	[SH_CHECK_PING] = { .name = "ping", .form = SH_FORM_HOST, .key = { "count", "max_loss" } },
	[SH_CHECK_DNS] = { .name = "dns", .form = SH_FORM_ADDRESS, .port = 53, .need = "name",
			   .key = { "name", "type", "answer" } },
	[SH_CHECK_NTP] = { .name = "ntp", .form = SH_FORM_ADDRESS, .port = 123,
			   .key = { "max_offset" } },
	[SH_CHECK_SSH] = { .name = "ssh", .form = SH_FORM_ADDRESS, .port = 22, .key = { "expect" } },
	[SH_CHECK_SMTP] = { .name = "smtp", .form = SH_FORM_ADDRESS, .port = 25,
			    .key = { "expect" } },
	[SH_CHECK_REDIS] = { .name = "redis", .form = SH_FORM_ADDRESS, .port = 6379,
			     .key = { "user", "password_file" } },
	[SH_CHECK_POSTGRES] = { .name = "postgres", .form = SH_FORM_ADDRESS, .port = 5432,
				.key = { "user", "database" } },
	[SH_CHECK_FILE] = { .name = "file", .form = SH_FORM_PATH,
			    .key = { "absent", "min_size", "max_size", "max_age", "permissions",
				     "owner" } },
	[SH_CHECK_DIRECTORY] = { .name = "directory", .form = SH_FORM_PATH,
				 .key = { "match", "recursive", "min", "max", "min_size",
					  "max_size", "max_age" } },
	[SH_CHECK_MOUNT] = { .name = "mount", .form = SH_FORM_PATH,
			     .key = { "device", "fstype", "options" } },
	[SH_CHECK_CHECKSUM] = { .name = "checksum", .form = SH_FORM_PATH, .need = "sha256",
				.timeout = 30 * SH_SEC, .key = { "sha256" } },
	[SH_CHECK_FRESH] = { .name = "fresh", .form = SH_FORM_PATH, .need = "within",
			     .key = { "within" } },
	[SH_CHECK_PROCESS] = { .name = "process", .form = SH_FORM_TEXT,
			       .key = { "exe", "cmdline", "user", "min", "max" } },
	[SH_CHECK_COMMAND] = { .name = "command", .form = SH_FORM_ARGV, .timeout = 10 * SH_SEC,
			       .format = "nagios", .key = { "format" } },
	[SH_CHECK_PLUGIN] = { .name = "plugin", .form = SH_FORM_NAME, .timeout = 10 * SH_SEC,
			      .key = { "settings", "any_host" } },
	[SH_CHECK_SCRAPE] = { .name = "scrape", .form = SH_FORM_URL, .timeout = 10 * SH_SEC,
			      .format = "prom", .key = { "format", HTTP_KEYS } },
	[SH_CHECK_READ] = { .name = "read", .form = SH_FORM_PATH, .format = "prom",
			    .key = { "format" } },
	[SH_CHECK_LOG] = { .name = "log", .form = SH_FORM_PATH, .format = "log",
			   .key = { "format", "match", "ignore", "from", "max_behind" } },
	[SH_CHECK_JOURNAL] = { .name = "journal", .form = SH_FORM_TEXT, .timeout = 10 * SH_SEC,
			       .format = "journal", .key = { "match", "ignore", "from", "path" } },
};
