/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "base/nls.h"

#ifdef ENABLE_NLS
#include <libintl.h>
#include <locale.h>

void sh_nls_start(const char *dir)
{
	setlocale(LC_MESSAGES, "");
	bindtextdomain(PACKAGE, dir);
	bind_textdomain_codeset(PACKAGE, "UTF-8");
}

const char *sh_tr(const char *text)
{
	return *text ? dgettext(PACKAGE, text) : text; /* of "" a catalogue has its head */
}

const char *sh_tr_n(const char *one, const char *many, unsigned long n)
{
	return dngettext(PACKAGE, one, many, n);
}
#else
void sh_nls_start(const char *dir)
{
	(void)dir;
}

const char *sh_tr(const char *text)
{
	return text;
}

const char *sh_tr_n(const char *one, const char *many, unsigned long n)
{
	return n == 1 ? one : many;
}
#endif
