#!/bin/bash
# SPDX-License-Identifier: MIT
# What the linker made of the hardening flags, read from the built programs.
: "${abs_top_builddir:?}" "${PROGRAMS?}"
if [ "${BUILD_KIND-}" != hardened ]; then
	echo "1..0 # SKIP a $BUILD_KIND build is not hardened"
	exit 0
fi
command -v readelf >/dev/null || { echo '1..0 # SKIP readelf not found'; exit 0; }

n=0 failed=0
# missing FILE: what of the hardening the file lacks
missing() {
	local elf symbols
	elf=$(readelf -hWdl "$1")
	symbols=$(nm -D "$1")
	grep -qE 'Type:[[:space:]]+DYN' <<<"$elf" && grep -q 'Flags:.*PIE' <<<"$elf" || echo -n ' PIE'
	grep -qE 'BIND_NOW' <<<"$elf" && grep -qE 'Flags:.*NOW' <<<"$elf" || echo -n ' NOW'
	grep -q GNU_RELRO <<<"$elf" || echo -n ' RELRO'
	grep -E 'GNU_STACK' <<<"$elf" | grep -q 'RWE' && echo -n ' NX'
	grep -q GNU_STACK <<<"$elf" || echo -n ' NX'
	grep -q __stack_chk_fail <<<"$symbols" || echo -n ' stack-protector'
	grep -qE ' U __[a-z_]+_chk(@|$)' <<<"$symbols" || echo -n ' fortify'
}

cd "$abs_top_builddir" || exit 99
for program in $PROGRAMS; do
	[ -f "$program" ] || continue
	lacks=$(missing "$program")
	if [ -z "$lacks" ]; then
		echo "ok $((++n)) - $program is hardened"
	else
		echo "not ok $((++n)) - $program is hardened: lacks$lacks"
		failed=1
	fi
done
scratch=$(mktemp -d) || exit 99
trap 'rm -rf "$scratch"' EXIT
printf '#include <stdio.h>\nint main(int c, char **v) { char b[99]; return snprintf(b, (size_t)c, "%%s", v[0]); }\n' >"$scratch/x.c"
${CC:?} -O0 -U_FORTIFY_SOURCE -fno-stack-protector -no-pie -Wl,-z,norelro,-z,lazy,-z,execstack -o "$scratch/x" "$scratch/x.c" 2>/dev/null
lacks=$(missing "$scratch/x")
if [ "$lacks" = ' PIE NOW RELRO NX stack-protector fortify' ]; then
	echo "ok $((++n)) - a program with none of it is caught"
else
	echo "not ok $((++n)) - a program with none of it is caught: lacks$lacks"
	failed=1
fi
echo "1..$n"
exit $failed
