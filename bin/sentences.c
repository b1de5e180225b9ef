/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "sentences.h"

#include <string.h>

#include "cli/escape.h"

static void hear(void *arg, int depth, const char *sentence)
{
	static const char *const before[] = { "", "  ", "  - " };
	struct sh_sentences *s = arg;

	sh_buf_addstr(&s->text, before[depth]);
	sh_escape_text(&s->text, sentence, strlen(sentence));
	sh_buf_addch(&s->text, '\n');
}

struct sh_tell sh_sentences_tell(struct sh_sentences *s)
{
	return (struct sh_tell){ .hear = hear, .arg = s };
}

void sh_sentences_write(struct sh_sentences *s, FILE *out)
{
	fwrite(sh_buf_str(&s->text), 1, s->text.len, out);
	fflush(out);
	sh_buf_release(&s->text);
}
