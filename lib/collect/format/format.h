/* SPDX-License-Identifier: MIT */
/*
 * format - documents and streams of other tools, as records
 *
 * A format is one row of the table: it reads a whole document, or one line after
 * the other. The same formats serve `sh-collect --from FORMAT=FILE` and the
 * checks that run a command, read a file or scrape an address. What a document
 * does not say is absent from the records; a part that cannot be understood is
 * told by sh_import_bad, with its line, and the rest is converted.
 */
#ifndef SH_COLLECT_FORMAT_FORMAT_H
#define SH_COLLECT_FORMAT_FORMAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/span.h"
#include "collect/collector.h"
#include "record/sample.h"
#include "record/stream.h"

struct sh_format;

/* One conversion under way. */
struct sh_import {
	struct sh_collect *c;    /* borrowed: records are appended to c->out */
	const struct sh_format *format;
	const char *file;        /* for messages: its name, "-" for standard input; NULL none */
	const char *entity;      /* TYPE:NAME that values are about which name nobody; NULL the host */
	const char *const *dims; /* of samples about that entity, before the format's own; NULL none */
	const char *target;      /* what --source takes, NULL none */
	int64_t time;            /* of samples that bring none, ns; 0 the clock */
	int status;              /* exit code of the command that wrote the text, 0 where there was none */
	uint64_t line;           /* of the line at hand, from 1 */
	uint64_t bad;            /* how often sh_import_bad was called */
	uint64_t samples;        /* of an exposition: how many series it had */
	void (*report)(void *arg, const char *file, uint64_t line, const struct sh_error *err);
	void *report_arg;
	bool cut;                /* the line at hand is the beginning of a longer one */
	/* Whether an entry of this text is wanted; NULL all. Of formats that have entries. */
	bool (*wants)(void *arg, struct sh_span text);
	void *wants_arg;
	bool own_host;           /* entries are about this host, whatever host they name */
	struct sh_calls *calls;  /* of the traces in the text at hand; NULL none, see calls.h */
	void *state;             /* of a line format between its lines; freed by its end() */
};

enum sh_format_flags {
	SH_FORMAT_LONG = 1 << 0, /* takes what is longer than SH_MAX_RECORD, cut; others leave such lines out */
	SH_FORMAT_RAW = 1 << 1,  /* a CR before the newline belongs to the line */
	SH_FORMAT_STATE = 1 << 2, /* says by the exit code how it stands: writes check.ok and check.state */
	SH_FORMAT_ENTRIES = 1 << 3, /* entries of a log: in->wants is asked about each */
};

/* Exactly one of document and line. Each returns 0, or -1 with *err: all of it, or this line, is bad. */
struct sh_format {
	const char *name;
	const char *summary; /* one line for --list */
	int (*document)(struct sh_import *in, struct sh_span text, struct sh_error *err);
	int (*line)(struct sh_import *in, struct sh_span line, struct sh_error *err);
	/* Nothing more is there for now: let go what was held back in case it goes on; NULL none. */
	void (*idle)(struct sh_import *in);
	void (*end)(struct sh_import *in); /* after the last line; NULL none */
	unsigned flags;
};

/* Terminated by a name of NULL. */
const struct sh_format *sh_format_find(const char *name);

/*
 * Begin a sample. Without TYPE it is about in->entity; else about TYPE:NAME, on
 * this host, or (fleet) of a whole cluster, whose name has no host.
 */
void sh_import_begin(struct sh_import *in, struct sh_sample_writer *w, const char *type,
		     const char *name, const char *const *dims, const char *const *labels);
void sh_import_begin_fleet(struct sh_import *in, struct sh_sample_writer *w, const char *type,
			   const char *name, const char *const *dims, const char *const *labels);
/*
 * The name of what such a sample is about, a new string; and a relation between two
 * (NULL: nothing is told), told once in ten minutes however often it is found.
 */
char *sh_import_name(const struct sh_import *in, const char *type, const char *name);
char *sh_import_name_fleet(const char *type, const char *name);
void sh_import_link(struct sh_import *in, const char *from, const char *type, const char *to);
/* MEMBER belongs to GROUP, which cannot do without NEED of its members; 0 not known. */
void sh_import_member(struct sh_import *in, const char *member, const char *group, unsigned need);
/*
 * What follows is about the host THERE, unless in->own_host, or that is no name or
 * this host's in short. Returns what c->host was, to be put back; borrows THERE.
 */
const char *sh_import_host(struct sh_import *in, const char *there);
/* A part of the text is bad: reported with LINE (0: the text as a whole), counted, *err cleared. */
void sh_import_bad(struct sh_import *in, uint64_t line, struct sh_error *err);

/* Convert text that is whole. What is bad was reported; -1 only when nothing could be made of it. */
int sh_import_text(struct sh_import *in, struct sh_span text, struct sh_error *err);
/* One line of a stream; a document that is one line. Then the end of them: what was held back, and no state. */
void sh_import_line(struct sh_import *in, struct sh_span line);
void sh_import_end(struct sh_import *in);
/*
 * Convert the file PATH ("-": standard input) and write what came of it: of line
 * formats each time nothing more is there to be read, of documents at their end.
 * Returns -1 when it cannot be read or is larger than 64 MiB.
 */
int sh_import_file(struct sh_import *in, const char *path, struct sh_writer *out,
		   struct sh_error *err);

#endif
