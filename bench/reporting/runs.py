# SPDX-License-Identifier: Apache-2.0
"""Runs the programs round by round and keeps what they measured."""
import json
import os
import re
import subprocess
import time
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Program:
    name: str
    min_time_s: float = 0.05  # of each benchmark, each round
    every: int = 1            # rounds; those that take long need fewer
    optional: bool = False    # not built where a package is missing


PROGRAMS = (
    Program("emit_bench", min_time_s=0.1),
    Program("peer_bench"),
    Program("lttng_bench"),
    Program("alternative_bench"),
    Program("paced_bench"),
    Program("delivery_bench"),
    Program("agent_bench"),
    Program("encoder_bench"),
    Program("jsonl_bench"),
    Program("isolation_bench", min_time_s=0.5, every=5),
    Program("span_export_bench", every=2, optional=True),
    Program("spool_bench", every=2, optional=True),
    Program("outage_bench", min_time_s=0.5, every=5, optional=True),
)
TIMEOUT_S = 180
_UNITS_NS = {"ns": 1, "us": 1e3, "ms": 1e6, "s": 1e9}
_SUFFIXES = re.compile(r"/(real_time|manual_time|iterations:\d+)")
_RESERVED = {"family_index", "per_family_instance_index", "repetitions", "repetition_index",
             "threads", "iterations", "real_time", "cpu_time"}


@dataclass
class Measured:
    # rounds[program] is a list, a round each, of {benchmark: {figure: number}}; time_ns is always
    # there, and the counters of the benchmark.
    rounds: dict = field(default_factory=dict)
    hand_over_ns: list = field(default_factory=list)
    notes: list = field(default_factory=list)     # why something was not measured
    failures: list = field(default_factory=list)  # what should not have happened
    minutes: float = 0


def missing_programs(folder):
    return [program.name for program in PROGRAMS
            if not program.optional and not _is_built(folder, program)]


def _is_built(folder, program):
    return os.access(os.path.join(folder, program.name), os.X_OK)


def run_all(folder, scratch, rounds, minutes, quick):
    measured = Measured()
    begin = time.monotonic()
    longest_s = 0
    for number in range(rounds):
        elapsed_s = time.monotonic() - begin
        if elapsed_s + longest_s > minutes * 60:
            measured.notes.append(f"{number} of {rounds} rounds were run, for want of time")
            break
        # Each round begins with another program.
        turn = number % len(PROGRAMS)
        for program in PROGRAMS[turn:] + PROGRAMS[:turn]:
            if number % program.every == 0:
                print(f"[{time.monotonic() - begin:4.0f} s] round {number + 1} of {rounds}: "
                      f"{program.name}", flush=True)
                _run(folder, scratch, program, measured, quick)
        longest_s = max(longest_s, time.monotonic() - begin - elapsed_s)
    measured.minutes = (time.monotonic() - begin) / 60
    return measured


def _run(folder, scratch, program, measured, quick):
    if not _is_built(folder, program):
        _note(measured, f"{program.name} is not built here")
        return
    out = os.path.join(scratch, "out.json")
    if os.path.exists(out):
        os.remove(out)
    min_time_s = 0.01 if quick else program.min_time_s
    command = [os.path.join(folder, program.name), "--benchmark_repetitions=1",
               f"--benchmark_min_time={min_time_s}", f"--benchmark_out={out}",
               "--benchmark_out_format=json"]
    # The files that a benchmark writes go to the disk of the build, not to memory.
    environment = dict(os.environ, TRACEBUS_BENCH_FOLDER=folder)
    try:
        done = subprocess.run(command, env=environment, stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, timeout=TIMEOUT_S, check=False)
    except subprocess.TimeoutExpired:
        measured.failures.append(f"{program.name} took more than {TIMEOUT_S} s")
        return
    reason = re.search(r"not measured: (.*)", done.stdout)
    if reason:
        _note(measured, f"{program.name} measured nothing: {reason.group(1)}")
        return
    if done.returncode != 0:
        measured.failures.append(f"{program.name} ended with status {done.returncode}: "
                                 + done.stderr.strip()[-300:])
        return
    _read(out, program, measured)


def _note(measured, note):
    if note not in measured.notes:
        measured.notes.append(note)


def _read(path, program, measured):
    with open(path, encoding="utf-8") as file:
        result = json.load(file)
    if "hand_over_ns" in result["context"]:
        measured.hand_over_ns.append(float(result["context"]["hand_over_ns"]))
    found = {}
    for run in result["benchmarks"]:
        if run.get("run_type") != "iteration":
            continue
        name = _SUFFIXES.sub("", run["name"])
        if run.get("error_occurred"):
            measured.failures.append(f"{program.name} {name}: {run.get('error_message')}")
            continue
        figures = {key: value for key, value in run.items()
                   if key not in _RESERVED and isinstance(value, (int, float))}
        figures["time_ns"] = run["real_time"] * _UNITS_NS[run["time_unit"]]
        found[name] = figures
    measured.rounds.setdefault(program.name, []).append(found)
