/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "record/entity.h"

static bool must_encode(unsigned char c)
{
	return c <= ' ' || c == 0x7F || c == '@' || c == '%';
}

bool sh_entity_is_valid(struct sh_span entity)
{
	struct sh_entity parts;
	size_t i = 0;

	while (i < entity.len && entity.p[i] != ':')
		i++;
	/* A name that does not begin with the '@' of its host is not empty. */
	if (i && i + 1 < entity.len && entity.p[i + 1] != '@')
		return true;
	return sh_entity_split(entity, &parts);
}

bool sh_entity_split(struct sh_span entity, struct sh_entity *out)
{
	const char *colon = entity.len ? memchr(entity.p, ':', entity.len) : NULL;
	const char *end, *at;

	if (!colon || colon == entity.p)
		return false;
	end = entity.p + entity.len;
	at = memrchr(colon + 1, '@', (size_t)(end - colon - 1));
	out->type = (struct sh_span){ entity.p, (size_t)(colon - entity.p) };
	out->name = (struct sh_span){ colon + 1, (size_t)((at ? at : end) - colon - 1) };
	out->host = at ? (struct sh_span){ at + 1, (size_t)(end - at - 1) } : SH_SPAN_NONE;
	return out->name.len > 0;
}

void sh_entity_add(struct sh_buf *out, const char *type, const char *name, const char *host)
{
	sh_buf_addstr(out, type);
	sh_buf_addch(out, ':');
	for (; *name; name++) {
		if (must_encode((unsigned char)*name))
			sh_buf_addf(out, "%%%02X", (unsigned char)*name);
		else
			sh_buf_addch(out, *name);
	}
	if (host) {
		sh_buf_addch(out, '@');
		sh_buf_addstr(out, host);
	}
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = (char)(c | 0x20);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

void sh_entity_decode(struct sh_span name, struct sh_buf *out)
{
	for (size_t i = 0; i < name.len; i++) {
		int high = -1, low = -1;

		if (name.p[i] == '%' && name.len - i > 2) {
			high = hex_digit(name.p[i + 1]);
			low = hex_digit(name.p[i + 2]);
		}
		if (high < 0 || low < 0) {
			sh_buf_addch(out, name.p[i]);
		} else {
			sh_buf_addch(out, (char)(high << 4 | low));
			i += 2;
		}
	}
}
