#!/usr/bin/env bash
# Builds and runs the consumer with find_package (from a fresh install), add_subdirectory or FetchContent.
# usage: check.sh HOW SOURCE BUILD WORK COMPILER     SOURCE, BUILD: of the library; WORK: a folder to use
set -euo pipefail
how=$1 source=$2 build=$3 work=$4 compiler=$5

rm -rf "$work"
mkdir -p "$work"
arguments=(-DHOW="$how" -DBREGMAN_SOURCE="$source" -DCMAKE_CXX_COMPILER="$compiler" -DCMAKE_CXX_FLAGS="-Wall -Wextra -Werror")
if [[ $how == find_package ]]; then
    cmake --install "$build" --prefix "$work/prefix" >/dev/null
    # An installed package names no folder of the machine that made it.
    if grep -rl -- "$source" "$work/prefix"; then
        echo "the installed files above name $source"
        exit 1
    fi
    arguments+=(-DCMAKE_PREFIX_PATH="$work/prefix")
    # BREGMAN_SOURCE serves only the check for leaks; point it at the consumer itself.
    arguments+=(-DBREGMAN_SOURCE="$(dirname "$0")/consumer")
fi
cmake -S "$(dirname "$0")/consumer" -B "$work/build" "${arguments[@]}"
cmake --build "$work/build"
"$work/build/consumer"
