#!/bin/bash
# SPDX-License-Identifier: MIT
# No object of the libraries holds mutable data that outlives a call, by what the
# compiler made of them: .data and .bss (constants that need relocation are .data.rel.ro).
: "${abs_top_builddir:?}" "${LIBRARIES:?}" "${CC:?}"
case ${BUILD_KIND-} in
hardened | plain) ;;
*)
	echo "1..0 # SKIP a $BUILD_KIND build adds data of its own"
	exit 0
	;;
esac
command -v objdump >/dev/null || { echo '1..0 # SKIP objdump not found'; exit 0; }

# What serves an interface that has no place for a context: the handler that ends a program
# out of memory, and the cells behind the allocator that jansson has one of in a process.
allowed='^lib/base/libbase.a mem.o handler_$|^lib/record/librecord.a alloc.o (free_cells|newest|next_cell|slab_end)$'

# globals ARCHIVE NAME
globals() {
	objdump -t "$1" | awk -v lib="$2" '
		/file format/ { object = $1; sub(/:$/, "", object); sub(/^lib[a-z]*_a-/, "", object) }
		$0 ~ / O (\.bss|\.data|\.data\.rel|\.data\.rel\.local|\.tbss|\.tdata|\*COM\*)[.[:alnum:]_]*\t/ &&
			$0 !~ /\.data\.rel\.ro/ { print lib, object, $NF }
	' | grep -vE "$allowed"
}

n=0 failed=0
cd "$abs_top_builddir" || exit 99
for archive in $LIBRARIES; do
	[ -f "$archive" ] || continue
	found=$(globals "$archive" "$archive")
	if [ -z "$found" ]; then
		echo "ok $((++n)) - $archive has no mutable globals"
	else
		echo "not ok $((++n)) - $archive has no mutable globals"
		printf '%s\n' "$found" | sed 's/^/# /'
		failed=1
	fi
done

scratch=$(mktemp -d) || exit 99
trap 'rm -rf "$scratch"' EXIT
cat >"$scratch/x.c" <<'C'
int external;
static int counter;
static const char *const table[] = { "a" };
const char *get(void);
const char *get(void) { static int calls = 1; counter++; calls++; return table[counter & external & calls & 0]; }
C
$CC -fPIE -O1 -c -o "$scratch/x.o" "$scratch/x.c" && ar cr "$scratch/libx.a" "$scratch/x.o"
found=$(globals "$scratch/libx.a" x | awk '{ sub(/\..*/, "", $3); print $3 }' | sort | tr '\n' ' ')
if [ "$found" = 'calls counter external ' ]; then
	echo "ok $((++n)) - an external, a static and a local static are caught, a table is not"
else
	echo "not ok $((++n)) - an external, a static and a local static are caught, a table is not"
	echo "# found: $found"
	failed=1
fi
echo "1..$n"
exit $failed
