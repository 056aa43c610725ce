#!/usr/bin/env bash
# Configures, builds and runs the consumer.
# usage: check.sh WORK FLAG...     WORK: a folder to use; FLAG: for cmake
set -euo pipefail
work=$1
shift

rm -rf "$work"
cmake -S "$(dirname "$0")/consumer" -B "$work" -DCMAKE_CXX_FLAGS="-Wall -Wextra -Werror" "$@"
cmake --build "$work"
"$work/program/consumer"
