// SPDX-License-Identifier: Apache-2.0
#include "tracebus/exporters/tail_sampler.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "tracebus/core/clock.h"

namespace tracebus {
inline namespace v1 {
namespace {

constexpr std::string_view kCostKeys[] = {
    "cost_usd",           "cost_estimate",         "cost", "total_cost", "llm.cost.total",
    "exo.cost.total_usd", "pyagent.cost.total_usd"};

double cost_of(const EventView& event) noexcept {
  for (const std::string_view key : kCostKeys) {
    if (const auto value = event.find(key); value && value->is_number()) {
      return std::max(0.0, value->to_double());
    }
  }
  return 0;
}

double milliseconds_between(const Timestamp& first, const Timestamp& last) noexcept {
  const double seconds = static_cast<double>(last.seconds) - static_cast<double>(first.seconds);
  const double rest =
      static_cast<double>(last.nanoseconds) - static_cast<double>(first.nanoseconds);
  return seconds * 1e3 + rest / 1e6;
}

std::uint64_t low_56_bits(std::uint64_t word) noexcept {
  return word & (SamplingThreshold::kEnd - 1);
}

std::uint64_t random_word() noexcept {
  std::uint64_t word = 0;
  fill_random(&word, sizeof word);
  return word;
}

}  // namespace

Filter error_events() {
  return Filter::types({"error", "llm_call_error", "tool_error", "provider_call_error"}) ||
         Filter::attribute("status", Compare::kEqual, "error") ||
         Filter::attribute("status", Compare::kEqual, "ERROR") ||
         Filter::attribute("status_code", Compare::kEqual, "ERROR") ||
         Filter::attribute("otel.status_code", Compare::kEqual, "ERROR") ||
         Filter::attribute("success", Compare::kEqual, false) ||
         Filter::has_attribute("error.type") || Filter::has_attribute("exception.type");
}

Filter run_ends() { return Filter::types({"pattern_end"}); }

TailSampler::TailSampler(TailSamplerOptions options)
    : options_(std::move(options)), keep_(options_.keep), ends_(options_.ends),
      counts_(std::make_shared<TailSamplerCounts>()), hash_(random_word()), by_key_(64, hash_),
      decisions_(64, hash_) {}

TailSampler::~TailSampler() = default;

std::size_t TailSampler::KeyHash::operator()(const Key& key) const noexcept {
  const auto* const bytes = reinterpret_cast<const char*>(key.bytes.data());
  return fold_words(load_word<std::uint64_t>(bytes) ^ seed,
                    load_word<std::uint64_t>(bytes + 8) ^ kHashFirst);
}

std::chrono::milliseconds TailSampler::tick_interval() const {
  return std::chrono::milliseconds(options_.tick_ms);
}

void TailSampler::process(const EventView& event, ProcessorOutput& output) {
  const Key key = key_of(event);
  if (key == Key{}) {
    counts_->events_without_run.add(1);
    return output.pass(event);
  }
  if (const auto decided = decisions_.find(key); decided != decisions_.end()) {
    return after_decision(decided->second, event, output);
  }
  const Runs::iterator run = run_of(key, event);
  note(*run, event);
  TailReason reason{};
  const bool worth = is_worth(*run, event, reason);
  const bool ends = ends_.may_match_type(event.type().number()) && ends_.matches(event) &&
                    event.parent_span_id().is_none();
  hold(*run, event, output);
  if (worth) return decide(run, true, reason, output);
  if (ends) return decide(run, in_share(*run), TailReason::kEnded, output);
  keep_bounds(output);
}

TailSampler::Key TailSampler::key_of(const EventView& event) noexcept {
  const EventIds ids = event.ids();
  if (!ids.run_id.is_none()) return {ids.run_id.bytes, false};
  if (!ids.trace_id.is_none()) return {ids.trace_id.bytes, true};
  return {};
}

TailSampler::Runs::iterator TailSampler::run_of(const Key& key, const EventView& event) {
  if (const auto known = by_key_.find(key); known != by_key_.end()) return known->second;
  Run& run = runs_.emplace_back();
  run.key = key;
  run.since = options_.clock ? options_.clock() : Clock::steady_now();
  run.first = run.last = event.timestamp();
  const Runs::iterator place = std::prev(runs_.end());
  by_key_.emplace(key, place);
  return place;
}

void TailSampler::note(Run& run, const EventView& event) const {
  const Timestamp time = event.timestamp();
  run.first = std::min(run.first, time);
  run.last = std::max(run.last, time);
  if (run.trace_id.is_none()) run.trace_id = event.trace_id();
  if (options_.cost_usd <= 0) return;
  if (event.type() == kCostRecord || event.type() == kCost) {
    run.records_usd += cost_of(event);
  } else if (event.type() == kLlmCall || event.type() == kLlmCallEnd) {
    run.calls_usd += cost_of(event);
  }
}

bool TailSampler::is_slow(const EventView& event) const {
  if (options_.slow_ms <= 0) return false;
  const auto duration = event.find("duration_ms");
  return duration && duration->to_double() >= static_cast<double>(options_.slow_ms);
}

bool TailSampler::is_worth(const Run& run, const EventView& event, TailReason& reason) const {
  if (keep_.may_match_type(event.type().number()) && keep_.matches(event)) {
    reason = TailReason::kMatched;
    return true;
  }
  const bool lasts = options_.slow_ms > 0 && milliseconds_between(run.first, run.last) >=
                                                 static_cast<double>(options_.slow_ms);
  if (lasts || is_slow(event)) {
    reason = TailReason::kSlow;
    return true;
  }
  reason = TailReason::kCostly;
  return options_.cost_usd > 0 && std::max(run.calls_usd, run.records_usd) >= options_.cost_usd;
}

bool TailSampler::in_share(const Run& run) const noexcept {
  if (!run.trace_id.is_none()) return options_.share.keeps(run.trace_id);
  const auto* const bytes = reinterpret_cast<const char*>(run.key.bytes.data());
  // Run ids need not be random.
  const std::uint64_t word = fold_words(load_word<std::uint64_t>(bytes) ^ kHashFirst,
                                        load_word<std::uint64_t>(bytes + 8) ^ kHashSecond);
  return options_.share.keeps(low_56_bits(word));
}

void TailSampler::after_decision(bool& kept, const EventView& event, ProcessorOutput& output) {
  const bool matches = keep_.may_match_type(event.type().number()) && keep_.matches(event);
  if (!kept && (matches || is_slow(event))) {
    kept = true;
    counts_->runs_kept_late.add(1);
  }
  if (!kept) {
    counts_->events_sampled_out.add(1);
    return output.sample_out(event);
  }
  counts_->events_kept.add(1);
  output.pass(event);
}

void TailSampler::hold(Run& run, const EventView& event, ProcessorOutput& output) {
  run.events.emplace_back(event);
  const std::size_t bytes = event.size_bytes() + kHeldBytesPerEvent;
  run.bytes += bytes;
  bytes_ += bytes;
  ++events_;
  output.sample_out(event);  // unless its run is decided before its batch ends
  counts_->events_held.set(events_);
  counts_->bytes_held.set(bytes_);
}

// Whatever throws below costs events of this run alone, which are counted as sampled out already.
void TailSampler::decide(Runs::iterator run, bool kept, TailReason reason,
                         ProcessorOutput& output) {
  Runs decided;
  decided.splice(decided.begin(), runs_, run);
  const std::vector<OwnedEvent>& events = run->events;
  by_key_.erase(run->key);
  bytes_ -= run->bytes;
  events_ -= events.size();
  counts_->events_held.set(events_);
  counts_->bytes_held.set(bytes_);
  auto& runs = kept ? counts_->runs_kept : counts_->runs_sampled_out;
  runs[static_cast<std::size_t>(reason)].add(1);
  (kept ? counts_->events_kept : counts_->events_sampled_out).add(events.size());
  remember(run->key, kept);
  if (!kept) return;
  for (const OwnedEvent& event : events) output.pass(event.view());
}

void TailSampler::remember(const Key& key, bool kept) {
  decisions_.insert_or_assign(key, kept);
  decided_.push_back(key);
  while (decided_.size() > options_.decisions_max) {
    decisions_.erase(decided_.front());
    decided_.pop_front();
  }
}

void TailSampler::keep_bounds(ProcessorOutput& output) {
  while (!runs_.empty() && (runs_.size() > options_.runs_max || bytes_ > options_.bytes_max)) {
    decide(runs_.begin(), in_share(runs_.front()), TailReason::kRoom, output);
  }
}

void TailSampler::tick(bool last, ProcessorOutput& output) {
  const Instant now = options_.clock ? options_.clock() : Clock::steady_now();
  const auto age_max = std::chrono::milliseconds(options_.run_ms_max);
  while (!runs_.empty() && (last || now - runs_.front().since >= age_max)) {
    const bool share = in_share(runs_.front());
    const bool timed_out = now - runs_.front().since >= age_max;
    const bool kept = share || (!timed_out && options_.flush_keeps);
    decide(runs_.begin(), kept, timed_out ? TailReason::kTime : TailReason::kFlush, output);
  }
}

}  // namespace v1
}  // namespace tracebus
