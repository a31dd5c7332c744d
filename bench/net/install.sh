#!/usr/bin/env bash
# What `npm run bench:net` measures beside: libcoap's server and client, where they are missing.
set -eu -o pipefail

if command -v coap-client-openssl >/dev/null && command -v coap-server-openssl >/dev/null; then exit 0; fi
apt-get update -qq
DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends libcoap3-bin >/dev/null
