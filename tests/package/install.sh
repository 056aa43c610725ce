#!/usr/bin/env bash
# Installs the library, checks that it names no folder of the machine that made it, and moves it.
# usage: install.sh SOURCE BUILD PREFIX     SOURCE, BUILD: of the library; PREFIX: where it ends
set -euo pipefail
source=$1 build=$2 prefix=$3

rm -rf "$prefix" "$prefix.made"
cmake --install "$build" --prefix "$prefix.made" >/dev/null
for folder in "$source" "$build" "$prefix.made"; do
    if grep -rl -- "$folder" "$prefix.made"; then
        echo "the installed files above name $folder"
        exit 1
    fi
done
mv "$prefix.made" "$prefix"
