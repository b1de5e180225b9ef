/* SPDX-License-Identifier: MIT */
/* The one list of how the kinds of checks are made, in the order of lib/config. */
#include "config.h"

#include "collect/check/ways.h"

const struct sh_check_way sh_check_ways[SH_CHECK_KINDS] = {
	[SH_CHECK_HTTP] = { .start = sh_check_http_start, .finish = sh_check_http_finish },
	[SH_CHECK_TCP] = { .probe = sh_check_tcp },
	[SH_CHECK_COMMAND] = { .start = sh_check_command_start, .finish = sh_check_command_finish },
	[SH_CHECK_PLUGIN] = { .start = sh_check_plugin_start, .finish = sh_check_plugin_finish },
};
