#!/bin/sh
# SPDX-License-Identifier: MIT
# extract.sh SOURCE...: the sentences that the sources (paths below the current
# directory) give to the reader, as a template for catalogues on standard output.
exec xgettext --omit-header --from-code=UTF-8 --language=C --no-location --no-wrap -o - \
	--keyword=sh_tr --keyword=sh_tr_n:1,2 --keyword=SH_TR_LATER \
	--flag=sh_tr:1:pass-c-format --flag=sh_tr_n:1:pass-c-format --flag=sh_tr_n:2:pass-c-format \
	--flag=sh_tell:3:c-format --flag=sh_buf_addf:2:c-format "$@"
