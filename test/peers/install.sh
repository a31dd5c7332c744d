#!/usr/bin/env bash
# The peers of `npm run test:peers`: PACKAGES of Debian where their commands are missing; requirements.txt in a Python
# environment of their own, MODULES of npm and the libraries of each pom in folders of their own, all in .cache/peers.
set -eu -o pipefail

here=$(cd "$(dirname "$0")" && pwd)
environment=$here/../../.cache/peers
wanted=$here/requirements.txt
have=$environment/installed.txt

# What is downloaded may fail once: it is tried three times.
tried() {
  local try
  for try in 1 2 3; do
    if "$@"; then return 0; fi
    [ "$try" -lt 3 ] && sleep $((try * 5))
  done
  return 1
}

# Command, and the package that it is in.
PACKAGES='
/usr/bin/chromium chromium
coap-server-openssl libcoap3-bin
cpio cpio
javac openjdk-17-jdk-headless
mvn maven
systemd-analyze systemd
openssl openssl
swupdate swupdate
/usr/sbin/nginx nginx-light
'
# Not a dependency of development: its optional packages for other platforms are missing in places, and npm ci then fails.
MODULES='node-dtls-client@2.0.3 coap@1.5.0'

missing=$(while read -r command package; do
  if [ -n "$command" ] && ! command -v "$command" >/dev/null; then echo "$package"; fi
done <<<"$PACKAGES" | sort -u)
if [ -n "$missing" ]; then
  # shellcheck disable=SC2086
  tried apt-get update -qq && tried apt-get install -qq -y --no-install-recommends $missing >/dev/null
fi

if ! { [ -f "$have" ] && cmp -s "$wanted" "$have"; }; then
  rm -rf "$environment"
  python3 -m venv "$environment"
  tried "$environment/bin/pip" install --quiet --disable-pip-version-check -r "$wanted"
  cp "$wanted" "$have"
fi

modules=$environment/modules
if [ "$(cat "$modules/installed.txt" 2>/dev/null)" != "$MODULES" ]; then
  rm -rf "$modules"
  mkdir -p "$modules"
  echo '{"private":true}' >"$modules/package.json"
  # shellcheck disable=SC2086
  tried npm install --prefix "$modules" --no-save --omit=optional --no-audit --no-fund --silent $MODULES
  echo "$MODULES" >"$modules/installed.txt"
fi

# Libraries of Java, of each pom into a folder of its own.
java_libraries() {
  local pom=$1 folder=$environment/$2
  if [ -f "$folder/pom.xml" ] && cmp -s "$pom" "$folder/pom.xml"; then return; fi
  rm -rf "$folder"
  mkdir -p "$folder"
  tried mvn --quiet --batch-mode -Dstyle.color=never --file "$pom" dependency:copy-dependencies \
    -DoutputDirectory="$folder" -DincludeScope=runtime || return 1
  cp "$pom" "$folder/pom.xml"
}
java_libraries "$here/leshan/pom.xml" leshan
java_libraries "$here/leshan/pom-bootstrap.xml" leshan-bootstrap
# Of a milestone that its makers have left behind: where they are gone, the others are tried all the same.
java_libraries "$here/hawkbit/pom.xml" hawkbit ||
  echo "LEFT OUT: hawkBit's libraries could not be had; its peer is not tried. FLIPSIDE_PEER_HAWKBIT=JAR names another"
