/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "base/address.h"

#include <string.h>

#include "tap.h"

int main(void)
{
	static const struct {
		const char *text, *host; /* NULL: refused */
		int port;
	} cases[] = {
		{ "h", "h", 0 },
		{ "h:1", "h", 1 },
		{ "a-b.example.org:65535", "a-b.example.org", 65535 },
		{ "127.0.0.1:80", "127.0.0.1", 80 },
		{ "::1", "::1", 0 },
		{ "[::1]", "::1", 0 },
		{ "[::1]:80", "::1", 80 },
		{ "[fe80::1%eth0]:80", "fe80::1%eth0", 80 },
		{ "", NULL, 0 },
		{ ":80", NULL, 0 },
		{ "h:", NULL, 0 },
		{ "h:0", NULL, 0 },
		{ "h:65536", NULL, 0 },
		{ "h:+1", NULL, 0 },
		{ "h: 1", NULL, 0 },
		{ "h:1x", NULL, 0 },
		{ "-h:1", NULL, 0 },
		{ "a b:1", NULL, 0 },
		{ "[::1", NULL, 0 },
		{ "[::1]80", NULL, 0 },
		{ "[]:80", NULL, 0 },
		{ "[h]:80", NULL, 0 },
		{ "u@h:80", NULL, 0 },
		{ "h/x", NULL, 0 },
	};
	struct sh_address a;
	char text[400];

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		bool good = sh_address_parse(cases[i].text, &a);

		OK(good == (cases[i].host != NULL), "'%s' is %s address", cases[i].text,
		   cases[i].host ? "an" : "no");
		if (good && cases[i].host)
			OK(!strcmp(a.host, cases[i].host) && a.port == cases[i].port, "its parts");
	}
	memset(text, 'a', sizeof(text));
	text[255] = '\0';
	OK(sh_address_parse(text, &a) && strlen(a.host) == 255, "a host of 255 bytes");
	text[255] = 'a';
	text[256] = '\0';
	OK(!sh_address_parse(text, &a), "one more is refused");
	return plan_done();
}
