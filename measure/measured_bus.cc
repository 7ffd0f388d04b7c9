// SPDX-License-Identifier: Apache-2.0
#include "tracebus/measure/measured_bus.h"

#include <algorithm>
#include <string>
#include <utility>

namespace tracebus {
inline namespace v1 {
namespace {

using SteadyClock = std::chrono::steady_clock;

double seconds_since(SteadyClock::time_point begin) {
  return std::chrono::duration<double>(SteadyClock::now() - begin).count();
}

double seconds_of(const Counter& ns) { return static_cast<double>(ns.get()) / 1e9; }

std::int64_t growth(std::uint64_t before, std::uint64_t after) {
  return static_cast<std::int64_t>(after) - static_cast<std::int64_t>(before);
}

}  // namespace

MeasuredBus::MeasuredBus(const OverheadOptions& options) : options_(options), bus_(options.bus) {}

absl::Status MeasuredBus::start(std::unique_ptr<Exporter> exporter) {
  if (!bus_.status().ok()) return bus_.status();
  CallbackOptions counting;
  counting.name = "counting";
  // Several dispatchers have no callbacks of their own.
  counting.run_on = options_.bus.dispatchers == 1 ? RunOn::kDispatcher : RunOn::kSharedWorker;
  const auto counted =
      bus_.subscribe([count = count_](const EventView&) { ++count->events; }, counting);
  if (!counted.ok()) return counted.status();
  if (exporter == nullptr) return absl::OkStatus();
  const auto added = bus_.add_exporter(std::make_unique<TimedExporter>(std::move(exporter), times_),
                                       options_.exporter);
  if (!added.ok()) return added.status();
  exporter_ = *added;
  return absl::OkStatus();
}

BusStats MeasuredBus::look() {
  BusStats stats = bus_.stats();
  const auto keep_most = [](auto& most, auto now) { most = std::max(most, now); };
  keep_most(side_.ring_bytes_max, stats.ring_bytes);
  keep_most(side_.large_bytes_max, stats.large_bytes);
  keep_most(side_.block_bytes_max, stats.block_bytes);
  if (const SubscriptionStats* const exporter = find_exporter(stats)) {
    keep_most(work_.queue_bytes_max, exporter->queue_bytes);
    keep_most(work_.queue_events_max, exporter->queue_events);
  }
  return stats;
}

void MeasuredBus::begin_turn() {
  const BusStats stats = bus_.stats();
  const SubscriptionStats* const exporter = find_exporter(stats);
  turn_ = {ProcessUse::now(), stats.accepted, exporter ? exporter->delivered : 0, 0, 0};
}

absl::Status MeasuredBus::end_emits(double emitting_seconds) {
  look();
  turn_.emitting_seconds = emitting_seconds;
  const auto begin = SteadyClock::now();
  const absl::Status flushed = bus_.flush(std::chrono::milliseconds(options_.flush_timeout_ms));
  turn_.flush_seconds = seconds_since(begin);
  return flushed;
}

void MeasuredBus::end_turn(bool measured, const std::set<pid_t>& of_others) {
  const ProcessUse after = ProcessUse::now();
  for (const auto& [thread, time] : after.threads) {
    if (!turn_.before.threads.contains(thread)) own_threads_.insert(thread);
  }
  side_.resident_growth_bytes += growth(turn_.before.resident_bytes, after.resident_bytes);
  if (!measured) return;
  add_cpu(after, of_others);
  const BusStats stats = bus_.stats();
  side_.turns += 1;
  side_.accepted_in_turns += stats.accepted - turn_.accepted_before;
  side_.emitting_seconds += turn_.emitting_seconds;
  side_.flush_seconds += turn_.flush_seconds;
  side_.flush_seconds_max = std::max(side_.flush_seconds_max, turn_.flush_seconds);
  if (const SubscriptionStats* const exporter = find_exporter(stats)) {
    work_.exported_in_turns += exporter->delivered - turn_.exported_before;
  }
}

void MeasuredBus::add_cpu(const ProcessUse& after, const std::set<pid_t>& of_others) {
  side_.process_cpu_ns += after.cpu_ns - turn_.before.cpu_ns;
  for (const auto& [thread, time] : after.threads) {
    if (of_others.contains(thread)) continue;
    const auto before = turn_.before.threads.find(thread);
    const std::uint64_t used = before == turn_.before.threads.end() ? 0 : before->second.cpu_ns;
    ThreadUse& use = use_by_thread_[thread];
    use.name = time.name;
    use.cpu_ns += time.cpu_ns - used;
  }
}

void MeasuredBus::note_making(const ProcessUse& before, const ProcessUse& after) {
  for (const auto& [thread, time] : after.threads) {
    if (!before.threads.contains(thread)) own_threads_.insert(thread);
  }
  side_.resident_growth_bytes += growth(before.resident_bytes, after.resident_bytes);
}

absl::Status MeasuredBus::shut_down() {
  return bus_.shutdown(std::chrono::milliseconds(options_.flush_timeout_ms));
}

OverheadSide MeasuredBus::take_side() {
  const BusStats stats = bus_.stats();
  side_.emitted = stats.emitted;
  side_.accepted = stats.accepted;
  side_.rejected = stats.rejected;
  side_.truncated = stats.truncated;
  for (auto& [thread, use] : use_by_thread_) side_.threads.push_back(std::move(use));
  return std::move(side_);
}

ExporterWork MeasuredBus::take_work() {
  work_.export_seconds = seconds_of(times_->busy_ns);
  work_.export_seconds_max = seconds_of(times_->busy_ns_max);
  work_.behind_seconds_max = seconds_of(times_->age_ns_max);
  const BusStats stats = bus_.stats();
  if (const SubscriptionStats* const exporter = find_exporter(stats)) {
    work_.subscription = *exporter;
  }
  return std::move(work_);
}

const SubscriptionStats* MeasuredBus::find_exporter(const BusStats& stats) const noexcept {
  if (!exporter_) return nullptr;
  const auto found = std::find_if(
      stats.subscriptions.begin(), stats.subscriptions.end(),
      [this](const SubscriptionStats& subscription) { return subscription.id == exporter_; });
  return found == stats.subscriptions.end() ? nullptr : &*found;
}

}  // namespace v1
}  // namespace tracebus
