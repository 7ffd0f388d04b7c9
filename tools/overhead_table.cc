// SPDX-License-Identifier: Apache-2.0
#include "tracebus/tools/overhead_table.h"

#include <cmath>
#include <optional>
#include <set>
#include <string_view>

#include "tracebus/tools/text.h"
#include "tracebus/tools/text_table.h"

namespace tracebus {
inline namespace v1 {
namespace {

constexpr std::string_view kEmitters = "emitter-";
constexpr double kMiB = 1 << 20;

using Figure = std::optional<double>;  // none where nothing was measured

std::string grouped_number(double number, int digits) {
  const std::string text = fixed(std::abs(number), digits);
  const std::size_t point = text.find('.');
  const std::string whole = grouped(std::stoull(text.substr(0, point)));
  const std::string rest = point == std::string::npos ? "" : text.substr(point);
  const bool is_zero = text.find_first_not_of("0.") == std::string::npos;
  return (number < 0 && !is_zero ? "-" : "") + whole + rest;
}

// Rows of a figure without the exporter, with it, and the difference.
class FigureTable {
 public:
  explicit FigureTable(const ExporterOverhead& overhead) : overhead_(overhead) {}

  template <class Get>
  void add(const std::string& name, int digits, Get get) {
    const Figure without = get(overhead_.without);
    const Figure with = get(overhead_.with);
    std::string difference = "-";
    if (without && with) {
      difference = grouped_number(*with - *without, digits);
      if (difference.find_first_of("123456789") != std::string::npos && *with > *without) {
        difference.insert(0, "+");
      }
    }
    table_.add({name, cell(without, digits), cell(with, digits), difference});
  }
  std::string to_string() const { return table_.to_string(); }

 private:
  static std::string cell(const Figure& figure, int digits) {
    return figure ? grouped_number(*figure, digits) : "-";
  }

  const ExporterOverhead& overhead_;
  TextTable table_{{"", "without", "with", "difference"}};
};

Figure per_event(std::uint64_t ns, const OverheadSide& side) {
  if (side.accepted_in_turns == 0) return std::nullopt;
  return static_cast<double>(ns) / static_cast<double>(side.accepted_in_turns);
}

void add_emits(FigureTable& table) {
  const auto add = [&](const std::string& name, auto get) {
    table.add(name, 0, [get](const OverheadSide& side) {
      return side.emits.empty() ? Figure() : Figure(get(side.emits));
    });
  };
  add("emit, ns: p50", [](const Latencies& emits) { return emits.quantile_ns(0.5); });
  add("          p99", [](const Latencies& emits) { return emits.quantile_ns(0.99); });
  add("          p99.9", [](const Latencies& emits) { return emits.quantile_ns(0.999); });
  add("          mean", [](const Latencies& emits) { return emits.mean_ns(); });
  add("          max", [](const Latencies& emits) { return emits.max_ns(); });
}

// Emitters first, then every other name that either side has.
void add_processors(FigureTable& table, const ExporterOverhead& overhead) {
  table.add("processor time, ns an event: emitting threads", 0,
            [](const OverheadSide& side) { return per_event(side.cpu_ns_of(kEmitters), side); });
  std::set<std::string> names;
  for (const OverheadSide* const side : {&overhead.without, &overhead.with}) {
    for (const ThreadUse& thread : side->threads) {
      if (!thread.name.starts_with(kEmitters) && thread.cpu_ns != 0) names.insert(thread.name);
    }
  }
  for (const std::string& name : names) {
    table.add("  " + visible(name), 0, [&name](const OverheadSide& side) {
      std::uint64_t sum = 0;
      for (const ThreadUse& thread : side.threads) sum += thread.name == name ? thread.cpu_ns : 0;
      return per_event(sum, side);
    });
  }
  table.add("  the process", 0,
            [](const OverheadSide& side) { return per_event(side.process_cpu_ns, side); });
}

void add_rest(FigureTable& table) {
  table.add("events a second, accepted", 0, [](const OverheadSide& side) {
    return side.turns == 0 ? Figure() : Figure(side.accepted_per_second());
  });
  table.add("flush, ms: mean", 2, [](const OverheadSide& side) {
    if (side.turns == 0) return Figure();
    return Figure(1e3 * side.flush_seconds / static_cast<double>(side.turns));
  });
  table.add("           max", 2, [](const OverheadSide& side) {
    return side.turns == 0 ? Figure() : Figure(1e3 * side.flush_seconds_max);
  });
  const auto add_mib = [&](const std::string& name, auto get) {
    table.add(name, 2, [get](const OverheadSide& side) {
      return Figure(static_cast<double>(get(side)) / kMiB);
    });
  };
  add_mib("memory, MiB: growth of the process",
          [](const OverheadSide& side) { return side.resident_growth_bytes; });
  add_mib("  rings", [](const OverheadSide& side) { return side.ring_bytes_max; });
  add_mib("  queues", [](const OverheadSide& side) { return side.block_bytes_max; });
  add_mib("  large events", [](const OverheadSide& side) { return side.large_bytes_max; });
  table.add("emits refused", 0, [](const OverheadSide& side) {
    return Figure(static_cast<double>(total(side.rejected)));
  });
}

std::string headline(const MeasuredSpec& measured, const OverheadOptions& options) {
  const OverheadSide& with = measured.overhead.with;
  const std::string rate = options.rate == 0
                               ? "as fast as possible"
                               : "at " + short_number(options.rate) + " events a second";
  return visible(measured.spec) + ": " + grouped(options.threads) +
         (options.threads == 1 ? " thread " : " threads ") + rate + ", " + grouped(options.agents) +
         " agents, " + grouped(options.payload_bytes) + " bytes of text, " + grouped(with.turns) +
         " pairs of turns, seed " + std::to_string(options.seed) + "\n";
}

std::string notes(const ExporterOverhead& overhead) {
  std::string text;
  if (!overhead.empties.empty()) {
    text += "A call of nothing, timed as the emits are, takes " +
            fixed(overhead.empties.quantile_ns(0.5), 0) + " ns (p50), " +
            fixed(overhead.empties.quantile_ns(0.999), 0) +
            " ns (p99.9); nothing is subtracted.\nThe clock moves in steps of " +
            fixed(overhead.clock_step_ns, 1) + " ns; quantiles are at most " +
            fixed(100 * LatencyHistogram::kErrorMax, 1) + " % too high.\n";
  }
  if (overhead.p50_difference_ns) {
    text += "The difference of the p50s lies between " + fixed(overhead.p50_difference_ns->low, 1) +
            " and " + fixed(overhead.p50_difference_ns->high, 1) +
            " ns (95 %, by pairs of turns).\n";
  }
  return text;
}

std::string batches_line(const ExporterOverhead& overhead) {
  const std::uint64_t batches = overhead.work.subscription.batches;
  if (batches == 0) return "no batch\n";
  return grouped(batches) + (batches == 1 ? " batch" : " batches") + ", each of " +
         grouped_number(1e6 * overhead.work.export_seconds / static_cast<double>(batches), 0) +
         " us (mean), " + grouped_number(1e6 * overhead.work.export_seconds_max, 0) +
         " us (max); at most " + fixed(1e3 * overhead.work.behind_seconds_max, 1) + " ms behind\n" +
         "queue at most " + grouped(overhead.work.queue_events_max) + " events, " +
         fixed(static_cast<double>(overhead.work.queue_bytes_max) / kMiB, 2) + " MiB\n";
}

std::string account(const ExporterOverhead& overhead) {
  const SubscriptionStats& exported = overhead.work.subscription;
  std::string text = "refused without: " + drops_text(overhead.without.rejected) +
                     "; with: " + drops_text(overhead.with.rejected) + "\n";
  text += "exported " + grouped(exported.delivered) + " of " + grouped(exported.matched) +
          " events, in turns " + grouped_number(overhead.exported_per_second(), 0) +
          " a second with the flushes; lost: " + drops_text(exported.dropped) + "\n";
  text += batches_line(overhead);
  if (!exported.last_error.empty())
    text += "its last error: " + visible(exported.last_error) + "\n";
  if (overhead.ended_early) text += "ended early\n";
  return text;
}

}  // namespace

std::string overhead_table(const MeasuredSpec& measured, const OverheadOptions& options) {
  FigureTable table(measured.overhead);
  add_emits(table);
  add_processors(table, measured.overhead);
  add_rest(table);
  return headline(measured, options) + "\n" + table.to_string() + "\n" + notes(measured.overhead) +
         account(measured.overhead);
}

}  // namespace v1
}  // namespace tracebus
