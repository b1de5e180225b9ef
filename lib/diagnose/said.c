/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "diagnose/said.h"

#include "diagnose/clue.h"

/* Whether the same is said again. */
static bool comes_again(const struct sh_past_entity *e, uint32_t i)
{
	for (uint32_t k = i + 1; k < e->lines; k++)
		if (e->line[k].template == e->line[i].template)
			return true;
	return false;
}

void sh_said(const struct sh_history *h, struct sh_span entity, int64_t onset, struct sh_buf *out)
{
	const struct sh_past_entity *e = sh_history_find(h, entity);
	uint32_t i;

	if (!e)
		return;
	for (i = e->lines > SH_SAID_LINES ? e->lines - SH_SAID_LINES : 0; i < e->lines; i++)
		if (e->line[i].time >= onset - SH_CLUE_GUARD && !comes_again(e, i))
			sh_buf_addf(out, "%s\n", h->template[e->line[i].template].text);
}
