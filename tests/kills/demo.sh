#!/usr/bin/env bash
# scripts/demo --tiny, killed at ten random moments and each time simply started again, ends like one that was not killed: the
# same network to the bit, the same log, the same scores, nothing left behind.
# usage: tests/kills/demo.sh [SEED]    (default 1)
# Every other kill -9 takes the script alone, as a user's does, the rest all that it has started. Starts from an empty cache, so
# that downloads and features are cut too. A few minutes; writes results/demo_kills.json.
set -euo pipefail
cd "$(dirname "$0")/../.."
seed=${1:-1}
[[ $seed =~ ^[0-9]+$ ]] || { echo "kills: the seed is '$seed' but must be a whole number" >&2; exit 1; }
work=$(mktemp -d)
export BREGMAN_CACHE=$work/cache
mkdir -p results
ls results >"$work/before"

finish() { # what earlier demos left in results/ stays, what this test made goes
    local name
    for name in $(ls results | grep '^demo-tiny' | grep -vxF -f "$work/before"); do rm -rf "results/$name"; done
    rm -rf "$work"
}
trap finish EXIT
fail() {
    echo "kills: $1" >&2
    tail -n 5 "$work/log" >&2
    exit 1
}

echo "kills: a demo that is not killed, seed $seed"
start=$EPOCHREALTIME
scripts/demo --tiny >"$work/log" 2>&1 || fail "scripts/demo --tiny fails by itself"
length=$(awk -v a="$start" -v b="$EPOCHREALTIME" 'BEGIN { print b - a }')
mv results/demo-tiny "$work/reference"
rm -rf "$BREGMAN_CACHE"

moments=()
for ((attempt = 0; ${#moments[@]} < 10; ++attempt)); do
    moment=$(awk -v seed=$((seed * 1000 + attempt)) -v length_="$length" 'BEGIN { srand(seed); printf "%.2f", rand() * length_ }')
    setsid scripts/demo --tiny >"$work/log" 2>&1 &
    demo=$!
    sleep "$moment"
    target=$demo
    ((${#moments[@]} % 2)) && target=-$demo
    if kill -9 -- "$target" 2>/dev/null; then
        moments+=("$moment")
        echo "kills: ${#moments[@]} of 10, after $moment s, in: $(tail -n 1 "$work/log" | cut -c1-100)"
    else # with its downloads and features a demo is shorter
        length=$(awk -v length_="$length" 'BEGIN { print length_ * .8 }')
    fi
    wait "$demo" 2>/dev/null || true
done

scripts/demo --tiny >"$work/log" 2>&1 || fail "scripts/demo --tiny fails after ten kills"
left=$(find results/demo-tiny "$BREGMAN_CACHE" -name '*.partial*' -o -name '*.part')
[[ -z $left ]] || fail "left behind: $left"
/usr/bin/python3 tests/kills/compare_runs.py "$work/reference" results/demo-tiny || fail "the runs differ"
printf '{"seed": %s, "kills": %s, "moments": [%s], "seconds_of_a_demo": %s, "equal": true}\n' "$seed" "${#moments[@]}" \
    "$(IFS=,; echo "${moments[*]}")" "$length" >results/demo_kills.json.part
mv results/demo_kills.json.part results/demo_kills.json
echo "kills: ten kills, and the demo ends as if there had been none; wrote results/demo_kills.json"
