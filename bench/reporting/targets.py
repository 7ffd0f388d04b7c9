# SPDX-License-Identifier: Apache-2.0
"""What must hold, and whether it does."""
from dataclasses import dataclass


# How far apart the ends of a confidence interval may be, as a ratio, for it to say something.
SHARP = 1.2


@dataclass
class Target:
    what: str
    target: str
    figure: str = "not measured"
    met: bool = None


def _at_most(what, value, bound, unit=" x"):
    target = Target(what, f"<= {bound:g}{unit}")
    if value is not None:
        target.figure = f"{value:.3g}{unit}"
        target.met = value <= bound
    return target


def _at_least(what, value, bound, unit=" x", scale=1.0):
    target = Target(what, f">= {bound:g}{unit}")
    if value is not None:
        target.figure = f"{value * scale:.3g}{unit}"
        target.met = value * scale >= bound
    return target


def _emit(figures):
    yield _at_most("typed producer.emit / floor",
                   figures.ratio("emit_bench", "ProducerEmit", "Floor"), 1.6)
    yield _at_most("typed bus.emit / floor", figures.ratio("emit_bench", "BusEmit", "Floor"), 1.8)
    yield _at_most("friendly emit / typed bus.emit",
                   figures.ratio("emit_bench", "FriendlyEmit", "BusEmit"), 3)
    yield _at_most("wants() of an unwanted event / clock read",
                   figures.ratio("emit_bench", "WantsUnwanted", "ClockRead"), 0.15)
    for peer, program, share in (("spdlog_async", "peer_bench", 20),
                                 ("lttng_ust", "lttng_bench", 6),
                                 ("moodycamel_token", "peer_bench", 2.5)):
        yield _at_least(f"{peer} / typed bus.emit",
                        figures.ratio(program, f"Emit/{peer}", "Emit/tracebus_bus"), share)


def _paced(figures):
    ours = figures.median("paced_bench", "Paced/tracebus_bus/5", "p99.9")
    theirs = figures.median("paced_bench", "Paced/boost_spsc/5", "p99.9")
    target = Target("p99.9 of a paced emit less an empty call", "<= boost spsc")
    if ours is not None and theirs is not None:
        target.figure = f"{ours:.0f} ns, boost spsc {theirs:.0f} ns"
        target.met = ours <= theirs
    yield target


def _delivered(figures):
    for producers in (1, 2, 4, 8):
        name = f"Deliver/tracebus_producer/{producers}"
        yield _at_least(f"delivered from {producers} to 4 filtered callbacks, in causal order",
                        figures.median("peer_bench", name, "events/s"), 60, " M/s", 1e-6)
        yield _at_least(f"delivered from {producers}, / moodycamel token",
                        figures.ratio("peer_bench", name, f"Deliver/moodycamel_token/{producers}",
                                      "events/s"), 1.3)
    for producers in figures.arguments("delivery_bench", "Exporters") or [1]:
        yield _at_least(f"delivered from {producers} to 4 filtered exporters with their threads",
                        figures.median("delivery_bench", f"Exporters/{producers}", "events/s"), 25,
                        " M/s", 1e-6)


def _isolation(figures):
    for name, what in (("slow", "a slow exporter / a good one in its place"),
                       ("throws", "one that throws / a good one"),
                       ("hangs", "one that hangs / a good one"),
                       ("garbage", "one that returns garbage / a good one"),
                       ("flush", "one that throws from flush / a good one"),
                       ("eight_one_hangs", "1 callback, 8 exporters, one of them hung / none hung"),
                       ("eight", "1 callback, 8 exporters / 1 callback alone")):
        yield _unnoticed(figures, "isolation_bench", f"Isolation/{name}", what)


def _unnoticed(figures, program, name, what):
    low = figures.values(program, name, "low")
    high = figures.values(program, name, "high")
    target = Target(f"producers' CPU per emit, {what}", "1 within the 95 % interval")
    if low and high:
        target.figure = ", ".join(f"{a:.3f} to {b:.3f}" for a, b in zip(low, high))
        # A wide interval holds 1 whatever is true, so it is no answer.
        sharp = [a <= 1 <= b for a, b in zip(low, high) if b / a <= SHARP]
        target.met = 2 * sum(sharp) > len(sharp) if sharp else None
        if not sharp:
            target.figure += ": too noisy to say"
    return target


def _network(figures):
    for producers in (1, 2, 4):
        yield _at_least(f"spans from end() to encoded OTLP, {producers} threads",
                        figures.median("span_export_bench", f"SpanExport/spans/{producers}",
                                       "spans/s"), 10, " M/s", 1e-6)
    yield _at_least("a spool's writes / plain writes",
                    figures.ratio("spool_bench", "Spool/append", "Spool/PlainWrites", "bytes/s"),
                    0.8)
    yield _at_most("draining a spool / sending the same live",
                   figures.ratio("spool_bench", "Spool/drain", "Spool/live"), 2)
    for name, what in (("down", "a collector that is down / an exporter that does nothing"),
                       ("slow", "a collector that reads a byte a second / nothing"),
                       ("refusing", "a collector that says 503 / nothing")):
        yield _unnoticed(figures, "outage_bench", f"Outage/{name}", what)


def _files_and_agents(figures):
    for name, what in (("Jsonl", "JSONL"), ("Proto", "Protobuf file")):
        yield _at_least(f"{what}, emit to /dev/null",
                        figures.median("jsonl_bench", f"{name}/null", "events/s"), 8, " M/s", 1e-6)
        yield _at_least(f"{what}, emit to a file and on the disk / plain writes",
                        figures.ratio("jsonl_bench", f"{name}/file", f"{name}/PlainWrites",
                                      "events/s"), 0.8)
    yield _at_most("10,000 filtered callbacks / 10, one match an event",
                   figures.ratio("agent_bench", "AgentCallbacks/10000", "AgentCallbacks/10"), 2)
    yield _at_least("1,000,000 distinct agents / 1, events/s",
                    figures.ratio("agent_bench", "Agents/1000000", "Agents/1", "events/s"), 0.85)
    growth = figures.median("agent_bench", "Agents/1000000", "resident_growth_mb")
    base = figures.median("agent_bench", "Agents/1", "resident_growth_mb")
    target = Target("memory with 1,000,000 agents, against 1", "flat (within 1 MB)")
    if growth is not None and base is not None:
        target.figure = f"{growth:.1f} MB against {base:.1f} MB"
        target.met = growth <= base + 1
    yield target


def judge(figures):
    for part in (_emit, _paced, _delivered, _isolation, _files_and_agents, _network):
        yield from part(figures)
