#!/usr/bin/env bash
# The peers of `npm run test:peers`: requirements.txt in a Python environment of their own, in .cache/peers; and packages
# of the system, where they are missing.
set -eu -o pipefail

# command, Debian package
PACKAGES='
/usr/sbin/nginx nginx-light
'
missing=$(while read -r command package; do
  [ -z "$command" ] || command -v "$command" >/dev/null || echo "$package"
done <<<"$PACKAGES")
if [ -n "$missing" ]; then
  apt-get update -qq
  # shellcheck disable=SC2086
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >/dev/null
fi

here=$(cd "$(dirname "$0")" && pwd)
environment=$here/../../.cache/peers
wanted=$here/requirements.txt
have=$environment/installed.txt

if [ -f "$have" ] && cmp -s "$wanted" "$have"; then exit 0; fi
rm -rf "$environment"
python3 -m venv "$environment"
"$environment/bin/pip" install --quiet --disable-pip-version-check -r "$wanted"
cp "$wanted" "$have"
