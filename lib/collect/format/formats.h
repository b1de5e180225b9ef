/* SPDX-License-Identifier: MIT */
/* formats - the functions behind the table, one file each; see format.h */
#ifndef SH_COLLECT_FORMAT_FORMATS_H
#define SH_COLLECT_FORMAT_FORMATS_H

#include "collect/format/format.h"

int sh_format_json(struct sh_import *in, struct sh_span text, struct sh_error *err);

#endif
