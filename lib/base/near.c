/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "base/near.h"

#include <errno.h>

int sh_time_parse_near(struct sh_time_near *near, const char *s, size_t len, int64_t *out)
{
	int64_t sec;

	if (sh_time_is_near(near, s, len, out))
		return 0;
	if (sh_time_parse(s, len, out) < 0)
		return -EINVAL;
	if (len == 27 && s[19] == '.' && s[26] == 'Z') {
		sec = sh_near_digits(s + 17);
		memcpy(near->text, s, sizeof(near->text));
		near->minute = *out - *out % SH_SEC - sec * SH_SEC;
	}
	return 0;
}
