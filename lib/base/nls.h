/* SPDX-License-Identifier: MIT */
/*
 * nls - sentences for people in their language
 *
 * The catalogue is that of the package, po/LANGUAGE.po; texts come out as UTF-8 as
 * records are. Only the language of messages follows the environment (LC_ALL,
 * LC_MESSAGES, LANG, and LANGUAGE beside them): numbers, times and the order of
 * names are the same in every locale. Records are English; what goes into one is
 * never translated. Without sh_nls_start, and in a build without a catalogue, every
 * text is as it stands in the source.
 */
#ifndef SH_BASE_NLS_H
#define SH_BASE_NLS_H

/* Take the language of the environment. DIR holds the catalogues: LANGUAGE/LC_MESSAGES/selfheal.mo. */
void sh_nls_start(const char *dir);

/* The text in the reader's language, else TEXT itself; "" stays "". Borrowed, for ever. */
const char *sh_tr(const char *text) __attribute__((format_arg(1)));
/* The same for a text of whose forms N decides; ONE and MANY are English. */
const char *sh_tr_n(const char *one, const char *many, unsigned long n)
	__attribute__((format_arg(1), format_arg(2)));
/* A constant that is translated where it is used. */
#define SH_TR_LATER(text) text

#endif
