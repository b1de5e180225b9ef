/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <string.h>

#include "base/buf.h"
#include "diagnose/look_parts.h"
#include "record/json.h"

static void add_use(struct sh_buf *text, const char *what, const char *entity, double share)
{
	if (!strcmp(what, "process_cpu"))
		sh_buf_addf(text, "%s uses %.0f %% of the processor time that is used", entity, share);
	else if (!strcmp(what, "process_memory"))
		sh_buf_addf(text, "%s holds %.0f %% of the memory", entity, share);
	else if (!strcmp(what, "process_io"))
		sh_buf_addf(text, "%s does %.0f %% of the block I/O", entity, share);
	else if (!strcmp(what, "directory_files"))
		sh_buf_addf(text, "%s holds %.0f %% of the files", entity, share);
	else
		sh_buf_addf(text, "%s holds %.0f %% of the space that is used", entity, share);
}

static void add(struct sh_buf *text, const json_t *item)
{
	const char *what = sh_json_str(item, "what", ""), *entity = sh_json_str(item, "entity", "");
	const char *path = sh_json_str(item, "path", "");
	const char *owner = sh_json_str(item, "service", sh_json_str(item, "writer", ""));
	double value = sh_json_num(item, "value", 0);

	if (!strcmp(what, "deleted_file"))
		sh_buf_addf(text, "%s has %s open, which was deleted and takes %.0f bytes", entity, path,
			    value);
	else if (!strcmp(what, "port_taken"))
		sh_buf_addf(text, "%s listens on %s, the port of %s", entity,
			    sh_json_str(item, "address", "?"), sh_json_str(item, "of", "?"));
	else if (!strcmp(what, "port"))
		sh_buf_addf(text, "%s listens on %s, and %.0f connections wait there", entity,
			    sh_json_str(item, "address", "?"), value);
	else if (!strcmp(what, "connections_lost"))
		sh_buf_addf(text, "%.3g connections a second are lost: they were not accepted in time",
			    value);
	else if (!strcmp(what, "datagrams_lost"))
		sh_buf_addf(text, "%.3g datagrams a second are lost: they were not read in time", value);
	else if (!strcmp(what, "kernel_log"))
		sh_buf_addf(text, "the kernel said \"%s\"", sh_json_str(item, "line", ""));
	else
		add_use(text, what, entity, sh_json_num(item, "share", 0));
	if (!strcmp(what, "directory") && *path)
		sh_buf_addf(text, ", most of it in %s", path);
	if (*owner)
		sh_buf_addf(text, ", which %s writes", owner);
}

json_t *sh_look_text(const json_t *item)
{
	struct sh_buf text = SH_BUF_INIT;
	json_t *string;

	add(&text, item);
	string = json_stringn(sh_buf_str(&text), text.len);
	sh_buf_release(&text);
	return string;
}
