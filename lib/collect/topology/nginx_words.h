/* SPDX-License-Identifier: MIT */
/* nginx_words - the configuration of nginx, directive by directive */
#ifndef SH_COLLECT_TOPOLOGY_NGINX_WORDS_H
#define SH_COLLECT_TOPOLOGY_NGINX_WORDS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/span.h"

#define SH_NGINX_WORDS 16

/* One directive: the first of its words, quotes taken off, and what ends it. */
struct sh_nginx_directive {
	const char *word[SH_NGINX_WORDS + 1]; /* within text; NULL-terminated */
	size_t n;
	char end;                             /* ';', '{', or '}', which has no words of its own */
	struct sh_buf text;                   /* owned */
};

/* Cut the next one off *REST; false at the end. What is cut short at the end is none. */
bool sh_nginx_next(struct sh_nginx_directive *d, struct sh_span *rest);
void sh_nginx_release(struct sh_nginx_directive *d);

#endif
