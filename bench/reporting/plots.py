# SPDX-License-Identifier: Apache-2.0
"""Which pictures are drawn of the figures."""
import os

from .svg_plot import LinePlot

QUANTILES = ("p1", "p10", "p25", "p50", "p75", "p90", "p95", "p99", "p99.5", "p99.9")
PRODUCERS = "producers on their own threads"


def _emit_distribution(figures):
    plot = LinePlot("An emit every 5 us: ns, less an empty timed call", "quantile", "ns",
                    ticks=dict(enumerate(QUANTILES)), log_y=True)
    for name in figures.names("paced_bench"):
        plot.add(name.split("/")[1],
                 [(at, figures.median("paced_bench", name, quantile))
                  for at, quantile in enumerate(QUANTILES)])
    return plot


def _by_argument(figures, plot, program, lines, scale):
    for label, prefix in lines:
        plot.add(label, [(n, scale(figures.median(program, f"{prefix}/{n}", "events/s")))
                         for n in figures.arguments(program, prefix)])
    return plot


def _millions(rate):
    return rate / 1e6 if rate else None


def _ns_an_event(rate):
    return 1e9 / rate if rate else None


def _throughput(figures, program, title):
    plot = LinePlot(title, PRODUCERS, "million events a second", log_x=True)
    lines = [(name.split("/")[1], name[:name.rindex("/")]) for name in figures.names(program)
             if name.startswith("Deliver/")]
    return _by_argument(figures, plot, program, list(dict.fromkeys(lines)), _millions)


def _cost(figures, program, title, x_label, lines, log_y=True):
    plot = LinePlot(title, x_label, "ns an event", log_x=True, log_y=log_y)
    return _by_argument(figures, plot, program, lines, _ns_an_event)


def draw_all(figures):
    """Pairs of a file's name and its plot, of what was measured."""
    drawn = {
        "emit_distribution": _emit_distribution(figures),
        "throughput_by_producers": _throughput(
            figures, "peer_bench", "Delivered to 4 filtered callbacks: the bus and its peers"),
        "throughput_of_alternatives": _throughput(
            figures, "alternative_bench", "Delivered to 4 filtered callbacks: designs that lost"),
        "cost_by_subscriptions": _cost(
            figures, "delivery_bench", "Callbacks that take every event", "callbacks",
            [("on the dispatcher", "FanOut"), ("on the shared worker", "FanOutShared")]),
        "cost_by_exporters": _cost(
            figures, "delivery_bench", "Exporters that take every event", "exporters",
            [("all take all", "ExporterCount")], log_y=False),
        "cost_by_agents": _cost(
            figures, "agent_bench", "Agents", "agents",
            [("one callback each", "AgentCallbacks"), ("distinct names", "Agents")], log_y=False),
    }
    return {name: plot for name, plot in drawn.items() if plot.lines}


def write_all(folder, figures):
    """The names of the files written."""
    os.makedirs(folder, exist_ok=True)
    written = []
    for name, plot in draw_all(figures).items():
        with open(os.path.join(folder, name + ".svg"), "w", encoding="utf-8") as file:
            file.write(plot.svg())
        written.append(name + ".svg")
    return written
