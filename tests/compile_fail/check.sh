#!/usr/bin/env bash
# A mistake must fail to compile, say the text beside it (`// expected: ...`), and say little else: two errors, or what
# the source itself allows (`// at most: N errors`).
# usage: check.sh COMPILER SOURCE FLAGS...
set -euo pipefail
compiler=$1 source=$2
shift 2

most=$(sed -n 's|^ *// at most: \([0-9]*\) errors$|\1|p' "$source")
most=${most:-2}
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
if ((errors > most)); then
    printf '%s has %d errors with %s, at most %d are allowed:\n%s\n' "$source" "$errors" "$compiler" "$most" \
        "$(grep 'error:' <<<"$output")"
    exit 1
fi
