# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2034
# apart: a command that runs another in namespaces of its own; everything below it ends with
# its first process, so that nothing outlives it.
apart=(unshare --mount --propagation private --pid --fork --mount-proc --kill-child --net --uts --ipc)
if [ "$(id -u)" != 0 ]; then
	apart=(unshare --user --map-root-user "${apart[@]:1}")
fi
"${apart[@]}" true 2>/dev/null || { echo "campaign: no namespaces for this user: not possible here" >&2; exit 77; }
