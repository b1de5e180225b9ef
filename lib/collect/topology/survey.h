/* SPDX-License-Identifier: MIT */
/*
 * survey - one look at how the things of this machine hang together
 *
 * Finders look at one kind of evidence each and add edges; what several of them
 * need is read once, when the first asks for it. Entities are called as the other
 * collectors call them. What cannot be read, or is not known for sure, is left out.
 */
#ifndef SH_COLLECT_TOPOLOGY_SURVEY_H
#define SH_COLLECT_TOPOLOGY_SURVEY_H

#include "collect/collector.h"
#include "collect/topology/edges.h"

struct sh_blocks;
struct sh_descriptors;
struct sh_reach;
struct sh_who;

struct sh_survey {
	struct sh_collect *c;           /* borrowed */
	const struct sh_mounts *mounts; /* borrowed; NULL unreadable */
	struct sh_map shown;            /* device number -> mount that stands for it, borrowed */
	struct sh_edge_set edges;
	const char *finder;             /* at work */
	struct sh_blocks *blocks;       /* owned; see sh_survey_blocks */
	struct sh_who *who;             /* owned; see sh_survey_who */
	struct sh_descriptors *descriptors; /* owned; see sh_survey_descriptors */
	struct sh_reach *reach;         /* owned; see sh_survey_reach */
};

void sh_survey_init(struct sh_survey *s, struct sh_collect *c);
void sh_survey_release(struct sh_survey *s);

/* FROM and TO are whole entities; NULL adds nothing. */
void sh_survey_link(struct sh_survey *s, const char *from, const char *type, const char *to);
/* MEMBER belongs to GROUP, which cannot do without NEED of its members; 0 not known. */
void sh_survey_member(struct sh_survey *s, const char *member, const char *group, unsigned need);

/* TYPE:NAME@HOST, a new string; without @HOST for "host". */
char *sh_survey_name(const struct sh_survey *s, const char *type, const char *name);
/* The same of a block device as sysfs calls it. */
char *sh_survey_disk(const struct sh_survey *s, const char *device);
/* The entity of the file system with that device number or that holds PATH; new, NULL unknown. */
char *sh_survey_filesystem(const struct sh_survey *s, const char *number);
char *sh_survey_filesystem_at(const struct sh_survey *s, const char *path);

/* The finders. */
void sh_survey_block_devices(struct sh_survey *s);
void sh_survey_mounts(struct sh_survey *s);
void sh_survey_files(struct sh_survey *s);
void sh_survey_places(struct sh_survey *s);
void sh_survey_sockets(struct sh_survey *s);
void sh_survey_unix(struct sh_survey *s);
void sh_survey_proxies(struct sh_survey *s);
void sh_survey_checks(struct sh_survey *s);
void sh_survey_libvirt(struct sh_survey *s);

#endif
