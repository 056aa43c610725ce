#!/usr/bin/env bash
# scripts/launch: the environment of each process, a failure that ends all, signals, what it prints for several hosts.
# usage: launch_test.sh LAUNCH
set -euo pipefail
launch=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
fail() { echo "launch_test: $1" >&2; exit 1; }

"$launch" --processes 3 -- bash -c 'echo "$RANK $WORLD_SIZE $LOCAL_RANK $MASTER_ADDR $MASTER_PORT $1" >"$0/$RANK"' "$work" "a b"
port=$(cut -d' ' -f5 "$work/0")
for rank in 0 1 2; do
    [[ $(cat "$work/$rank") == "$rank 3 $rank 127.0.0.1 $port a b" ]] || fail "process $rank has $(cat "$work/$rank")"
done

# One fails: the others end, and its status is that of the whole.
status=0
"$launch" --processes 2 -- bash -c '((RANK == 1)) && exit 7; exec sleep 600' 2>"$work/said" || status=$?
((status == 7)) || fail "a failure of status 7 ends with $status"
grep -q "process 1 of 2 ended with 7; ending the others" "$work/said" || fail "it says $(cat "$work/said")"

status=0
"$launch" --processes 1 -- bash -c 'kill -KILL $$' 2>"$work/said" || status=$?
((status == 137)) || fail "a process that SIGKILL ended ends all with $status"

# SIGTERM to the launcher ends all, which may clean up.
mkfifo "$work/ready"
exec 3<>"$work/ready"
# The signal is blocked before anybody is told: it can arrive at no moment at which it would be missed.
"$launch" --processes 2 -- python3 -c '
import os, signal, sys
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])
with open(sys.argv[1] + "/ready", "w") as ready: ready.write("\n")
signal.sigwait([signal.SIGTERM])
open(sys.argv[1] + "/ended" + os.environ["RANK"], "w").close()' "$work" &
launcher=$!
read -r <&3
read -r <&3
kill -TERM "$launcher"
status=0
wait "$launcher" || status=$?
((status == 143)) || fail "SIGTERM ends with $status"
[[ -f $work/ended0 && -f $work/ended1 ]] || fail "SIGTERM did not reach all"

[[ $("$launch" --processes 3 --hosts a,b --port 5000 -- train 'x y') == "# on a:
RANK=0 WORLD_SIZE=3 LOCAL_RANK=0 LOCAL_WORLD_SIZE=2 MASTER_ADDR=a MASTER_PORT=5000 train 'x y' &
RANK=1 WORLD_SIZE=3 LOCAL_RANK=1 LOCAL_WORLD_SIZE=2 MASTER_ADDR=a MASTER_PORT=5000 train 'x y'
# on b:
RANK=2 WORLD_SIZE=3 LOCAL_RANK=0 LOCAL_WORLD_SIZE=1 MASTER_ADDR=a MASTER_PORT=5000 train 'x y'" ]] || fail "--hosts prints something else"

# Who does not hear SIGTERM is killed after the grace.
status=0
"$launch" --processes 2 --grace .1 -- bash -c '((RANK == 1)) && exit 7; trap "" TERM; exec sleep 600' 2>/dev/null || status=$?
((status == 7)) || fail "a process that ignores SIGTERM makes the status $status"

for wrong in "--processes 2 --grace -1 -- true" "--processes 0 -- true" "--processes 2" "--processes 2 --port 0 -- true" "--processes 1 --hosts a,b -- true"; do
    # shellcheck disable=SC2086
    if "$launch" $wrong 2>"$work/said"; then fail "takes $wrong"; fi
done
echo "launch_test: passed"
