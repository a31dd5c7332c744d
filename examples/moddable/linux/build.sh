#!/bin/sh
# Builds with the Moddable SDK's Linux tools, without a screen, what runs here of it:
#
#   MODDABLE=/path/of/the/sdk examples/moddable/linux/build.sh OUT
#   OUT/board OUT/application.so      the example (the settings it needs: test/moddable/sdk/_board.ts)
#   OUT/board OUT/suites.so           the suites of hal/, on the engine
#
#   MODDABLE=... examples/moddable/linux/build.sh OUT image NAME FOLDER
#   OUT/NAME.xsa                      the archive of FOLDER/manifest.json, an image
#
# INSTRUMENT=1: the engine counts its memory. Needs gcc, make, pkg-config, dash, libglib2.0-dev; `npm run build` before it.
set -eu
: "${MODDABLE:?set it to the folder of the Moddable SDK}"
out=$(mkdir -p "$1" && cd "$1" && pwd)
here=$(cd "$(dirname "$0")/../../.." && pwd)
export MODDABLE XS_DIR="$MODDABLE/xs" BUILD_DIR="$MODDABLE/build"
tools="$MODDABLE/build/bin/lin/release"
export PATH="$PATH:$tools"
kind=release
[ -z "${INSTRUMENT:-}" ] || kind=instrument

quietly() {
  "$@" >"$out/log" 2>&1 || { tail -40 "$out/log" >&2; exit 1; }
}

tools_build() {
  [ -x "$tools/mcrun" ] && return
  cd "$MODDABLE/build/makefiles/lin"
  for part in xsc xsid xsl; do quietly make GOAL=release -f "$XS_DIR/makefiles/lin/$part.mk"; done
  quietly make GOAL=release -f tools.mk
}

# mcconfig names what it makes after the folder.
application() {
  cd "$here/$1"
  quietly mcconfig ${INSTRUMENT:+-i} -m -p lin -t build -o "$out"
  cp "$out/bin/lin/mc/$kind/$(basename "$1")/mc.so" "$out/$2"
}

tools_build
if [ "${2:-}" = image ]; then
  cd "$4"
  quietly mcrun -m -p lin -t build -o "$out"
  cp "$out/bin/lin/mc/release/$(basename "$4")/mc.xsa" "$out/$3.xsa"
  exit
fi
# shellcheck disable=SC2046
cc -O2 "$here/examples/moddable/linux/headless.c" -o "$out/board" -I"$MODDABLE/build/simulators/modules" \
  $(pkg-config --cflags --libs glib-2.0) -ldl -Wl,--export-dynamic
application examples/moddable application.so
application test/moddable/engine suites.so
