#!/bin/sh
# SPDX-License-Identifier: MIT
# extract.sh SOURCE...: the sentences that the sources (paths below the current
# directory; C files and stock diagnoses in YAML) give to the reader, as a template for
# catalogues on standard output.
set -e
words='' rules=''
for source; do
	case $source in
	*.yaml) rules="$rules $source" ;;
	*) words="$words $source" ;;
	esac
done
# shellcheck disable=SC2086 # names without blanks
xgettext --omit-header --from-code=UTF-8 --language=C --no-location --no-wrap -o - \
	--keyword=sh_tr --keyword=sh_tr_n:1,2 --keyword=SH_TR_LATER \
	--flag=sh_tr:1:pass-c-format --flag=sh_tr_n:1:pass-c-format --flag=sh_tr_n:2:pass-c-format \
	--flag=sh_tell:3:c-format --flag=sh_buf_addf:2:c-format $words
# shellcheck disable=SC2086
[ -z "$rules" ] || awk -f po/rules.awk $rules
