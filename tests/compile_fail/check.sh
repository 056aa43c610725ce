#!/usr/bin/env bash
# A mistake must fail to compile with exactly one error, which says the text beside it (`// expected: ...`).
# usage: check.sh COMPILER SOURCE FLAGS...
set -euo pipefail
compiler=$1 source=$2
shift 2

expected=$(sed -n 's|^ *// expected: ||p' "$source")
[[ -n $expected ]] || { echo "$source names no expected text"; exit 1; }
if output=$("$compiler" -std=c++20 -fsyntax-only "$@" "$source" 2>&1); then
    echo "$source compiles, although it should not"
    exit 1
fi
if ! grep -qF -- "$expected" <<<"$output"; then
    printf '%s does not say "%s" with %s:\n%s\n' "$source" "$expected" "$compiler" "$output"
    exit 1
fi
errors=$(grep -c 'error:' <<<"$output")
if ((errors != 1)); then
    printf '%s has %d errors with %s instead of one:\n%s\n' "$source" "$errors" "$compiler" "$(grep 'error:' <<<"$output")"
    exit 1
fi
