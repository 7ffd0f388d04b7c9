// SPDX-License-Identifier: Apache-2.0
#include "tracebus/trace/replay_calls.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <thread>
#include <utility>

#include "tracebus/core/ids.h"
#include "tracebus/trace/replay_difference.h"

namespace tracebus {
inline namespace v1 {
namespace {

void append_counted(std::string& key, std::string_view text) {
  key.append(std::to_string(text.size())).append(":").append(text);
}

// The same for equal requests only.
std::string key_of(std::span<const RecordedMessage> request) {
  std::string key;
  for (const RecordedMessage& message : request) {
    append_counted(key, message.role);
    append_counted(key, message.content);
    if (message.name) append_counted(key += 'n', *message.name);
  }
  return key;
}

std::uint64_t hash_of(std::span<const RecordedMessage> request) {
  return hash_bytes(key_of(request));
}

bool is_tool(const RecordedEntry& entry) noexcept {
  const EntryKind kind = kind_of(entry);
  return kind == EntryKind::kToolBegins || kind == EntryKind::kToolEnds;
}

bool has_ended(const RecordedEntry& entry) noexcept {
  const EntryKind kind = kind_of(entry);
  return kind == EntryKind::kModelEnds || kind == EntryKind::kToolEnds;
}

std::vector<RecordedMessage> request_of(const RecordedEntry& entry) {
  if (!is_tool(entry)) return entry.messages;
  return {{.role = std::string(entry.tool_name()), .content = entry.arguments()}};
}

std::string number_text(std::size_t index, std::size_t count) {
  return std::to_string(index + 1) + " of " + std::to_string(count);
}

}  // namespace

std::string request_hash(std::span<const RecordedMessage> messages) {
  return RunId::from_foreign("request" + key_of(messages)).hex();
}

ReplayCalls::ReplayCalls(std::string what, Calls calls, ReplayOptions options)
    : what_(std::move(what)), options_(std::move(options)) {
  for (std::shared_ptr<const RecordedEntry>& entry : calls) {
    std::vector<RecordedMessage> request = request_of(*entry);
    by_request_[hash_of(request)].push_back(calls_.size());
    std::string lane(is_tool(*entry) ? entry->tool_name() : std::string_view());
    calls_.push_back({std::move(entry), std::move(request), std::move(lane)});
  }
}

absl::StatusOr<Replayed> ReplayCalls::next(std::string_view lane,
                                           std::span<const RecordedMessage> request) {
  Replayed replayed;
  {
    const std::lock_guard lock(mutex_);
    const absl::StatusOr<std::size_t> found = find(lane, request);
    if (!found.ok()) return found.status();
    replayed.entry = calls_[*found].entry;
    if (!has_ended(*replayed.entry)) {
      return absl::DataLossError("call " + number_text(*found, calls_.size()) + " of the " + what_ +
                                 " had not ended when the recording did, so it has no answer; "
                                 "record the run anew");
    }
    use(*found);
  }
  wait_for(*replayed.entry);
  return replayed;
}

absl::StatusOr<std::size_t> ReplayCalls::find(std::string_view lane,
                                              std::span<const RecordedMessage> request) const {
  const bool in_sequence = options_.match == ReplayMatch::kInSequence;
  const std::optional<std::size_t> found =
      in_sequence ? first_unused(lane) : first_unused_of(request);
  const bool fits = found && (!in_sequence || !options_.check_requests ||
                              std::ranges::equal(calls_[*found].request, request));
  if (!fits) return miss(lane, request);
  return *found;
}

std::optional<std::size_t> ReplayCalls::first_unused(std::string_view lane) const {
  const auto begin = begin_of_lane_.find(lane);
  for (std::size_t i = begin == begin_of_lane_.end() ? 0 : begin->second; i < calls_.size(); ++i) {
    if (!calls_[i].is_used && calls_[i].lane == lane) return i;
  }
  return std::nullopt;
}

std::optional<std::size_t> ReplayCalls::first_unused_of(
    std::span<const RecordedMessage> request) const {
  const auto candidates = by_request_.find(hash_of(request));
  if (candidates == by_request_.end()) return std::nullopt;
  for (const std::size_t index : candidates->second) {
    if (std::ranges::equal(calls_[index].request, request)) return index;
  }
  return std::nullopt;
}

void ReplayCalls::use(std::size_t index) {
  Call& call = calls_[index];
  call.is_used = true;
  std::erase(by_request_[hash_of(call.request)], index);
  const bool in_sequence = options_.match == ReplayMatch::kInSequence;
  if (in_sequence) begin_of_lane_.insert_or_assign(call.lane, index + 1);
}

absl::Status ReplayCalls::miss(std::string_view lane,
                               std::span<const RecordedMessage> request) const {
  std::optional<std::size_t> nearest;
  RequestDifference least{.distance = std::numeric_limits<std::size_t>::max()};
  for (std::size_t i = 0; i < calls_.size(); ++i) {
    RequestDifference difference = difference_of(calls_[i].request, request);
    // Of those that are as near, rather one that could still be handed out.
    const std::size_t distance = 2 * difference.distance + (calls_[i].is_used ? 1 : 0);
    if (nearest && distance >= least.distance) continue;
    nearest = i;
    least = std::move(difference);
    least.distance = distance;
  }
  std::string message = "no answer is left among the " + what_;
  if (!lane.empty()) message += " by tool '" + std::string(lane) + "'";
  message += " for the request " + request_hash(request) + "; ";
  if (!nearest) return absl::NotFoundError(message + "there are none");
  message += "the nearest one recorded is call " + number_text(*nearest, calls_.size()) + ", " +
             request_hash(calls_[*nearest].request) + ": " + least.text;
  if (calls_[*nearest].is_used) message += "; its answer has been given already";
  return absl::NotFoundError(message + ". Ask what was recorded, or record the run anew");
}

// Outside the lock: others need not wait as well.
void ReplayCalls::wait_for(const RecordedEntry& entry) const {
  const std::optional<double> duration_ms = entry.duration_ms();
  if (!duration_ms || !(options_.latency_factor > 0)) return;
  constexpr double kLongestNs = 1e18;
  const double ns = *duration_ms * 1e6 * options_.latency_factor;
  if (!(ns > 0)) return;
  const std::chrono::nanoseconds latency(
      static_cast<std::int64_t>(std::llround(std::min(ns, kLongestNs))));
  if (options_.sleep) {
    options_.sleep(latency);
  } else {
    std::this_thread::sleep_for(latency);
  }
}

std::size_t ReplayCalls::left() const {
  const std::lock_guard lock(mutex_);
  return static_cast<std::size_t>(
      std::ranges::count_if(calls_, [](const Call& call) { return !call.is_used; }));
}

}  // namespace v1
}  // namespace tracebus
