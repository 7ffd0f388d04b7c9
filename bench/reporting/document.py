# SPDX-License-Identifier: Apache-2.0
"""RESULTS.md."""
import os

from . import plots, runs, targets

# What the medians of each program are held against: by a name, or by one that has the same
# arguments.
FLOORS = {
    "emit_bench": "Floor",
    "peer_bench": "tracebus_bus",
    "lttng_bench": "tracebus_bus",
    "alternative_bench": "tracebus",
    "delivery_bench": "DispatcherCallbacks/1",
    "agent_bench": "Agents/1",
    "encoder_bench": "Copy",
    "jsonl_bench": "PlainWrites",
    "span_export_bench": "SpanExport/encode",
    "spool_bench": "Spool/PlainWrites",
}
TITLES = {
    "emit_bench": "What an emit costs its thread",
    "peer_bench": "Peers: Emit in a loop, Deliver from P producers",
    "lttng_bench": "LTTng-UST",
    "alternative_bench": "Designs that lost",
    "paced_bench": "An emit every 5 us, less an empty timed call",
    "delivery_bench": "Shapes of the pipeline",
    "agent_bench": "Numbers of agents",
    "encoder_bench": "Encoders alone, a batch of 512",
    "jsonl_bench": "JSON lines and Protobuf messages, from emit to the file",
    "isolation_bench": "What hostile exporters cost those who emit",
    "span_export_bench": "Spans from end() to encoded OTLP, a span",
    "spool_bench": "A spool before an exporter",
    "outage_bench": "What a collector's outage costs those who emit",
}


def _number(value):
    if value is None:
        return ""
    if abs(value) >= 1e6:
        return f"{value / 1e6:,.2f} M"
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"


def _table(header, rows):
    yield "| " + " | ".join(header) + " |"
    yield "|---" + "|---:" * (len(header) - 1) + "|"
    for row in rows:
        yield "| " + " | ".join(row) + " |"
    yield ""


def _floor_of(program, name, names):
    floor = FLOORS[program]
    if floor in names:
        return floor
    parts = name.split("/")
    return "/".join(parts[:1] + [floor] + parts[2:])


def _times(figures, program):
    names = figures.names(program)
    rows = []
    for name in names:
        values = figures.values(program, name)
        row = [name] + [_number(value) for value in
                        (figures.median(program, name), min(values), max(values))]
        row.append(_number(figures.ratio(program, name, _floor_of(program, name, names))))
        rate = "spans/s" if program == "span_export_bench" else "events/s"
        row.append(_number(figures.median(program, name, rate)))
        rows.append(row)
    what = FLOORS[program]
    return _table(["", "median ns", "min", "max", f"x {what}", "events/s"], rows)


def _counters(figures, program, keys):
    rows = [[name.split("/", 1)[1]] + [_number(figures.median(program, name, key)) for key in keys]
            for name in figures.names(program)]
    return _table([""] + list(keys), rows)


def _section(figures, program):
    if not figures.measured.rounds.get(program):
        return
    yield f"## {TITLES[program]}"
    yield ""
    if program == "paced_bench":
        yield from _counters(figures, program, ("p50", "p90", "p99", "p99.9", "max", "empty_p50",
                                                "empty_p99.9"))
    elif program == "isolation_bench":
        yield from _counters(figures, program, ("ratio", "low", "high", "good_lost"))
    elif program == "outage_bench":
        yield from _counters(figures, program, ("ratio", "low", "high", "unaccounted"))
    else:
        yield from _times(figures, program)


def _head(machine, figures, quick):
    measured = figures.measured
    yield "# What was measured"
    yield ""
    yield ("Written by `bench/report`. The programs of `bench/` took turns, and ratios were made "
           "within a round; all figures are medians over the rounds. Times are for the comparison "
           "event of `bench/comparison_event.h`.")
    yield ""
    if quick:
        yield "**A quick run: one short round, which shows that all works and measures little.**"
        yield ""
    yield f"- cache line hand-over: {figures.hand_over_text()}"
    for key, value in machine.items():
        yield f"- {key}: {value}"
    rounds = max((len(found) for found in measured.rounds.values()), default=0)
    yield f"- {rounds} rounds in {measured.minutes:.0f} minutes"
    for note in measured.notes + measured.failures:
        yield f"- note: {note}"
    yield ""


def _targets(figures):
    yield "## What must hold"
    yield ""
    rows = []
    for target in targets.judge(figures):
        met = {True: "met", False: "**not met**", None: ""}[target.met]
        rows.append([target.what, target.target, target.figure, met])
    yield from _table(["what", "target", "figure", ""], rows)


def write(folder, machine, figures, quick):
    """Writes the document and its plots, and returns its path."""
    lines = list(_head(machine, figures, quick)) + list(_targets(figures))
    pictures = plots.write_all(os.path.join(folder, "plots"), figures)
    for picture in pictures:
        lines += [f"![{picture[:-4].replace('_', ' ')}](plots/{picture})", ""]
    for program in runs.PROGRAMS:
        lines += _section(figures, program.name)
    path = os.path.join(folder, "RESULTS.md")
    with open(path, "w", encoding="utf-8") as file:
        file.write("\n".join(lines).rstrip("\n") + "\n")
    return path
