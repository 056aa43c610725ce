#!/usr/bin/env bash
# The one header that scripts/amalgamate writes: the quickstart compiled with it prints what it prints with include/, also
# with lanes as other compilers have them, and two translation units that include it are one program. Three lessons of the
# course, as one file each, are compiled with it too, and all that they promise holds.
# usage: check_single_header.sh FOLDER SOURCE COMPILER EIGEN
set -euo pipefail
folder=$1 source=$2 compiler=$3 eigen=$4
rm -rf "$folder"
mkdir -p "$folder"
"$source/scripts/amalgamate" "$folder/bregman.hpp"
if grep -q '^ *#include <bregman' "$folder/bregman.hpp"; then
    echo "the one header still includes others" >&2
    exit 1
fi
cd "$folder"
flags=(-std=c++20 -O1 -Wall -Wextra -Werror -isystem "$eigen")
sed 's|#include <bregman/bregman.hpp>|#include "bregman.hpp"|; /#include <bregman/d' "$source/examples/quickstart.cpp" >quickstart.cpp
printf '%s\n' '#include "bregman.hpp"' 'bregman::linbreg<double> other() { return bregman::linbreg<double>(); }' >other.cpp
"$compiler" "${flags[@]}" -I"$source/include" "$source/examples/quickstart.cpp" -o from_tree
"$compiler" "${flags[@]}" quickstart.cpp other.cpp -o from_one_header
"$compiler" "${flags[@]}" -DBREGMAN_PLAIN_LANES -fsyntax-only quickstart.cpp
./from_tree >from_tree.txt
./from_one_header >from_one_header.txt
diff from_tree.txt from_one_header.txt

lessons=(1_soft_thresholding 4_control 5_own_law) # the last two with one type of optimizer
{ # one translation unit, for the header is dear
    printf '#include %s\n' '"bregman.hpp"' '<algorithm>' '<cmath>' '<cstdio>' '<exception>' '<filesystem>' '<functional>' \
        '<optional>' '<string>' '<utility>' '<vector>'
    for name in "${lessons[@]}"; do
        "$source/scripts/amalgamate" --lesson "$name" "$folder/$name.cpp" >&2
        printf 'namespace lesson_%s {\n#include "%s.cpp"\n}\n' "$name" "$name"
    done
    echo 'int main(int argc, char** argv) {'
    printf '    if (lesson_%s::main(argc, argv) != 0) return 1;\n' "${lessons[@]}"
    echo '}'
} >lessons.cpp
"$compiler" "${flags[@]}" lessons.cpp -o lessons
./lessons >lessons.txt
grep -q '^soft thresholding ends with zeros, the other without *yes$' lessons.txt
! grep -q ' NO$' lessons.txt
