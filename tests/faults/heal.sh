#!/usr/bin/env bash
# heal.sh PREFIX HOG - break real things in a scratch area and let the installed
# programs heal them, by pipes, with the site file share/examples/heal.yaml.
#
# Prints for each fault when it was injected, detected, diagnosed, repaired and
# verified. Exits 0 only when every verification, made by measuring again, says
# fixed. Leaves nothing behind: everything happens below one temporary directory
# in a mount namespace of its own. Where no such namespace can be had, the fault
# that needs a file system to fill is named as not possible, the others are healed,
# and the exit is 1.
set -u
prefix=${1:?usage: heal.sh PREFIX HOG}
hog=${2:?usage: heal.sh PREFIX HOG}
here=$(cd "$(dirname "$0")" && pwd)
patience=${HEAL_PATIENCE:-60} # seconds for one fault

# --- a mount namespace: root's own, a user namespace, or sudo ---------------
if [ -z "${HEAL_INSIDE:-}" ]; then
	export HEAL_INSIDE=1
	if [ "$(id -u)" = 0 ]; then
		exec unshare --mount --propagation private -- bash "$0" "$@"
	elif unshare --user --map-root-user --mount true 2>/dev/null; then
		export HEAL_NAMESPACE=user
		exec unshare --user --map-root-user --mount --propagation private -- bash "$0" "$@"
	elif sudo -n true 2>/dev/null || { [ -t 2 ] && command -v sudo >/dev/null && sudo true; }; then
		export HEAL_NAMESPACE=sudo
		exec sudo --preserve-env=HEAL_INSIDE,HEAL_NAMESPACE,HEAL_PATIENCE \
			unshare --mount --propagation private -- bash "$0" "$@"
	fi
	export HEAL_NAMESPACE=none
fi

real=$(mktemp -d "${TMPDIR:-/tmp}/selfheal-heal.XXXXXX") || exit 1 # on a disk, not in memory
scratch=$real
# In a user namespace the machine's root is nobody, and no path below its
# directories can be trusted: there everything is looked at through a root of our own.
if [ "${HEAL_NAMESPACE:-}" = user ]; then
	mount -t tmpfs -o mode=755 tmpfs /mnt && mkdir /mnt/prefix /mnt/heal &&
		mount --bind "$prefix" /mnt/prefix ||
		{ echo "heal: cannot mount in a user namespace" >&2; rmdir "$real"; exit 1; }
	prefix=/mnt/prefix
	scratch=/mnt/heal
# Root trusts no programs or rules in a directory that is a user's: it takes its own copy.
elif [ "${HEAL_NAMESPACE:-}" = sudo ]; then
	cp -R "$prefix" "$real/prefix" && chmod -R go-w "$real/prefix" || exit 1
	prefix=$real/prefix
fi
if [ "$prefix" != "$1" ]; then
	export SH_STOCK=$prefix/share/selfheal SH_LIBEXEC=$prefix/libexec/selfheal SH_BINDIR=$prefix/bin
fi
PATH=$prefix/bin:/usr/sbin:/usr/bin:/sbin:/bin
export LC_ALL=C
log=$scratch/log
state=$scratch/disk/state
failed=0
collect_pid='' hog_pid=''

web_pid() { cat "$scratch/web.pid" 2>/dev/null; }

clean_up() {
	trap - EXIT INT TERM
	[ -n "$collect_pid" ] && kill "$collect_pid" 2>/dev/null
	release_throttle # first: a hog that is held back takes long to end
	[ -n "$hog_pid" ] && kill -CONT "$hog_pid" 2>/dev/null && kill "$hog_pid" 2>/dev/null
	wait
	pid=$(web_pid) && [ -n "$pid" ] && kill -9 "$pid" 2>/dev/null
	umount "$scratch/disk" "$scratch/io" 2>/dev/null
	rm -rf "$scratch" "$real" 2>/dev/null
}

# What io-throttle changed outside the scratch area is taken back, as an operator would.
release_throttle() {
	local id
	[ -s "$log/repairs" ] || return 0
	for id in $(cut -d' ' -f2- "$log/repairs" |
		jq -r 'select(.kind == "repair" and .playbook == "io-throttle" and (.undone | not)) | .id'); do
		sh-repair -c "$scratch/site.yaml" --state "$state" --undo "$id" >/dev/null
	done
}

free_port() {
	local port
	for port in $(shuf -i 10240-32000 -n 50); do
		if ! (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then
			echo "$port"
			return
		fi
	done
}

# Each line with the time it came by; the line goes on as it is.
stamp() {
	local line
	while IFS= read -r line; do
		printf '%s %s\n' "$EPOCHREALTIME" "$line" >>"$1"
		printf '%s\n' "$line"
	done
}

# The loop itself: collectors as arguments. Ends when sh-collect is told to.
start_loop() {
	mkdir -p "$log"
	{
		echo "$BASHPID" >"$scratch/collect.pid"
		exec sh-collect -c "$scratch/site.yaml" --state "$state" -i 500ms "$@"
	} 2>>"$log/messages" |
		sh-detect -c "$scratch/site.yaml" 2>>"$log/messages" | stamp "$log/faults" |
		sh-diagnose -c "$scratch/site.yaml" 2>>"$log/messages" | stamp "$log/diagnoses" |
		sh-repair -c "$scratch/site.yaml" --state "$state" --apply 2>>"$log/messages" |
		stamp "$log/repairs" >/dev/null &
	loop=$!
	for _ in $(seq 50); do
		[ -s "$scratch/collect.pid" ] && break
		sleep 0.1
	done
	collect_pid=$(cat "$scratch/collect.pid")
}

stop_loop() {
	kill "$collect_pid" 2>/dev/null
	wait "$loop"
	collect_pid=''
	rm -f "$scratch/collect.pid"
}

# first FILE FILTER: the first line after the injection for which FILTER is true, with its time.
first() {
	[ -s "$1" ] || return 1
	awk -v since="$injected" '$1 >= since' "$1" | while IFS=' ' read -r at line; do
		if printf '%s\n' "$line" | jq -e "$2" >/dev/null 2>&1; then
			printf '%s %s\n' "$at" "$line"
			break
		fi
	done | grep .
}

say() { # WHAT AT TEXT
	awk -v what="$1" -v at="$2" -v from="$injected" -v text="$3" \
		'BEGIN { printf "  %-10s %7.2f s  %s\n", what, at - from, text }'
}

field() { printf '%s\n' "${1#* }" | jq -r "$2"; }

# watch ENTITY: follow one fault from injection to proof.
watch() {
	local about=".entity | startswith(\"$1\")" fault diagnosis repair until=$((SECONDS + patience))
	while [ $SECONDS -lt $until ] && kill -0 "$loop" 2>/dev/null; do
		repair=$(first "$log/repairs" "($about) and .kind == \"repair\" and .verified == \"fixed\"") && break
		sleep 0.2
	done
	fault=$(first "$log/faults" "($about) and .kind == \"fault\"") &&
		say detected "${fault%% *}" "$(field "$fault" '"\(.fault_type) (\(.severity)): \(.description)"')"
	diagnosis=$(first "$log/diagnoses" "($about) and .kind == \"diagnosis\"") &&
		say diagnosed "${diagnosis%% *}" "$(field "$diagnosis" '"\(.merged_result.root_cause), confidence \(.merged_result.confidence)"')"
	if [ -z "$repair" ]; then
		if kill -0 "$loop" 2>/dev/null; then
			echo "  NOT healed within $patience s"
		else
			echo "  NOT healed: the loop has ended"
		fi
		tail -n 5 "$log/messages" "$log/repairs" 2>/dev/null | cut -c1-600 | sed 's/^/    /'
		failed=$((failed + 1))
		return 1
	fi
	say repaired "$(field "$repair" '[.steps[].ended // empty] | last | sub("\\.[0-9]+"; "") | fromdate')$(field "$repair" '[.steps[].ended // empty] | last | match("\\.[0-9]+").string')" \
		"$(field "$repair" '"\(.playbook)" + (if .freed_space_bytes then ", \(.freed_space_bytes / 1048576 | floor) MiB freed" else "" end)
			+ (if .steps[0].output.method then ", by \(.steps[0].output.method)" else "" end)
			+ (if .performance_improvement then ", latency \(.performance_improvement | floor) % lower" else "" end)')"
	say verified "${repair%% *}" "$(field "$repair" '.verified')"
}

inject() { # TITLE COMMAND...
	echo
	echo "$1"
	shift
	injected=$EPOCHREALTIME
	"$@"
	say injected "$injected" "$*"
}

kill_service() { kill -9 "$(web_pid)"; }
stop_service() { kill -STOP "$(web_pid)"; }
fill_disk() {
	local n=0
	while dd if=/dev/zero of="$scratch/disk/cache/$((n++)).tmp" bs=1M count=1 status=none 2>/dev/null; do :; done
	return 0
}
change_configuration() { echo 'D:*' >>"$scratch/httpd.conf"; }
start_hog() {
	"$hog" "$scratch/io" "$patience" 16 &
	hog_pid=$!
}

name_limits() {
	echo "scratch area: $scratch"
	[ "${HEAL_NAMESPACE:-}" = none ] &&
		echo "not possible as this user: a full file system needs a mount, so root, sudo or user namespaces"
	[[ "${HEAL_NAMESPACE:-}" = @(user|none) ]] &&
		echo "not possible as this user: limits by control groups; idle priority or pausing is used instead"
	[ -e /sys/fs/cgroup/cgroup.controllers ] || [ -d /sys/fs/cgroup/blkio ] ||
		echo "not possible on this kernel: limits by control groups; idle priority or pausing is used instead"
}

trap clean_up EXIT
trap 'exit 1' INT TERM
mkdir -p "$real/on-disk" "$scratch/disk" "$scratch/io" "$scratch/www" "$log"
chmod 755 "$scratch"
if [ "${HEAL_NAMESPACE:-}" != none ]; then
	mount -t tmpfs -o size=32m,mode=755 tmpfs "$scratch/disk" &&
		mount --bind "$real/on-disk" "$scratch/io" ||
		{ echo "heal: cannot mount a scratch file system" >&2; exit 1; }
fi
mkdir -p "$scratch/disk/cache"
echo ok >"$scratch/www/index.html"
echo 'A:127.0.0.1' >"$scratch/httpd.conf"
port=$(free_port)
busybox=$(command -v busybox) || { echo "heal: busybox is not installed" >&2; exit 1; }
sed -e "s|@SCRATCH@|$scratch|g" -e "s|@PORT@|$port|g" -e "s|@BUSYBOX@|$busybox|g" \
	"$here/../../share/examples/heal.yaml" >"$scratch/site.yaml"
name_limits
sh-ledger --state "$state" baseline "$scratch/httpd.conf" >/dev/null || exit 1
setsid "$busybox" httpd -f -p "127.0.0.1:$port" -h "$scratch/www" -c "$scratch/httpd.conf" &
echo $! >"$scratch/web.pid"
disown

if [ "${HEAL_NAMESPACE:-}" = none ]; then
	start_loop service file
else
	start_loop service file filesystem
fi
sleep 1.5
inject 'a killed service process' kill_service && watch service:web
inject 'a hung service process (SIGSTOP)' stop_service && watch service:web
if [ "${HEAL_NAMESPACE:-}" != none ]; then
	inject 'a full file system, with the state directory on it' fill_disk && watch "filesystem:$scratch/disk"
fi
inject 'a configuration file changed behind the operator'"'"'s back' change_configuration && watch "file:$scratch/httpd.conf"
stop_loop

start_loop process probe
sleep 1.5
inject 'a disk hog that makes latency bad for others' start_hog && watch "filesystem:$scratch/io"
stop_loop

echo
if [ $failed -gt 0 ]; then
	echo "$failed of 5 faults were not healed"
	exit 1
fi
if [ "${HEAL_NAMESPACE:-}" = none ]; then
	echo '4 faults were healed and proved by measuring again; a full file system was not possible here'
	exit 1
fi
echo 'all 5 faults were healed and proved by measuring again'
