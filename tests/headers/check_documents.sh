#!/usr/bin/env bash
# Every page that a message or a comment of the headers sends its reader to exists.
# usage: check_documents.sh REPOSITORY
set -euo pipefail
cd "$1"
missing=0
for page in $(grep -rhoE 'docs/[a-z_/-]+\.md' include | sort -u); do
    [[ -f $page ]] || { echo "$page is named in: $(grep -rl -- "$page" include | tr '\n' ' ')"; missing=1; }
done
exit $missing
