// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "tracebus/measure/measure_exporter_overhead.h"
#include "tracebus/tools/command_line.h"
#include "tracebus/tools/event_formats.h"
#include "tracebus/tools/exit_status.h"
#include "tracebus/tools/interrupt.h"
#include "tracebus/tools/latency_plot.h"
#include "tracebus/tools/overhead_json.h"
#include "tracebus/tools/overhead_table.h"
#include "tracebus/tools/text.h"

namespace tracebus {
inline namespace v1 {
namespace {

constexpr const char* kHelpOfFigures =
    "\nHow it measures: two buses with the same options, one with the exporter, take turns of a\n"
    "tenth of a second; both have a callback that counts, so every event is written and\n"
    "dispatched on both. Each emit is timed; after each turn the bus is flushed.\n"
    "  emit             what an emit took that was accepted, or waited for room in vain\n"
    "  processor time   of the emitting threads, which includes their naps between events, alike\n"
    "                   on both sides; of the bus's own (tb-...), and of what the exporter "
    "started\n"
    "  refused, lost    events without room, by reason: see --overflow and --queue-mb\n"
    "An exporter of your own: see tools/examples/sample_exporter.cc.\n";

struct Arguments {
  OverheadOptions options;
  std::uint64_t threads = 1;
  std::uint64_t agents = 1000;
  std::uint64_t payload_bytes = 0;
  std::uint64_t queue_mib = kQueueBytesDefault >> 20;
  std::vector<std::string> specs;
  std::string overflow = "newest";
  bool json = false;
  std::string svg_path;
};

void say(const std::string& message) { fprintf(stderr, "tracebus bench: %s\n", message.c_str()); }

// A file that was opened before anything is measured, so that a path that cannot be written is
// known at once.
class SvgFile {
 public:
  explicit SvgFile(const std::string& path) : path_(path) {
    if (!path.empty()) file_ = fopen(path.c_str(), "w");
    is_open_ = path.empty() || file_ != nullptr;
    if (!is_open_) complain("open");
  }
  SvgFile(const SvgFile&) = delete;
  SvgFile& operator=(const SvgFile&) = delete;
  ~SvgFile() {
    if (file_ != nullptr) fclose(file_);
  }

  bool is_open() const { return is_open_; }
  bool write(const std::vector<MeasuredSpec>& measured) {
    if (file_ == nullptr) return true;
    const bool written = fputs(latency_plot(measured).c_str(), file_) >= 0;
    const bool closed = fclose(std::exchange(file_, nullptr)) == 0;
    if (!written || !closed) complain("write");
    return written && closed;
  }

 private:
  void complain(const char* what) const {
    say("--svg " + visible(path_) + ": cannot " + what + " the file: " + strerror(errno) +
        "; give a path that can be written");
  }

  const std::string path_;
  FILE* file_ = nullptr;
  bool is_open_ = false;
};

// One line that is drawn anew, on a terminal.
class ProgressLine {
 public:
  explicit ProgressLine(const std::string& spec) : spec_(visible_spec(spec)) {}
  ~ProgressLine() {
    if (on_terminal_) fputs("\r\x1b[K", stderr);
  }

  void show(const OverheadProgress& progress) {
    const auto now = std::chrono::steady_clock::now();
    if (!on_terminal_ || now < next_) return;
    next_ = now + std::chrono::milliseconds(250);
    const std::string line = spec_ + "  " + fixed(100 * progress.share_done, 0) + " %  " +
                             (progress.with_exporter ? "with   " : "without") + "  " +
                             grouped(progress.accepted) + " events  " + grouped(progress.dropped) +
                             " drops";
    fprintf(stderr, "\r\x1b[K%s", line.c_str());
    fflush(stderr);
  }

 private:
  const std::string spec_;
  const bool on_terminal_ = isatty(STDERR_FILENO) == 1;
  std::chrono::steady_clock::time_point next_{};
};

absl::StatusOr<ExporterOverhead> measure(const std::string& spec,
                                         std::unique_ptr<Exporter> exporter,
                                         OverheadOptions options) {
  ProgressLine line(spec);
  options.go_on = [&line](const OverheadProgress& progress) {
    line.show(progress);
    return !was_interrupted();
  };
  // A std::function is copied, an exporter is not.
  const auto shared = std::make_shared<std::unique_ptr<Exporter>>(std::move(exporter));
  return measure_exporter_overhead([shared] { return std::move(*shared); }, options);
}

bool is_complete(const MeasuredSpec& measured) {
  const ExporterOverhead& overhead = measured.overhead;
  if (!overhead.exporter_status.ok()) {
    say("--exporter " + visible(measured.spec) + ": " +
        visible(std::string(overhead.exporter_status.message())));
  }
  return overhead.exporter_status.ok() && !lost_by_failure(overhead.work.subscription.dropped);
}

bool print(const std::string& text) { return fputs(text.c_str(), stdout) >= 0; }

// All that can be known to fail is tried before the first is measured.
int run_bench(const Arguments& arguments) {
  auto exporters = make_exporters("--exporter", arguments.specs);
  if (!exporters.ok()) {
    say(std::string(exporters.status().message()));
    return kExitUnusable;
  }
  for (const auto& exporter : *exporters) {
    if (!arguments.json || !exporter->name().starts_with("console")) continue;
    say("--json and --exporter console both write to standard output; leave one of them out");
    return kExitUnusable;
  }
  SvgFile svg(arguments.svg_path);
  if (!svg.is_open()) return kExitUnusable;
  catch_interrupts();
  bool complete = true;
  std::vector<MeasuredSpec> measured;
  for (std::size_t i = 0; i < exporters->size() && !was_interrupted(); ++i) {
    const std::string& spec = arguments.specs[i];
    auto overhead = measure(spec, std::move((*exporters)[i]), arguments.options);
    if (!overhead.ok()) {
      say("--exporter " + visible_spec(spec) + ": " + std::string(overhead.status().message()));
      return kExitUnusable;
    }
    measured.push_back({spec, *std::move(overhead)});
    complete = is_complete(measured.back()) && complete;
    if (arguments.json) continue;
    const std::string table = overhead_table(measured.back(), arguments.options);
    complete = print((i == 0 ? "" : "\n") + table) && complete;
  }
  if (arguments.json) complete = print(overhead_json(measured, arguments.options)) && complete;
  complete = fflush(stdout) == 0 && complete;
  complete = svg.write(measured) && complete;
  return complete ? kExitOk : kExitIncomplete;
}

void add_load_options(CLI::App& command, Arguments& arguments) {
  using Limits = OverheadOptions;
  add_number<std::uint64_t>(command, "--threads", arguments.threads, 1, Limits::kThreadsMax,
                            "threads that emit (1)");
  add_number<std::uint64_t>(command, "--agents", arguments.agents, 1, Limits::kAgentsMax,
                            "how many agents there are (1000)");
  add_number<double>(command, "--rate", arguments.options.rate, 0, Limits::kRateMax,
                     "events a second, of all threads together; 0: as fast as possible (100000)");
  add_number<double>(command, "--seconds", arguments.options.seconds, Limits::kSecondsMin,
                     Limits::kSecondsMax,
                     "of emitting for each exporter, half of them without it (3)");
  add_number<std::uint64_t>(command, "--payload-bytes", arguments.payload_bytes, 0,
                            Limits::kPayloadBytesMax,
                            "of text in each event, besides names, ids and numbers (0)");
  add_number<std::uint64_t>(command, "--seed", arguments.options.seed, 0, ~std::uint64_t{0},
                            "of the order in which the two buses take turns (1)");
}

void add_output_options(CLI::App& command, Arguments& arguments) {
  command.add_flag("--json", arguments.json, "one JSON object instead of tables");
  command.add_option("--svg", arguments.svg_path, "draw how long emits took, into this file")
      ->type_name("PATH");
}

OverheadOptions options_of(const Arguments& arguments) {
  OverheadOptions options = arguments.options;
  options.threads = arguments.threads;
  options.agents = arguments.agents;
  options.payload_bytes = arguments.payload_bytes;
  options.exporter.queue_bytes_max = arguments.queue_mib << 20;
  if (arguments.overflow == "oldest") options.exporter.overflow = Overflow::kDropOldest;
  if (arguments.overflow == "block") options.exporter.overflow = Overflow::kBlock;
  options.bus.log = [](std::string_view) {};  // what is lost stands in the report
  return options;
}

}  // namespace

void add_bench_command(CLI::App& app, ChosenCommand& chosen) {
  CLI::App& command = *app.add_subcommand("bench",
                                          "Measures what an exporter costs those who emit: times, "
                                          "processors, memory, drops.");
  auto arguments = std::make_shared<Arguments>();
  add_spec(command, "--exporter", "", arguments->specs,
           "an exporter to measure; again for each further one")
      ->type_name("SPEC")
      ->required();
  add_load_options(command, *arguments);
  command
      .add_option("--overflow", arguments->overflow,
                  "what the exporter's full queue does: drop the newest or oldest, or block those "
                  "who emit (newest)")
      ->type_name("WHICH")
      ->check(CLI::IsMember({"newest", "oldest", "block"}));
  add_number<std::uint64_t>(command, "--queue-mb", arguments->queue_mib, 1, kQueueBytesMax >> 20,
                            "the exporter's queue, in MiB (16)");
  add_output_options(command, *arguments);
  command.footer(help_of_specs() + kHelpOfFigures);
  command.callback([&chosen, arguments] {
    arguments->options = options_of(*arguments);
    chosen = [arguments] { return run_bench(*arguments); };
  });
}

}  // namespace v1
}  // namespace tracebus
