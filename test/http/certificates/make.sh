#!/usr/bin/env bash
# Makes the certificates for the tests of TLS. They hold from 2020 for a century, and so are kept beside the tests; the
# key of the authority is thrown away.
set -eu -o pipefail
cd "$(dirname "$0")"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
touch "$work/index"
cat >"$work/ca.cnf" <<END
[ca]
default_ca = one
[one]
database = $work/index
new_certs_dir = $work
rand_serial = yes
default_md = sha256
policy = any
unique_subject = no
[any]
commonName = supplied
[authority]
basicConstraints = critical, CA:true
[self-signed]
subjectAltName = DNS:localhost, IP:127.0.0.1
[server]
subjectAltName = DNS:localhost, IP:127.0.0.1
[expired]
subjectAltName = DNS:localhost, IP:127.0.0.1
[other-name]
subjectAltName = DNS:other.example
END

# name, last day, how it is signed
make() {
  openssl ecparam -name prime256v1 -genkey -noout -out "$1.key.pem"
  openssl req -new -key "$1.key.pem" -subj "/CN=$1" -out "$work/request"
  openssl ca -batch -notext -config "$work/ca.cnf" -in "$work/request" -out "$1.pem" -extensions "$1" \
    -startdate 20200101000000Z -enddate "$2" "${@:3}" 2>/dev/null
}

make authority 21200101000000Z -selfsign -keyfile authority.key.pem
make self-signed 21200101000000Z -selfsign -keyfile self-signed.key.pem
by=(-cert authority.pem -keyfile authority.key.pem)
make server 21200101000000Z "${by[@]}"
make other-name 21200101000000Z "${by[@]}"
make expired 20200102000000Z "${by[@]}"
rm authority.key.pem
