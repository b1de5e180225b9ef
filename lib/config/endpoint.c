/* SPDX-License-Identifier: MIT */
/* Where a check asks, as host and port. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "base/address.h"
#include "config/check.h"

bool sh_check_endpoint(const struct sh_check *k, char *host, size_t size, uint16_t *port)
{
	enum sh_check_form form = sh_check_rows[k->kind].form;
	const char *text = k->address;
	struct sh_address address;
	char cut[256];

	if (!text || k->hosts || k->targets)
		return false;
	*port = sh_check_rows[k->kind].port;
	if (form == SH_FORM_URL) {
		*port = strncmp(text, "https:", 6) ? 80 : 443;
		text = strstr(text, "://");
		if (!text)
			return false;
		text += 3;
		if (strcspn(text, "/?#") >= sizeof(cut))
			return false;
		snprintf(cut, sizeof(cut), "%.*s", (int)strcspn(text, "/?#"), text);
		text = cut;
	} else if (form != SH_FORM_ADDRESS) {
		return false;
	}
	if (!sh_address_parse(text, &address) || strlen(address.host) >= size)
		return false;
	snprintf(host, size, "%s", address.host);
	if (address.port)
		*port = address.port;
	return *port != 0;
}
