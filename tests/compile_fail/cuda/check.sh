#!/usr/bin/env bash
# Policies for the host only must not compile for the device, and the errors must name them (`// expected: ...`).
# usage: check.sh [NVCC FLAGS...]     run by .ci/run where there is an nvcc; a quarter of a minute each
set -euo pipefail
here=$(dirname "$0")
status=0
for source in "$here"/*.cu; do
    expected=$(sed -n 's|^ *// expected: ||p' "$source")
    [[ -n $expected ]] || { echo "$source names no expected text"; exit 1; }
    if output=$(nvcc -std=c++20 --expt-relaxed-constexpr -I"$here/../../../include" "$@" -ptx -o /dev/null "$source" 2>&1); then
        echo "$source compiles, although it should not"
        status=1
    elif ! grep -q 'error: calling a __host__ function' <<<"$output" || ! grep -qF -- "$expected" <<<"$output"; then
        printf 'no error of %s names "%s":\n%s\n' "$source" "$expected" "$output"
        status=1
    else
        echo "$(basename "$source"): $(grep -m 1 'error:' <<<"$output" | cut -c1-150)"
    fi
done
exit $status
