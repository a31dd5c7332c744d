#!/usr/bin/env bash
# The peers of `npm run bench:size`: Debian's packages where this is root, and requirements.txt in .cache/patch-peers.
# What cannot be installed is left out; the bench says what is missing.
set -u -o pipefail

here=$(cd "$(dirname "$0")" && pwd)
environment=$here/../../.cache/patch-peers
wanted=$here/requirements.txt
have=$environment/installed.txt

packages=()
for tool in bsdiff xdelta3 zstd; do
  command -v "$tool" >/dev/null || packages+=("$tool")
done
if [ "${#packages[@]}" -gt 0 ]; then
  if [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null; then
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -qq
    apt-get install -y -qq --no-install-recommends "${packages[@]}" >/dev/null
  else
    echo "not installed: ${packages[*]}" >&2
  fi
fi

if [ -f "$have" ] && cmp -s "$wanted" "$have"; then exit 0; fi
rm -rf "$environment"
python3 -m venv "$environment" &&
  "$environment/bin/pip" install --quiet --disable-pip-version-check -r "$wanted" &&
  cp "$wanted" "$have"
exit 0
