#!/bin/bash
# SPDX-License-Identifier: MIT
# What an object of the libraries offers, another object of the libraries or programs
# uses: what none does is dead, or local to its file. Tests do not count.
: "${abs_top_srcdir:?}" "${abs_top_builddir:?}" "${LIBRARIES:?}" "${CC:?}"
command -v nm >/dev/null || { echo '1..0 # SKIP nm not found'; exit 0; }

# unused FILE...: "OBJECT SYMBOL" for each that no other object uses
unused() {
	nm -A -P -g "$@" 2>/dev/null | awk '
		{ object = $1; sub(/:$/, "", object) }
		$2 ~ /^_/ || $2 == "main" { next }
		$3 == "U" { uses[$2] = 1; next }
		$3 ~ /^[TDBRCVW]$/ { at[$2] = object }
		END { for (s in at) if (!(s in uses)) print at[s], s }' | sort
}

n=0 failed=0
check() {
	if [ -z "$2" ]; then
		echo "ok $((++n)) - $1"
	else
		echo "not ok $((++n)) - $1"
		printf '%s\n' "$2" | sed 's/^/# /'
		failed=1
	fi
}

cd "$abs_top_builddir" || exit 99
[ "$(nm -P -g lib/base/libbase.a 2>/dev/null | grep -c ' T ')" -gt 9 ] ||
	{ echo '1..0 # SKIP nm cannot read these objects'; exit 0; }
allowed=$abs_top_srcdir/tests/lint/unused.allowed
# shellcheck disable=SC2086,SC2046
found=$(unused $LIBRARIES $(find bin -name '*.o' | sort) | grep '^lib/')
check 'what the libraries offer is used, or it is said why not' \
	"$(awk 'FILENAME != "-" { ok[$1] = 1; next } !($2 in ok)' "$allowed" - <<<"$found")"
check 'what is listed there is a step of its own file' \
	"$(cd "$abs_top_srcdir" && grep -v '^#' "$allowed" | while read -r name; do
		[ "$(find lib -name '*.c' -exec grep -how "$name" {} + | wc -l)" -gt 1 ] || echo "$name: nothing takes it"
	done)"
check 'what is said not to be used is not' \
	"$(awk 'FILENAME == "-" { is[$2] = 1; next } !/^#/ && !($1 in is) { print $1 }' - "$allowed" <<<"$found")"

scratch=$(mktemp -d) || exit 99
trap 'rm -rf "$scratch"' EXIT
cat >"$scratch/a.c" <<'C'
int used(void), dead(void), own(void);
int table[1] = { 1 };
int used(void) { return own(); }
int own(void) { return 1; }
int dead(void) { return 2; }
C
echo 'int used(void); int main(void) { return used(); }' >"$scratch/b.c"
for i in a b; do
	$CC -O0 -c -o "$scratch/$i.o" "$scratch/$i.c" || exit 99
done
ar cr "$scratch/libx.a" "$scratch/a.o"
found=$(unused "$scratch/libx.a" "$scratch/b.o" | awk '{ print $2 }' | xargs)
check 'one that nothing uses, one of the same file and a table are caught' \
	"$([ "$found" = 'dead own table' ] || echo "found: $found")"
echo "1..$n"
exit $failed
