// SPDX-License-Identifier: Apache-2.0
#include "tracebus/measure/overhead_comparison.h"

#include <algorithm>
#include <chrono>
#include <numeric>
#include <string>
#include <utility>

#include "tracebus/core/clock.h"
#include "tracebus/core/exception_text.h"

namespace tracebus {
inline namespace v1 {
namespace {

using SteadyClock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds kLookEvery(20);
constexpr double kTurnSeconds = 0.1;
// A turn that is shorter than some events of each thread shows their pace rather than their cost.
constexpr double kEventsATurn = 20;

std::uint64_t pairs_of(const OverheadOptions& options) {
  double pairs = options.seconds / (2 * kTurnSeconds);
  if (options.rate > 0) {
    const double events = options.rate * options.seconds / static_cast<double>(options.threads);
    pairs = std::min(pairs, events / (2 * kEventsATurn));
  }
  return static_cast<std::uint64_t>(std::max(pairs, 1.0));
}

absl::StatusOr<std::unique_ptr<Exporter>> make_exporter(const MeasuredExporter& make) {
  try {
    auto made = make ? make() : nullptr;
    if (made.ok() && *made == nullptr) {
      return absl::InvalidArgumentError("the maker gave no exporter to measure");
    }
    return made;
  } catch (...) {
    return absl::UnknownError("the maker of the exporter threw: " + current_exception_text());
  }
}

Side other(Side side) { return side == Side::kWithout ? Side::kWith : Side::kWithout; }

// What all differences of readings are a multiple of: some processors advance their clock in steps
// of several nanoseconds.
std::uint64_t clock_step_ticks() noexcept {
  constexpr int kReadings = 10'000;
  std::uint64_t step = 0;
  std::uint64_t last = Clock::ordered_ticks();
  for (int i = 0; i < kReadings; ++i) {
    const std::uint64_t now = Clock::ordered_ticks();
    step = std::gcd(step, now - last);
    last = now;
  }
  return step;
}

// Measured over all of the run, which is longer than ClockMap takes.
class TickRate {
 public:
  double ns_a_tick() const noexcept {
    const std::uint64_t ticks = Clock::ordered_ticks() - ticks_;
    const std::uint64_t ns = Clock::monotonic_ns() - ns_;
    return ticks == 0 ? 1 : static_cast<double>(ns) / static_cast<double>(ticks);
  }

 private:
  const std::uint64_t ticks_ = Clock::ordered_ticks();
  const std::uint64_t ns_ = Clock::monotonic_ns();
};

}  // namespace

OverheadComparison::OverheadComparison(const OverheadOptions& options)
    : options_(options), pairs_(pairs_of(options)),
      turn_seconds_(options.seconds / (2 * static_cast<double>(pairs_))),
      load_(options.agents, options.payload_bytes), team_(load_, options.threads, options.rate),
      random_(options.seed) {}

absl::Status OverheadComparison::prepare(const MeasuredExporter& make) {
  for (const auto& [thread, time] : ProcessUse::now().threads) host_threads_.insert(thread);
  if (absl::Status started = team_.start(); !started.ok()) return started;
  if (absl::Status made = make_bus(Side::kWithout, nullptr); !made.ok()) return made;
  return make_bus(Side::kWith, &make);
}

absl::Status OverheadComparison::make_bus(Side side, const MeasuredExporter* make) {
  const ProcessUse before = ProcessUse::now();
  std::unique_ptr<Exporter> exporter;
  if (make != nullptr) {
    auto made = make_exporter(*make);
    if (!made.ok()) return made.status();
    exporter = *std::move(made);
    exporter_name_ = exporter->name();
  }
  auto measured = std::make_unique<MeasuredBus>(options_);
  if (absl::Status started = measured->start(std::move(exporter)); !started.ok()) return started;
  if (absl::Status used = team_.use(side, measured->bus()); !used.ok()) return used;
  measured->note_making(before, ProcessUse::now());
  buses_[static_cast<std::size_t>(side)] = std::move(measured);
  return absl::OkStatus();
}

// Those that are not the work of this side.
std::set<pid_t> OverheadComparison::threads_beside(Side side) {
  std::set<pid_t> threads = host_threads_;
  const std::set<pid_t>& others = bus(other(side)).own_threads();
  threads.insert(others.begin(), others.end());
  return threads;
}

ExporterOverhead OverheadComparison::run() {
  const TickRate rate;
  run_pair(false);
  for (std::uint64_t i = 0; i < pairs_ && !ended_early_; ++i) run_pair(true);
  const double ns_a_tick = rate.ns_a_tick();
  empties_.ns_a_tick = ns_a_tick;
  for (Seen& seen : seen_) seen.emits.ns_a_tick = ns_a_tick;
  return report();
}

void OverheadComparison::run_pair(bool measured) {
  const Side first = random_() % 2 == 0 ? Side::kWithout : Side::kWith;
  run_turn(first, measured);
  if (ended_early_) return;
  run_turn(other(first), measured);
  if (measured && !ended_early_) note_pair();
}

void OverheadComparison::run_turn(Side side, bool measured) {
  // A warm-up at a low rate is not worth the wait of a whole turn.
  const double seconds = measured ? turn_seconds_ : std::min(turn_seconds_, kTurnSeconds);
  bus(side).begin_turn();
  const auto begin = SteadyClock::now();
  team_.begin(side, std::chrono::duration_cast<std::chrono::nanoseconds>(
                        std::chrono::duration<double>(seconds)));
  watch(side);
  const std::chrono::duration<double> emitting = SteadyClock::now() - begin;
  keep_status(bus(side).end_emits(emitting.count()));
  bus(side).end_turn(measured, threads_beside(side));
  LatencyHistogram emits;
  LatencyHistogram empties;
  team_.collect(emits, empties);
  if (!measured) return;
  seconds_done_ += seconds;
  seen(side).p50_ticks.reset();
  if (!emits.empty()) seen(side).p50_ticks = static_cast<double>(emits.quantile(0.5));
  seen(side).emits.ticks += emits;
  empties_.ticks += empties;
}

// Until the turn is over.
void OverheadComparison::watch(Side side) {
  while (!team_.wait(kLookEvery)) {
    const BusStats stats = bus(side).look();
    if (!options_.go_on || ended_early_) continue;
    OverheadProgress progress{seconds_done_ / options_.seconds, side == Side::kWith, stats.accepted,
                              total(stats.rejected)};
    for (const auto& subscription : stats.subscriptions) {
      progress.dropped += total(subscription.dropped);
    }
    if (options_.go_on(progress)) continue;
    ended_early_ = true;
    team_.end_early();
  }
}

// An exporter that does not come to an end within a flush would not within the next one.
void OverheadComparison::keep_status(const absl::Status& status) {
  if (absl::IsDeadlineExceeded(status)) ended_early_ = true;
  exporter_status_.Update(status);
}

void OverheadComparison::note_pair() {
  const auto without = seen(Side::kWithout).p50_ticks;
  const auto with = seen(Side::kWith).p50_ticks;
  if (without && with) p50_differences_ticks_.push_back(*with - *without);
}

ExporterOverhead OverheadComparison::report() {
  ExporterOverhead overhead;
  for (const auto& measured : buses_) keep_status(measured->shut_down());
  overhead.exporter = exporter_name_;
  overhead.without = bus(Side::kWithout).take_side();
  overhead.with = bus(Side::kWith).take_side();
  overhead.without.emits = std::move(seen(Side::kWithout).emits);
  overhead.with.emits = std::move(seen(Side::kWith).emits);
  overhead.p50_difference_ns = median_interval(p50_differences_ticks_);
  if (overhead.p50_difference_ns) {
    overhead.p50_difference_ns->low *= empties_.ns_a_tick;
    overhead.p50_difference_ns->high *= empties_.ns_a_tick;
  }
  overhead.clock_step_ns = empties_.to_ns(clock_step_ticks());
  overhead.empties = std::move(empties_);
  overhead.work = bus(Side::kWith).take_work();
  overhead.ended_early = ended_early_;
  overhead.exporter_status = exporter_status_;
  return overhead;
}

}  // namespace v1
}  // namespace tracebus
