/* SPDX-License-Identifier: MIT */
/* What services, containers and machines write: the file systems and devices of their open files. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "base/mem.h"
#include "collect/text.h"
#include "collect/topology/blocks.h"
#include "collect/topology/descriptors.h"
#include "collect/topology/who.h"

#define MAX_TABLE ((size_t)4 << 20)
#define MOST_SPACES 256 /* processes whose own mounts are read */

struct mounts_known {
	struct sh_map number; /* owned: id of a mount as text -> device number, owned */
	size_t left;
};

static void note_all(struct mounts_known *k, const struct sh_mounts *m)
{
	char id[24];

	for (size_t i = 0; i < m->n; i++) {
		snprintf(id, sizeof(id), "%llu", (unsigned long long)m->item[i].id);
		if (!sh_map_gets(&k->number, id))
			sh_map_puts(&k->number, id, sh_strdup(m->item[i].number));
	}
}

/* Mounts of a container have ids of their own, that only its own table tells. */
static const char *number_of(struct sh_survey *s, struct mounts_known *k, uint64_t mount, pid_t pid)
{
	SH_CLEANUP_BUF struct sh_buf text = SH_BUF_INIT;
	struct sh_error gone = SH_ERROR_INIT;
	struct sh_mounts theirs = { 0 };
	const char *number;
	char id[24], path[64];

	snprintf(id, sizeof(id), "%llu", (unsigned long long)mount);
	number = sh_map_gets(&k->number, id);
	if (number || !k->left)
		return number;
	k->left--;
	snprintf(path, sizeof(path), "proc/%d/mountinfo", (int)pid);
	if (sh_file_read(s->c->root, path, MAX_TABLE, &text, &gone) < 0)
		return NULL;
	sh_mounts_parse(&theirs, sh_text_of(&text));
	note_all(k, &theirs);
	sh_mounts_release(&theirs);
	return sh_map_gets(&k->number, id);
}

void sh_survey_files(struct sh_survey *s)
{
	const struct sh_descriptors *d = sh_survey_descriptors(s);
	struct mounts_known k = { .left = MOST_SPACES };

	if (!d || !s->mounts)
		return;
	sh_map_init(&k.number, free);
	note_all(&k, s->mounts);
	for (size_t i = 0; i < d->files; i++) {
		const struct sh_held_file *f = &d->file[i];
		const char *who = sh_who_lasts(s, f->process);
		SH_CLEANUP_FREE char *place = NULL;

		if (*f->device)
			place = sh_survey_disk(s, f->device);
		else
			place = sh_survey_filesystem(
				s, number_of(s, &k, f->mount, s->who->table->item[f->process].pid));
		sh_survey_link(s, who, "stores_on", place);
	}
	sh_map_release(&k.number);
}
