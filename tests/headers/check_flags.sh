#!/usr/bin/env bash
# Compiles no_warnings.cpp with the warnings that users switch on, as errors, and without exceptions, which is refused in
# one sentence.
# usage: check_flags.sh COMPILER INCLUDE EIGEN
set -euo pipefail
compiler=$1
program=$(dirname "$0")/no_warnings.cpp
flags=(-std=c++20 "-I$2" -isystem "$3" -c -o /dev/null "$program")

"$compiler" -O2 -Wall -Wextra -Wpedantic -Wconversion -Wsign-conversion -Wshadow -Wdouble-promotion -Werror "${flags[@]}"

if "$compiler" -fno-exceptions "${flags[@]}" 2>"${TMPDIR:-/tmp}/no_exceptions.$$"; then
    echo "a build without exceptions is not refused"
    exit 1
fi
trap 'rm -f "${TMPDIR:-/tmp}/no_exceptions.$$"' EXIT
grep -m 1 'error' "${TMPDIR:-/tmp}/no_exceptions.$$" | grep -q 'compile without -fno-exceptions' ||
    { echo "the first error without exceptions does not say so"; exit 1; }
