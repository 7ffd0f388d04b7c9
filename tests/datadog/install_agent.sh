#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# install_agent.sh FOLDER: puts the tests' agent and the decoder it stands on into FOLDER. Does
# nothing, and needs no network, when they are there.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
folder=$1
decoder=$folder/node_modules/@msgpack/msgpack/package.json

mkdir -p "$folder"
cp "$here/agent.js" "$folder/"
if [ -e "$decoder" ] && cmp -s "$here/package.json" "$folder/package.json"; then
  exit 0
fi
for program in node npm; do
  command -v "$program" >/dev/null || {
    echo "there is no $program, which decodes what the Datadog exporter sends; run tools/setup" >&2
    exit 1
  }
done
cd "$folder"
rm -rf node_modules package-lock.json package.json
cp "$here/package.json" wanted.json
mv wanted.json package.json
if ! npm install --no-audit --no-fund --no-update-notifier --loglevel=error >npm.log 2>&1; then
  rm -f package.json
  echo "npm install failed in $folder. It said:" >&2
  tail -n 20 npm.log >&2
  exit 1
fi
test -e "$decoder"
