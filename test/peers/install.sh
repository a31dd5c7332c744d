#!/usr/bin/env bash
# The peers of `npm run test:peers`: requirements.txt in a Python environment of their own, in .cache/peers.
set -eu -o pipefail

here=$(cd "$(dirname "$0")" && pwd)
environment=$here/../../.cache/peers
wanted=$here/requirements.txt
have=$environment/installed.txt

if [ -f "$have" ] && cmp -s "$wanted" "$have"; then exit 0; fi
rm -rf "$environment"
python3 -m venv "$environment"
"$environment/bin/pip" install --quiet --disable-pip-version-check -r "$wanted"
cp "$wanted" "$have"
