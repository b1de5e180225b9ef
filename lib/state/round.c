/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "state/round.h"

#include <string.h>

#include "base/mem.h"

static const char table[] = "round";
static const char key[] = "latest";

int sh_round_put(struct sh_state *s, int64_t time, struct sh_error *err)
{
	return sh_state_put(s, table, key, strlen(key), &time, sizeof(time), err);
}

int64_t sh_round_read(const char *dir, const char *name)
{
	struct sh_error err = SH_ERROR_INIT;
	SH_CLEANUP_FREE void *value = NULL;
	struct sh_state *s = NULL;
	int64_t time = 0;
	size_t len = 0;

	if (sh_state_open_readonly(&s, dir, name, &err) == 0 &&
	    sh_state_get(s, table, key, strlen(key), &value, &len, &err) == 1 &&
	    len == sizeof(time))
		memcpy(&time, value, len);
	sh_state_close(s);
	return time;
}
