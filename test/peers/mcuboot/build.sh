#!/usr/bin/env bash
# Builds one boot of MCUboot for this computer: build.sh SOURCE OUT MAX_ALIGN, SOURCE being a clone of mcu-tools/mcuboot.
set -eu -o pipefail

readonly source=$1 out=$2 align=$3
here=$(cd "$(dirname "$0")" && pwd)
readonly here

parts=()
for name in loader swap_offset swap_misc bootutil_misc bootutil_public bootutil_area bootutil_loader image_validate \
  tlv bootutil_img_hash bootutil_find_key bootutil_img_security_cnt fault_injection_hardening; do
  parts+=("$source/boot/bootutil/src/$name.c")
done
gcc -O1 -w "-DFLIPSIDE_MAX_ALIGN=$align" -I"$here" -I"$source/boot/bootutil/include" -I"$source/boot/bootutil/src" \
  -I"$source/ext/tinycrypt/lib/include" -o "$out" "$here/main.c" "${parts[@]}" \
  "$source/ext/tinycrypt/lib/source/sha256.c" "$source/ext/tinycrypt/lib/source/utils.c"
