#!/usr/bin/env bash
# The peers of `npm run test:peers`: requirements.txt in a Python environment of their own, in .cache/peers.
set -eu -o pipefail

here=$(cd "$(dirname "$0")" && pwd)
environment=$here/../../.cache/peers

# Libraries of Leshan, each pom into a folder of its own. Java and Maven come from the system.
java_libraries() {
  local pom=$1 folder=$environment/$2
  if [ -f "$folder/pom.xml" ] && cmp -s "$pom" "$folder/pom.xml"; then return; fi
  rm -rf "$folder"
  mkdir -p "$folder"
  mvn --quiet --batch-mode --file "$pom" dependency:copy-dependencies \
    -DoutputDirectory="$folder" -DincludeScope=runtime
  cp "$pom" "$folder/pom.xml"
}

wanted=$here/requirements.txt
have=$environment/installed.txt

if ! { [ -f "$have" ] && cmp -s "$wanted" "$have"; }; then
  rm -rf "$environment"
  python3 -m venv "$environment"
  "$environment/bin/pip" install --quiet --disable-pip-version-check -r "$wanted"
  cp "$wanted" "$have"
fi
java_libraries "$here/leshan/pom.xml" leshan
java_libraries "$here/leshan/pom-bootstrap.xml" leshan-bootstrap
