/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "action/mounts.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/sysmacros.h>

#include "base/buf.h"
#include "base/file.h"

#define MAX_MOUNTINFO ((size_t)16 << 20)

void sh_mounts_unescape(char *s)
{
	char *to = s;

	while (*s) {
		if (s[0] == '\\' && s[1] >= '0' && s[1] <= '3' && s[2] >= '0' && s[2] <= '7' &&
		    s[3] >= '0' && s[3] <= '7') {
			*to++ = (char)((s[1] - '0') * 64 + (s[2] - '0') * 8 + (s[3] - '0'));
			s += 4;
		} else {
			*to++ = *s++;
		}
	}
	*to = '\0';
}

static bool copy(char *to, size_t size, const char *from)
{
	if (!from || strlen(from) >= size)
		return false;
	snprintf(to, size, "%s", from);
	sh_mounts_unescape(to);
	return true;
}

/*
 * "36 35 98:0 /root /place rw,noatime shared:1 - ext4 /dev/x rw,errors=continue":
 * 1 at the place, 0 elsewhere, -1 at the place and too long.
 */
static int read_line(char *line, const char *place, struct sh_mounted *out)
{
	char *word[6], *rest = strstr(line, " - "), where[PATH_MAX];
	unsigned major, minor;

	if (!rest)
		return 0;
	*rest = '\0';
	rest += 3;
	for (int i = 0; i < 6; i++)
		if (!(word[i] = strsep(&line, " ")))
			return 0;
	if (!copy(where, sizeof(where), word[4]) || strcmp(where, place) ||
	    sscanf(word[2], "%u:%u", &major, &minor) != 2)
		return 0;
	out->dev = makedev(major, minor);
	return copy(out->options, sizeof(out->options), word[5]) &&
	       copy(out->type, sizeof(out->type), strsep(&rest, " ")) &&
	       copy(out->source, sizeof(out->source), strsep(&rest, " ")) &&
	       copy(out->super, sizeof(out->super), strsep(&rest, " ")) ? 1 : -1;
}

int sh_mounts_find(const char *place, struct sh_mounted *out, struct sh_error *err)
{
	SH_CLEANUP_BUF struct sh_buf buf = SH_BUF_INIT;
	struct sh_mounted found;
	char *line, *end;
	int rc = 0;

	if (sh_file_read(AT_FDCWD, "/proc/self/mountinfo", MAX_MOUNTINFO, &buf, err) < 0)
		return -1;
	for (line = buf.data; line && (end = strchr(line, '\n')); line = end + 1) {
		int here;

		*end = '\0';
		here = read_line(line, place, &found);
		if (here > 0)
			*out = found;
		rc = here ? here : rc; /* a later one hides an earlier */
	}
	return rc < 0 ? sh_error_set(err, SH_ERRC_UNAVAILABLE, "what is mounted at '%s' cannot be told", place) : rc;
}

bool sh_mounts_has_option(const char *options, const char *word)
{
	size_t len = strlen(word);

	for (const char *p = options; p; p = strchr(p, ',') ? strchr(p, ',') + 1 : NULL)
		if (strcspn(p, ",") == len && !strncmp(p, word, len))
			return true;
	return false;
}
