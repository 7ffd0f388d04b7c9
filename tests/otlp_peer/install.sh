#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# install.sh FOLDER [PACKAGE]: puts there what package.json lists, of this folder or of another one,
# in the versions of package-lock.json. Does nothing, and needs no network, when that is there
# already. Several may run at once.
set -eu
here=$(cd "${2:-$(dirname "$0")}" && pwd)

for program in node npm flock; do
  if ! command -v "$program" >/dev/null; then
    echo "$here: there is no $program; tools/setup installs what the tests need" >&2
    exit 1
  fi
done

mkdir -p "$1"
cd "$1"
exec 9>lock
flock 9
if cmp -s "$here/package-lock.json" installed.json; then
  exit 0
fi
rm -f installed.json
cp "$here/package.json" "$here/package-lock.json" .
if ! npm ci --ignore-scripts --omit=optional --no-audit --no-fund >npm.log 2>&1; then
  echo "$here: npm could not install what it lists, which needs a network once." >&2
  echo "It said, at the end (all of it is in $PWD/npm.log):" >&2
  tail -n 15 npm.log >&2
  exit 1
fi
cp package-lock.json installed.json
