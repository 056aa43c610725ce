#!/usr/bin/env bash
# A library whose dependency is missing does not stop those who do not link it, and tells those who do what to install.
# usage: check_messages.sh WORK FLAG...     WORK: a folder to use; FLAG: for cmake
set -euo pipefail
work=$1
shift
flags=("$@" -DCMAKE_DISABLE_FIND_PACKAGE_Torch=ON -DBREGMAN_THRUST_INCLUDE_DIR=/nowhere)

configure() { # configure FLAG...: the consumer in a fresh folder, its output on one line
    rm -rf "$work"
    cmake -S "$(dirname "$0")/consumer" -B "$work" "${flags[@]}" "$@" 2>&1 | tr -s ' \n' ' '
}

accepts() { # accepts FLAG...
    local output
    if ! output=$(configure "$@"); then
        printf 'cmake %s should pass and says: %s\n' "$*" "$output"
        exit 1
    fi
}

refuses() { # refuses SENTENCE FLAG...
    local sentence=$1 output
    shift
    if output=$(configure "$@"); then
        printf 'cmake %s should fail and passes\n' "$*"
        exit 1
    fi
    if [[ $output != *"$sentence"* ]]; then
        printf 'cmake %s should say "%s" and says: %s\n' "$*" "$sentence" "$output"
        exit 1
    fi
}

torch="install libtorch-dev, or name a LibTorch with -DCMAKE_PREFIX_PATH=/path/to/libtorch."
thrust="install libthrust-dev, or name the folder of thrust/version.h with -DBREGMAN_THRUST_INCLUDE_DIR=/path/to/include."
accepts -DLIBRARY=bregman
refuses "bregman: the target consumer links bregman::torch, which lacks its dependency: $torch" -DLIBRARY=torch
refuses "bregman: the target consumer links bregman::thrust, which lacks its dependency: $thrust" -DLIBRARY=thrust
refuses "set BREGMAN_THRUST_DEVICE_SYSTEM to OMP, TBB or CPP, for \"GPU\" is none of them." \
    -DLIBRARY=thrust -DBREGMAN_THRUST_DEVICE_SYSTEM=GPU
if [[ " $* " == *" -DHOW=find_package "* ]]; then
    accepts -DLIBRARY=bregman '-DCOMPONENTS=OPTIONAL_COMPONENTS;torch;thrust'
    refuses "bregman::torch lacks its dependency: $torch" -DLIBRARY=bregman '-DCOMPONENTS=COMPONENTS;torch'
    refuses "bregman::thrust lacks its dependency: $thrust" -DLIBRARY=bregman '-DCOMPONENTS=COMPONENTS;thrust'
    refuses "bregman has no component cuda; there are torch and thrust." -DLIBRARY=bregman '-DCOMPONENTS=COMPONENTS;cuda'
fi
