#!/bin/bash
# SPDX-License-Identifier: MIT
# The rules of the source hold in the tree, and each is seen to fail where it is broken.
: "${abs_top_srcdir:?}" "${abs_top_builddir:?}"
rules=$abs_top_srcdir/tests/lint/rules.sh
n=0 failed=0

ok() {
	local good=$1
	shift
	if [ "$good" = 0 ]; then
		echo "ok $((++n)) - $*"
	else
		echo "not ok $((++n)) - $*"
		failed=1
	fi
}

out=$(bash "$rules" "$abs_top_srcdir" 2>&1)
ok $? 'the tree keeps the rules'
[ -z "$out" ] || printf '%s\n' "$out" | sed 's/^/# /'

copy=$(mktemp -d) || exit 99
trap 'rm -rf "$copy"' EXIT
mkdir -p "$copy/bin" && cp -r "$abs_top_srcdir/lib" "$copy/" && chmod -R u+w "$copy"

# mutate WHAT FILE LINE: the rules pass before, and fail after with just that file named.
mutate() {
	local what=$1 file=$copy/$2 line=$3 answer
	cp "$file" "$copy/saved"
	printf '%s\n' "$line" >>"$file"
	answer=$(bash "$rules" "$copy" 2>&1)
	[ $? = 1 ] && [[ $answer == "$2":* ]] && [ "$(printf '%s\n' "$answer" | wc -l)" = 1 ]
	ok $? "is caught: $what"
	[ "${answer#"$2":}" != "$answer" ] || printf '# %s\n' "${answer:-nothing was said}"
	mv "$copy/saved" "$file"
}

if [ -z "$out" ]; then
	mutate 'base includes record' lib/base/buf.c '#include "record/json.h"'
	mutate 'a header of base includes config' lib/base/buf.h '#  include "config/node.h"'
	mutate 'record includes cli' lib/record/entity.c '#include "cli/cli.h"'
	mutate 'state includes a domain' lib/state/state.c '#include "repair/repair.h"'
	mutate 'logs include a domain' lib/logs/rate.c '#include "detect/rule.h"'
	mutate 'the topology includes a domain' lib/topology/loss.c '#include "detect/rule.h"'
	mutate 'cli includes state' lib/cli/cli.h '#include "state/state.h"'
	mutate 'a domain includes another' lib/collect/host/cpu.c '#include "detect/detect.h"'
	mutate 'an include by path' lib/base/buf.c '#include "../record/json.h"'
	mutate 'a library exits' lib/record/entity.c '	exit(1);'
	mutate 'a library prints' lib/record/entity.c '	printf("x");'
	mutate 'a library prints by stream' lib/record/entity.c '	fprintf(stderr, "x");'
	mutate 'a library warns' lib/base/buf.c '	if (x) warnx("x");'
	mutate 'popt below cli' lib/config/files.c '#include <popt.h>'
	mutate 'strcpy' lib/base/buf.c '	strcpy(dst, src);'
	mutate 'sprintf at the start of a line' lib/base/buf.c 'sprintf (dst, src);'
	mutate 'atoi inside an expression' lib/base/buf.c '	n = 1+atoi(src);'
	mutate 'memory of jansson for free()' lib/state/state.c '	text = json_dumps(value, 0);'
	mutate 'a shell' lib/base/process.c '	system("true");'
	cp "$copy/lib/base/buf.c" "$copy/saved"
	printf '#include <stdio.h>\n' | cat - "$copy/saved" >"$copy/lib/base/buf.c"
	[[ $(bash "$rules" "$copy" 2>&1) == lib/base/buf.c:1:* ]]
	ok $? 'is caught: config.h is not first'
	mv "$copy/saved" "$copy/lib/base/buf.c"
	mkdir "$copy/lib/nowhere"
	[[ $(bash "$rules" "$copy" 2>&1) == lib/nowhere/:1:* ]]
	ok $? 'is caught: a directory without a layer'
	rmdir "$copy/lib/nowhere"
	printf '/* strcpy(3) is banned */\n' >>"$copy/lib/base/buf.c"
	bash "$rules" "$copy" >/dev/null 2>&1
	ok $? 'a comment about a banned call is no call'
fi
echo "1..$n"
exit $failed
