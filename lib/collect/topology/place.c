/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "collect/topology/place.h"

#include <ctype.h>
#include <string.h>

#include "collect/host/kv.h"
#include "collect/text.h"

#define ID 64
#define UID 36

/* The rest of S after PREFIX, in *S. */
static bool begins(struct sh_span *s, const char *prefix)
{
	struct sh_span rest = sh_text_after(*s, prefix);

	if (!rest.p)
		return false;
	*s = rest;
	return true;
}

static bool ends(struct sh_span *s, const char *suffix)
{
	size_t len = strlen(suffix);

	if (s->len <= len || memcmp(s->p + s->len - len, suffix, len) != 0)
		return false;
	s->len -= len;
	return true;
}

static bool is_hex(struct sh_span s)
{
	for (size_t i = 0; i < s.len; i++)
		if (!isxdigit((unsigned char)s.p[i]))
			return false;
	return true;
}

/* systemd writes "-" and the like as "\x2d". */
static bool unescape(struct sh_span s, char *out, size_t size)
{
	size_t n = 0;

	for (size_t i = 0; i < s.len; i++) {
		uint64_t byte;
		bool hex = s.len - i >= 4 && s.p[i] == '\\' && s.p[i + 1] == 'x' &&
			   sh_kv_hex((struct sh_span){ s.p + i + 2, 2 }, &byte);

		if (n + 1 >= size)
			return false;
		out[n++] = hex ? (char)byte : s.p[i];
		i += hex ? 3 : 0;
	}
	out[n] = '\0';
	return n > 0 && strlen(out) == n;
}

/* "docker-ID.scope", "ID", … */
static void take_container(struct sh_place *p, struct sh_span part)
{
	static const char *const prefixes[] = { "docker-", "libpod-", "cri-containerd-", "crio-",
						"containerd-" };

	ends(&part, ".scope");
	for (size_t i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++)
		if (begins(&part, prefixes[i]))
			break;
	if (part.len == ID && is_hex(part))
		sh_kv_copy(part, p->container, sizeof(p->container));
}

/* "podUID", or "kubepods-burstable-podUID.slice" with "_" for "-". */
static void take_pod(struct sh_place *p, struct sh_span part)
{
	ends(&part, ".slice");
	if (part.len < UID + 3 || memcmp(part.p + part.len - UID - 3, "pod", 3) != 0)
		return;
	if (part.len > UID + 3 && sh_text_after(part, "kubepods").p == NULL)
		return;
	memcpy(p->pod, part.p + part.len - UID, UID);
	p->pod[UID] = '\0';
	for (char *c = p->pod; c < p->pod + UID; c++) {
		if (*c == '_')
			*c = '-';
		if (*c != '-' && !isxdigit((unsigned char)*c)) {
			*p->pod = '\0';
			return;
		}
	}
}

/* "machine-qemu-1-NAME", the escapes gone; of others "machine-NAME". */
static void take_machine(struct sh_place *p, struct sh_span part)
{
	char text[256];
	struct sh_span name, id;

	if (!begins(&part, "machine-") || !ends(&part, ".scope") ||
	    !unescape(part, text, sizeof(text)))
		return;
	name = sh_span_of(text);
	if (!begins(&name, "qemu-")) {
		sh_kv_copy(name, p->machine, sizeof(p->machine));
		return;
	}
	for (id = name; name.len && isdigit((unsigned char)*name.p);)
		sh_span_cut(&name, 1);
	if (name.p > id.p && begins(&name, "-") && name.len)
		sh_kv_copy(name, p->vm, sizeof(p->vm));
}

static void take_unit(struct sh_place *p, struct sh_span part)
{
	if (ends(&part, ".service") && !p->session && !unescape(part, p->unit, sizeof(p->unit)))
		*p->unit = '\0';
}

static void take_part(struct sh_place *p, struct sh_span before, struct sh_span part)
{
	struct sh_span payload = part;

	if (begins(&payload, "lxc.payload.") || sh_span_is(before, "lxc"))
		sh_kv_copy(payload, p->machine, sizeof(p->machine));
	p->session = p->session || sh_span_is(part, "user.slice");
	take_container(p, part);
	take_pod(p, part);
	take_machine(p, part);
	take_unit(p, part);
}

static void take_path(struct sh_place *p, struct sh_span path)
{
	struct sh_span before = { "", 0 };

	while (path.len) {
		const char *slash = memchr(path.p, '/', path.len);
		struct sh_span part = { path.p, slash ? (size_t)(slash - path.p) : path.len };

		if (part.len)
			take_part(p, before, part);
		before = part;
		sh_span_cut(&path, slash ? part.len + 1 : part.len);
	}
}

void sh_place_parse(struct sh_place *p, struct sh_span text)
{
	struct sh_span line;

	memset(p, 0, sizeof(*p));
	while (sh_text_line(&text, &line)) {
		const char *first = memchr(line.p, ':', line.len);
		const char *second = first ? memchr(first + 1, ':', (size_t)(line.p + line.len - first - 1))
					   : NULL;

		if (second)
			take_path(p, (struct sh_span){ second + 1,
						       (size_t)(line.p + line.len - second - 1) });
	}
}
