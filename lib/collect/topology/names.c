/* SPDX-License-Identifier: MIT */
/* What pods, containers and machines are called, by what their managers left on this host. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/mem.h"
#include "collect/format/document.h"
#include "collect/host/kv.h"
#include "collect/text.h"
#include "collect/topology/who.h"
#include "record/json.h"

#define MAX_DOCUMENT ((size_t)4 << 20)

/* The kubelet makes a directory NAMESPACE_NAME_UID for each; neither name has a "_". */
char *sh_pod_name(struct sh_collect *c, const char *uid)
{
	SH_CLEANUP_NAMES struct sh_kv_names names = { 0 };

	if (!sh_kv_names_read(&names, c->root, "var/log/pods", NULL))
		return NULL;
	for (size_t i = 0; i < names.n; i++) {
		char *name = names.name[i], *last = strrchr(name, '_'), *first = strchr(name, '_');

		if (!last || first == last || strcmp(last + 1, uid) != 0)
			continue;
		*last = '\0';
		*first = '/';
		return sh_strdup(name);
	}
	return NULL;
}

static json_t *read_json(struct sh_collect *c, const char *path)
{
	SH_CLEANUP_BUF struct sh_buf text = SH_BUF_INIT;
	struct sh_error none = SH_ERROR_INIT;

	if (sh_file_read(c->root, path, MAX_DOCUMENT, &text, &none) < 0)
		return NULL;
	return json_loadb(sh_buf_str(&text), text.len, 0, NULL);
}

static char *docker_name(struct sh_collect *c, const char *id)
{
	char path[160], *name = NULL;
	const char *text;
	json_t *doc;

	snprintf(path, sizeof(path), "var/lib/docker/containers/%.64s/config.v2.json", id);
	doc = read_json(c, path);
	text = sh_document_text(doc, "Name");
	if (text && text[*text == '/'])
		name = sh_strdup(text + (*text == '/'));
	json_decref(doc);
	return name;
}

static char *podman_name(struct sh_collect *c, const char *id)
{
	json_t *all = read_json(c, "var/lib/containers/storage/overlay-containers/containers.json");
	char *name = NULL;
	json_t *one;
	size_t i;

	json_array_foreach(all, i, one) {
		const char *is = sh_document_text(one, "id");
		const char *text = json_string_value(json_array_get(json_object_get(one, "names"), 0));

		if (is && text && *text && !strcmp(is, id)) {
			name = sh_strdup(text);
			break;
		}
	}
	json_decref(all);
	return name;
}

char *sh_container_name(struct sh_collect *c, const char *id)
{
	char *name = docker_name(c, id);

	return name ? name : podman_name(c, id);
}

/* "-name web", "-name guest=web,debug-threads=on" */
char *sh_qemu_name(struct sh_span argv)
{
	bool next = false;

	while (argv.len) {
		struct sh_span arg = { argv.p, strnlen(argv.p, argv.len) }, guest;

		if (next) {
			guest = sh_text_after(arg, "guest=");
			if (guest.p)
				arg = guest;
			guest.p = memchr(arg.p, ',', arg.len);
			if (guest.p)
				arg.len = (size_t)(guest.p - arg.p);
			return arg.len ? sh_strndup(arg.p, arg.len) : NULL;
		}
		next = sh_span_is(arg, "-name");
		sh_span_cut(&argv, arg.len < argv.len ? arg.len + 1 : arg.len);
	}
	return NULL;
}
