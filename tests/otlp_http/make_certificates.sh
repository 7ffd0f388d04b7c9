#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# make_certificates.sh FOLDER: an authority, and what it signed for the tests of TLS:
#   good (localhost, 127.0.0.1), expired, other_host, client, and self_signed, which it did not sign.
set -eu
mkdir -p "$1"
cd "$1"

key() { openssl ecparam -name prime256v1 -genkey -noout -out "$1.key" 2>/dev/null; }

key authority
openssl req -x509 -new -key authority.key -subj "/CN=an authority" -days 3650 -out authority.pem
mkdir -p signed
: >signed/index.txt
echo 1000 >signed/serial
cat >authority.cnf <<'END'
[ca]
default_ca = here
[here]
dir = .
database = signed/index.txt
serial = signed/serial
new_certs_dir = signed
default_md = sha256
policy = any
copy_extensions = copy
unique_subject = no
[any]
commonName = supplied
END

# sign NAME SUBJECT_ALTERNATIVE_NAME FROM UNTIL
sign() {
  key "$1"
  openssl req -new -key "$1.key" -subj "/CN=$1" -addext "subjectAltName=$2" -out "$1.csr"
  openssl ca -batch -notext -config authority.cnf -cert authority.pem -keyfile authority.key \
    -startdate "$3" -enddate "$4" -in "$1.csr" -out "$1.pem" 2>/dev/null
}
here=DNS:localhost,IP:127.0.0.1
sign good "$here" 20200101000000Z 20491231235959Z
sign expired "$here" 20200101000000Z 20210101000000Z
sign other_host DNS:elsewhere.example 20200101000000Z 20491231235959Z
sign client "$here" 20200101000000Z 20491231235959Z
key self_signed
openssl req -x509 -new -key self_signed.key -subj "/CN=self" -addext "subjectAltName=$here" \
  -days 3650 -out self_signed.pem
