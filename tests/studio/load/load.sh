#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# load.sh PROGRAM FOLDER FIXTURE: wrk asks as fast as it can, and slowhttptest as slowly as it can (slowloris,
# slow bodies, slow reading), of a tracebus studio, and in the meantime and afterwards it answers
# others. FOLDER is for what they write, FIXTURE a file of 17 events.
set -euo pipefail

program=$1
folder=$2
fixture=$3
mkdir -p "$folder"
rm -f "$folder"/{out,err}.txt

fail() {
  printf 'load.sh: %s\n' "$@" >&2
  exit 1
}

"$program" studio "$fixture" --port 0 --no-otlp >"$folder/out.txt" 2>"$folder/err.txt" &
studio=$!
trap 'kill "$studio" 2>/dev/null || true; wait "$studio" 2>/dev/null || true' EXIT
until grep -q . "$folder/out.txt"; do
  kill -0 "$studio" 2>/dev/null || fail "it did not start: $(cat "$folder/err.txt")"
  sleep 0.02
done
url=$(head -n 1 "$folder/out.txt")

answers() {
  curl --silent --fail --max-time 60 "$url"api/status | grep -q '"events":17,' ||
    fail "no answer $1"
}
until curl --silent --max-time 60 "$url"api/status | grep -q '"events":17,'; do sleep 0.02; done

# Requests of many connections, more of them than there are places.
wrk --threads 1 --connections 100 --duration 1s "$url"api/runs >"$folder/wrk.txt" 2>&1 ||
  fail "wrk failed: $(cat "$folder/wrk.txt")"
! grep -q 'Non-2xx' "$folder/wrk.txt" || fail "wrk was refused: $(cat "$folder/wrk.txt")"
answers "behind wrk"

# -H heads that never end, -B bodies that never end, -X answers that are not read.
slow() {
  local name=$1
  shift
  slowhttptest "$@" -c 200 -r 200 -l 1 -p 60 >"$folder/$name.txt" 2>&1 &
  local tester=$!
  while kill -0 "$tester" 2>/dev/null; do
    answers "while $name goes on"
    sleep 0.1
  done
  wait "$tester" || fail "slowhttptest $name: $(tail -n 5 "$folder/$name.txt")"
  answers "behind $name"
}
slow heads -H -i 1 -t GET -u "$url"api/status
slow bodies -B -i 1 -s 8192 -t POST -u "$url"api/upload
slow reading -X -w 1 -y 2 -n 1 -z 1 -k 3 -u "$url"api/runs

kill -INT "$studio"
wait "$studio" || fail "it ended with $?: $(cat "$folder/err.txt")"
trap - EXIT
