#!/usr/bin/env bash
# One public header compiles alone, without warnings, and includes nothing that its users did not ask for.
# usage: check.sh COMPILER HEADER "FORBIDDEN ..." FLAGS...     HEADER as in #include <...>; FORBIDDEN: parts of paths
set -euo pipefail
compiler=$1 header=$2 forbidden=$3
shift 3

# Twice: a header without a guard would define everything twice.
source="#include <$header>
#include <$header>"
included=$(mktemp)
trap 'rm -f "$included"' EXIT
"$compiler" -std=c++20 -Wall -Wextra -Werror "$@" -fsyntax-only -MD -MF "$included" -x c++ - <<<"$source"

for part in $forbidden; do
    if grep -q -- "$part" "$included"; then
        echo "<$header> includes $part: $(grep -o -m 1 -- "[^ ]*$part[^ ]*" "$included" | head -n 1)"
        exit 1
    fi
done
