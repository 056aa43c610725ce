#!/usr/bin/env bash
# With a compiler, CMake and Eigen alone the library builds and installs; each part that lacks something is left out with
# one line, and with BREGMAN_REQUIRE_ALL that is an error.
# usage: check_alone.sh WORK COMPILER_FLAG SOURCE     WORK: a folder to use; COMPILER_FLAG: for cmake; SOURCE: of the library
set -euo pipefail
work=$1 compiler=$2 source=$3

rm -rf "$work"
mkdir -p "$work/no_pkg_config_files"
export PKG_CONFIG_LIBDIR=$work/no_pkg_config_files
unset PKG_CONFIG_PATH
flags=("$compiler" -DBREGMAN_THRUST_INCLUDE_DIR=/nowhere -DBREGMAN_BOOST_INCLUDE_DIR=OFF -DBREGMAN_GLOO_INCLUDE_DIR=OFF) # nor the headers alone
hide() { # hide PACKAGE...: from find_package
    local package
    for package in "$@"; do flags+=("-DCMAKE_DISABLE_FIND_PACKAGE_$package=ON"); done
}
left_out() { # left_out PATTERN LOG: exactly one line of the log says so
    if [[ $(grep -cE -- "^-- bregman: left out $1" "$2") != 1 ]]; then
        cat "$2"
        echo "not exactly one line of the output above begins with \"-- bregman: left out $1\""
        exit 1
    fi
}
refuses() { # refuses SENTENCE FLAG...
    local sentence=$1 output
    shift
    rm -rf "$work/refused"
    if output=$(cmake -S "$source" -B "$work/refused" "${flags[@]}" -DBREGMAN_REQUIRE_ALL=ON "$@" 2>&1 |
        tr -s ' \n' ' '); then
        echo "cmake -DBREGMAN_REQUIRE_ALL=ON $* should fail and passes"
        exit 1
    fi
    if [[ $output != *"$sentence"* ]]; then
        echo "cmake -DBREGMAN_REQUIRE_ALL=ON $* should say \"$sentence\" and says: $output"
        exit 1
    fi
}

# LibTorch is there, the libraries for sound and text are not.
hide Boost TBB CLI11 tomlplusplus
cmake -S "$source" -B "$work/without_sound" "${flags[@]}" >"$work/without_sound.log"
missing="CLI11, tomlplusplus, Boost, sndfile, samplerate, libancient, libarchive, kissfft-float"
packages="libcli11-dev libtomlplusplus-dev libboost-dev"
packages+=" libsndfile1-dev libsamplerate0-dev libancient-dev libarchive-dev libkissfft-dev"
left_out "examples/speaker_verification for lack of $missing: install $packages$" "$work/without_sound.log"
left_out "the test suite for lack of Boost.Test: install libboost-test-dev$" "$work/without_sound.log"
left_out "the test and the example of many processes for lack of Gloo: install libgloo-dev$" "$work/without_sound.log"

hide Torch OpenMP PkgConfig nlohmann_json ZLIB benchmark
cmake -S "$source" -B "$work/build" "${flags[@]}" -DBREGMAN_BUILD_BENCHMARKS=ON >"$work/configure.log"
left_out "the tests of the LibTorch adapter and speaker verification for lack of LibTorch: install libtorch-dev$" \
    "$work/configure.log"
left_out "the tests of Thrust for lack of Thrust: install libthrust-dev$" "$work/configure.log"
left_out "the test suite for lack of Boost.Test, OpenMP: install libboost-test-dev libomp-dev$" "$work/configure.log"
packages="nlohmann-json3-dev zlib1g-dev libcli11-dev"
for example in compressed_sensing inverse_problems teaching/compare_laws teaching/phantom_classes teaching/sparse_digits; do
    left_out "examples/$example for lack of nlohmann_json, ZLIB, CLI11: install $packages$" "$work/configure.log"
done
left_out "the benchmarks for lack of LibTorch: install libtorch-dev$" "$work/configure.log"
cmake --build "$work/build"
cmake --install "$work/build" --prefix "$work/prefix" >/dev/null
"$(dirname "$0")/check.sh" "$work/consumer" "${flags[@]}" -DHOW=find_package -DLIBRARY=bregman \
    -DCMAKE_PREFIX_PATH="$work/prefix"

sentence="bregman: cannot build the test suite for lack of Boost.Test, OpenMP: install libboost-test-dev libomp-dev, "
sentence+="or pass -DBREGMAN_BUILD_TESTS=OFF."
refuses "$sentence" -DBREGMAN_WITH_TORCH=OFF -DBREGMAN_WITH_THRUST=OFF
refuses "or pass -DBREGMAN_WITH_TORCH=OFF."
refuses "or pass -DBREGMAN_WITH_THRUST=OFF." -DBREGMAN_WITH_TORCH=OFF
refuses "or pass -DBREGMAN_BUILD_EXAMPLES=OFF." -DBREGMAN_WITH_TORCH=OFF -DBREGMAN_WITH_THRUST=OFF -DBREGMAN_BUILD_TESTS=OFF
