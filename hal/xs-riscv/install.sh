#!/usr/bin/env bash
# Debian's packages for the emulated board: QEMU, a compiler for RISC-V and its C library, a compiler for the host.
set -eu -o pipefail

packages=(qemu-system-misc gcc-riscv64-unknown-elf picolibc-riscv64-unknown-elf gcc libc6-dev)

missing() {
  for package in "${packages[@]}"; do
    dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || echo "$package"
  done
}

if [ -z "$(missing)" ]; then exit 0; fi
if [ "$(id -u)" -ne 0 ]; then
  echo "not installed: $(missing | tr '\n' ' '). Run this as root: $0" >&2
  exit 1
fi
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
# shellcheck disable=SC2046
apt-get install -y -qq --no-install-recommends $(missing) >/dev/null
