#!/usr/bin/env bash
# One version: that of CMakeLists.txt, which all else takes from there, but for what people read as it stands.
# usage: check_version.sh ROOT VERSION
set -euo pipefail
root=$1 version=$2 wrong=0

# check FILE PATTERN: the first thing that the pattern catches there is the version.
check() {
    local seen
    seen=$(sed -nE "s/$2/\1/p" "$root/$1" | head -n 1)
    [[ $seen == "$version" ]] || { echo "$1 says version '$seen', and CMakeLists.txt says $version" >&2; wrong=1; }
}
check CITATION.cff '^version: (.*)$'
check CHANGELOG.md '^## ([0-9]+\.[0-9]+\.[0-9]+).*$'
exit "$wrong"
