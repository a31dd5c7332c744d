#!/usr/bin/env bash
# The peers of `npm run test:peers`: PACKAGES of Debian where their commands are missing; requirements.txt in a Python
# environment of their own, and MODULES of npm in a folder of their own, both in .cache/peers.
set -eu -o pipefail

here=$(cd "$(dirname "$0")" && pwd)
environment=$here/../../.cache/peers
wanted=$here/requirements.txt
have=$environment/installed.txt

# Command, and the package that it is in.
PACKAGES='
coap-server-openssl libcoap3-bin
/usr/sbin/nginx nginx-light
'
# Not a dependency of development: its optional packages for other platforms are missing in places, and npm ci then fails.
MODULES='node-dtls-client@2.0.3 coap@1.5.0'

missing=$(while read -r command package; do
  if [ -n "$command" ] && ! command -v "$command" >/dev/null; then echo "$package"; fi
done <<<"$PACKAGES" | sort -u)
if [ -n "$missing" ]; then
  # shellcheck disable=SC2086
  apt-get update -qq && apt-get install -qq -y --no-install-recommends $missing >/dev/null
fi

if ! { [ -f "$have" ] && cmp -s "$wanted" "$have"; }; then
  rm -rf "$environment"
  python3 -m venv "$environment"
  "$environment/bin/pip" install --quiet --disable-pip-version-check -r "$wanted"
  cp "$wanted" "$have"
fi

modules=$environment/modules
if [ "$(cat "$modules/installed.txt" 2>/dev/null)" != "$MODULES" ]; then
  rm -rf "$modules"
  mkdir -p "$modules"
  echo '{"private":true}' >"$modules/package.json"
  # shellcheck disable=SC2086
  npm install --prefix "$modules" --no-save --omit=optional --no-audit --no-fund --silent $MODULES
  echo "$MODULES" >"$modules/installed.txt"
fi
