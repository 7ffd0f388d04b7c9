// SPDX-License-Identifier: Apache-2.0
//
// ReplayCalls: the recorded calls of one run and agent, handed out again. ReplayLlm and ReplayTools
// (replay_llm.h) are its two faces.
//
// Thread safety: every method may be called from any thread. Each recorded call is handed out once.
#ifndef TRACEBUS_TRACE_REPLAY_CALLS_H_
#define TRACEBUS_TRACE_REPLAY_CALLS_H_

#include <absl/status/status.h>
#include <absl/status/statusor.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "tracebus/core/hash.h"
#include "tracebus/trace/recorded_entry.h"

namespace tracebus {
inline namespace v1 {

enum class ReplayMatch : std::uint8_t {
  kInSequence,  // the n-th call gets the n-th answer
  kByRequest,   // the same request gets its answer; asked again, the next that was recorded for it
};

struct ReplayOptions {
  ReplayMatch match = ReplayMatch::kInSequence;
  // In sequence: whether a request other than the recorded one is a miss.
  bool check_requests = false;
  // Which run of the recording; empty: the only one there is.
  std::string run = {};
  // How much of the recorded time an answer takes: 0 none, 1 as long as it did.
  double latency_factor = 0;
  std::function<void(std::chrono::nanoseconds)> sleep = {};  // empty: the thread sleeps
};

// An answer, as it was recorded.
struct Replayed {
  std::shared_ptr<const RecordedEntry> entry;  // with model, usage, cost, stop_reason, tool calls
  const std::string& response() const noexcept { return entry->response; }
  std::optional<std::string> error() const { return entry->error(); }  // what the call failed with
};

// 32 hex digits that stay the same for the same messages, for people to compare.
std::string request_hash(std::span<const RecordedMessage> messages);

class ReplayCalls {
 public:
  using Calls = std::vector<std::shared_ptr<const RecordedEntry>>;

  // what: such as "llm calls of agent 'bull' in run 'r1'", for messages. Of a tool's call the
  // request is one message, from the tool, with the arguments.
  ReplayCalls(std::string what, Calls calls, ReplayOptions options);
  ReplayCalls(const ReplayCalls&) = delete;
  ReplayCalls& operator=(const ReplayCalls&) = delete;

  // lane: calls are counted for each; the tool's name, or empty. NotFound says which recorded
  // request is the nearest and where it differs; DataLoss where the call had not ended when the
  // recording did. After either, nothing was handed out.
  absl::StatusOr<Replayed> next(std::string_view lane, std::span<const RecordedMessage> request);

  std::size_t size() const noexcept { return calls_.size(); }
  std::size_t left() const;  // not handed out yet

 private:
  struct Call {
    std::shared_ptr<const RecordedEntry> entry;
    std::vector<RecordedMessage> request;
    std::string lane;
    bool is_used = false;
  };

  absl::StatusOr<std::size_t> find(std::string_view lane,
                                   std::span<const RecordedMessage> request) const;
  std::optional<std::size_t> first_unused(std::string_view lane) const;
  std::optional<std::size_t> first_unused_of(std::span<const RecordedMessage> request) const;
  absl::Status miss(std::string_view lane, std::span<const RecordedMessage> request) const;
  void use(std::size_t index);
  void wait_for(const RecordedEntry& entry) const;

  const std::string what_;
  const ReplayOptions options_;
  mutable std::mutex mutex_;  // guards what follows; of the calls only is_used changes
  std::vector<Call> calls_;
  // Those that were not handed out, in their order, by the hash of their request.
  std::unordered_map<std::uint64_t, std::vector<std::size_t>> by_request_;
  // In sequence: where to look for the next one of each lane.
  std::unordered_map<std::string, std::size_t, TextHash, TextEqual> begin_of_lane_;
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_TRACE_REPLAY_CALLS_H_
