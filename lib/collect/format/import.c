/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "collect/format/format.h"
#include "collect/out/out.h"
#include "collect/text.h"
#include "collect/topology/topology.h"
#include "record/entity.h"
#include "record/reader.h"

#define MAX_DOCUMENT ((size_t)64 << 20)
#define IDLE_MS 50 /* what belongs together is written together, or nearly so */

static void begin(struct sh_import *in, struct sh_sample_writer *w, struct sh_buf *entity,
		  const char *const *dims, const char *const *labels)
{
	sh_sample_begin(w, &in->c->out, in->c->host, sh_buf_str(entity),
			in->time ? in->time : sh_collect_time(in->c));
	sh_sample_dims(w, dims);
	sh_sample_labels(w, labels);
	sh_sample_source(w, in->target ? in->c->current->name : in->format->name, in->target);
}

static size_t count(const char *const *pairs)
{
	size_t n = 0;

	while (pairs && pairs[n])
		n++;
	return n;
}

/* The dimensions of the entity and then the format's own; the caller frees the array. */
static const char **all_dims(const struct sh_import *in, const char *const *dims)
{
	size_t first = count(in->dims), n = count(dims);
	const char **all = sh_calloc(first + n + 1, sizeof(*all));

	for (size_t i = 0; i < first + n; i++)
		all[i] = i < first ? in->dims[i] : dims[i - first];
	return all;
}

void sh_import_begin(struct sh_import *in, struct sh_sample_writer *w, const char *type,
		     const char *name, const char *const *dims, const char *const *labels)
{
	SH_CLEANUP_FREE const char **all = !type && in->dims ? all_dims(in, dims) : NULL;
	struct sh_buf *entity = &in->c->name;

	sh_buf_clear(entity);
	if (type)
		sh_entity_add(entity, type, name, strcmp(type, "host") ? in->c->host : NULL);
	else if (in->entity)
		sh_buf_addf(entity, "%s@%s", in->entity, in->c->host);
	else
		sh_entity_add(entity, "host", in->c->host, NULL);
	begin(in, w, entity, all ? all : dims, labels);
}

void sh_import_begin_fleet(struct sh_import *in, struct sh_sample_writer *w, const char *type,
			   const char *name, const char *const *dims, const char *const *labels)
{
	sh_buf_clear(&in->c->name);
	sh_entity_add(&in->c->name, type, name, NULL);
	begin(in, w, &in->c->name, dims, labels);
}

char *sh_import_name(const struct sh_import *in, const char *type, const char *name)
{
	struct sh_buf text = SH_BUF_INIT;

	sh_entity_add(&text, type, name, strcmp(type, "host") ? in->c->host : NULL);
	return sh_buf_take(&text);
}

char *sh_import_name_fleet(const char *type, const char *name)
{
	struct sh_buf text = SH_BUF_INIT;

	sh_entity_add(&text, type, name, NULL);
	return sh_buf_take(&text);
}

static void link_with(struct sh_import *in, const char *from, const char *type, const char *to,
		      unsigned need)
{
	struct sh_topology_edge e = { from, type, to, { .need = need }, in->format->name, in->target };

	if (!from || !to)
		return;
	if (in->target)
		e.collector = in->c->current->name;
	sh_topology_tell(in->c, in->time, &e);
}

void sh_import_link(struct sh_import *in, const char *from, const char *type, const char *to)
{
	link_with(in, from, type, to, 0);
}

void sh_import_member(struct sh_import *in, const char *member, const char *group, unsigned need)
{
	link_with(in, member, "member_of", group, need);
}

const char *sh_import_host(struct sh_import *in, const char *there)
{
	const char *here = in->c->host;
	size_t label = strcspn(here, ".");

	if (in->own_host || !there || !*there || !strcmp(there, "localhost"))
		return here;
	if (strlen(there) == label && !memcmp(there, here, label))
		return here;
	for (const char *p = there; *p; p++)
		if ((unsigned char)*p <= ' ' || (unsigned char)*p >= 0x7F || *p == '@' || *p == '%')
			return here;
	in->c->host = there;
	return here;
}

void sh_import_bad(struct sh_import *in, uint64_t line, struct sh_error *err)
{
	in->bad++;
	if (in->report)
		in->report(in->report_arg, in->file, line, err);
	sh_error_clear(err);
}

static void convert_line(struct sh_import *in, struct sh_span line)
{
	struct sh_error e = SH_ERROR_INIT;

	if (line.len && line.p[line.len - 1] == '\r' && !(in->format->flags & SH_FORMAT_RAW))
		line.len--;
	if (in->format->line(in, line, &e) < 0)
		sh_import_bad(in, in->line, &e);
}

static void end_lines(struct sh_import *in)
{
	if (in->format->end)
		in->format->end(in);
}

static int convert_document(struct sh_import *in, struct sh_span text, struct sh_error *err)
{
	struct sh_error e = SH_ERROR_INIT;

	in->line = 0;
	if (in->format->document(in, text, &e) == 0)
		return 0;
	if (err)
		*err = e;
	sh_import_bad(in, in->line, &e);
	return -1;
}

int sh_import_text(struct sh_import *in, struct sh_span text, struct sh_error *err)
{
	struct sh_span line;

	if (in->format->document)
		return convert_document(in, text, err);
	while (sh_text_line(&text, &line)) {
		in->line++;
		convert_line(in, line);
	}
	end_lines(in);
	return 0;
}

void sh_import_line(struct sh_import *in, struct sh_span line)
{
	in->line++;
	if (in->format->document)
		convert_document(in, line, NULL);
	else if (!in->cut || in->format->flags & SH_FORMAT_LONG)
		convert_line(in, line);
}

void sh_import_end(struct sh_import *in)
{
	end_lines(in);
}

static int flush(struct sh_import *in, struct sh_writer *out, struct sh_error *err)
{
	sh_out_write(in->c, out);
	return sh_writer_flush(out, err);
}

/* Whether nothing is there to be read, also not in the moment in which more may come. */
static bool is_idle(struct sh_import *in, struct pollfd *p)
{
	if (poll(p, 1, 0) != 0)
		return false;
	if (!in->format->idle)
		return true;
	if (poll(p, 1, IDLE_MS) != 0)
		return false;
	in->format->idle(in);
	return true;
}

/* More input, after what was written so far has gone out if that means to wait. */
static int fill(struct sh_import *in, struct sh_reader *r, struct sh_writer *out,
		struct sh_error *err)
{
	struct pollfd p = { .fd = r->fd, .events = POLLIN };
	int rc;

	if ((is_idle(in, &p) || in->c->out.len > out->batch) && flush(in, out, err) < 0)
		return -1;
	if (out->broken)
		return 0;
	rc = sh_reader_fill(r, err);
	if (rc == 2 && poll(&p, 1, -1) < 0 && errno != EINTR)
		return sh_error_sys(err, "cannot wait for input");
	return rc < 0 ? -1 : 1;
}

static void take_long(struct sh_import *in, struct sh_span beginning)
{
	struct sh_error e = SH_ERROR_INIT;

	if (in->format->flags & SH_FORMAT_LONG) {
		in->cut = true;
		convert_line(in, beginning);
		in->cut = false;
		return;
	}
	sh_error_set(&e, SH_ERRC_INPUT, "the line is longer than %zu bytes", SH_MAX_RECORD);
	sh_import_bad(in, in->line, &e);
}

static int convert_lines(struct sh_import *in, int fd, struct sh_writer *out, struct sh_error *err)
{
	struct sh_reader r = { 0 };
	struct sh_span piece;
	enum sh_read got;
	int rc = 1;

	sh_reader_open(&r, fd, SH_MAX_RECORD);
	while (rc > 0 && (got = sh_reader_next(&r, &piece)) != SH_READ_END) {
		in->line = r.line;
		if (got == SH_READ_MORE)
			rc = fill(in, &r, out, err);
		else if (got == SH_READ_LONG)
			take_long(in, piece);
		else if (got != SH_READ_REST)
			convert_line(in, piece);
	}
	end_lines(in);
	sh_reader_release(&r);
	return rc < 0 ? -1 : flush(in, out, err);
}

static int convert_whole(struct sh_import *in, int fd, struct sh_writer *out, struct sh_error *err)
{
	SH_CLEANUP_BUF struct sh_buf text = SH_BUF_INIT;

	if (sh_fd_read(fd, in->file, MAX_DOCUMENT, &text, err) < 0)
		return -1;
	sh_import_text(in, sh_text_of(&text), NULL);
	return flush(in, out, err);
}

int sh_import_file(struct sh_import *in, const char *path, struct sh_writer *out,
		   struct sh_error *err)
{
	int fd = STDIN_FILENO, rc;

	in->file = path;
	if (strcmp(path, "-")) {
		fd = open(path, O_RDONLY | O_CLOEXEC);
		if (fd < 0)
			return sh_error_sys(err, "cannot open '%s'", path);
	}
	if (in->format->document)
		rc = convert_whole(in, fd, out, err);
	else
		rc = convert_lines(in, fd, out, err);
	if (fd != STDIN_FILENO)
		close(fd);
	return rc;
}
