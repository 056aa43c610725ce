#!/usr/bin/env bash
# What pkg-config says of the installed and moved library compiles the quickstart, and names that library.
# usage: check_pkg_config.sh FOLDER SOURCE COMPILER PREFIX
set -euo pipefail
folder=$1 source=$2 compiler=$3 prefix=$4
export PKG_CONFIG_PATH=$prefix/share/pkgconfig
mkdir -p "$folder"
read -ra flags <<<"$(pkg-config --cflags bregman)"
[[ -f $(pkg-config --variable=includedir bregman)/bregman/bregman.hpp ]]
version=$(sed -n 's/^project(bregman VERSION \([0-9.]*\).*/\1/p' "$source/CMakeLists.txt")
[[ $(pkg-config --modversion bregman) == "$version" ]]
"$compiler" -std=c++20 -O1 "${flags[@]}" "$source/examples/quickstart.cpp" -o "$folder/quickstart"
"$folder/quickstart" >/dev/null
