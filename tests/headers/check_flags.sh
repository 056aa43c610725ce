#!/usr/bin/env bash
# Compiles no_warnings.cpp and no_warnings_policies.cpp with the warnings that users switch on, as errors, also where a compiler
# takes every number for finite, and without exceptions, which is refused in one sentence. scripts/compile-matrix has more.
# usage: check_flags.sh COMPILER INCLUDE EIGEN
set -euo pipefail
compiler=$1
program=$(dirname "$0")/no_warnings.cpp
flags=(-std=c++20 "-I$2" -isystem "$3" -c -o /dev/null "$program")

warnings=(-Wall -Wextra -Wpedantic -Wconversion -Wsign-conversion -Wshadow -Wdouble-promotion -Werror)

"$compiler" -O2 "${warnings[@]}" "${flags[@]}"
policies=$(dirname "$0")/no_warnings_policies.cpp
"$compiler" -O3 -ffast-math "${warnings[@]}" -std=c++20 "-I$2" -isystem "$3" -fsyntax-only "$policies"

if "$compiler" -fno-exceptions "${flags[@]}" 2>"${TMPDIR:-/tmp}/no_exceptions.$$"; then
    echo "a build without exceptions is not refused"
    exit 1
fi
trap 'rm -f "${TMPDIR:-/tmp}/no_exceptions.$$"' EXIT
grep -m 1 'error' "${TMPDIR:-/tmp}/no_exceptions.$$" | grep -q 'compile without -fno-exceptions' ||
    { echo "the first error without exceptions does not say so"; exit 1; }
