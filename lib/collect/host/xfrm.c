/* SPDX-License-Identifier: MIT */
/* Packets that IPsec refused, by reason. */
#include "config.h"

#include <ctype.h>
#include <stdio.h>

#include "collect/host/kv.h"
#include "collect/table.h"
#include "collect/text.h"

/* "InStateProtoError" is in_state_proto_error; false where it is too long. */
static bool make_snake(struct sh_span s, char *out, size_t size)
{
	size_t n = 0;

	for (size_t i = 0; i < s.len; i++) {
		if (n + 3 > size)
			return false;
		if (isupper((unsigned char)s.p[i]) && i)
			out[n++] = '_';
		out[n++] = (char)tolower((unsigned char)s.p[i]);
	}
	out[n] = '\0';
	return sh_kv_is_name(out);
}

int sh_collect_xfrm(struct sh_collect *c, struct sh_error *err)
{
	struct sh_span text, key, value;
	struct sh_sample_writer w;
	char name[64], member[96];
	double v;

	if (sh_collect_read(c, "proc/net/xfrm_stat", err) < 0)
		return -1;
	text = sh_text_of(&c->text);
	sh_collect_begin(c, &w, "host", c->host, c->host, NULL, NULL);
	sh_sample_group(&w, "xfrm");
	while (sh_kv_line(&text, &key, &value)) {
		if (!make_snake(sh_text_after(key, "Xfrm"), name, sizeof(name)) || !sh_kv_double(value, &v))
			continue;
		snprintf(member, sizeof(member), "%s_packets_total", name);
		sh_sample_number(&w, member, v);
	}
	sh_sample_end(&w);
	return 0;
}
