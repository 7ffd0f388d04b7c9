// SPDX-License-Identifier: Apache-2.0
//
// RecordedEntry: one thing that was recorded, in the form of the seed's Recorder.
#ifndef TRACEBUS_TRACE_RECORDED_ENTRY_H_
#define TRACEBUS_TRACE_RECORDED_ENTRY_H_

#include <absl/status/statusor.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tracebus/core/event.h"
#include "tracebus/core/timestamp.h"
#include "tracebus/trace/cost_entry.h"
#include "tracebus/trace/nano_dollars.h"
#include "tracebus/trace/recorded_object.h"
#include "tracebus/trace/token_usage.h"

namespace tracebus {
inline namespace v1 {

struct RecordedMessage {
  std::string role = {};
  std::string content = {};
  std::optional<std::string> name = {};

  bool operator==(const RecordedMessage&) const = default;
};

// A value that owns its texts. What is known of a call besides its request and its response is in
// metadata, and the functions read it from there, in whichever vocabulary it says so.
struct RecordedEntry {
  Timestamp timestamp = {};
  std::string event_type = {};  // pattern_start, llm_call, tool_call, pattern_end, ...
  std::string agent_name = {};
  std::string pattern_type = {};
  std::string run_id = {};   // as it was given, or 32 hex digits; else the trace's; empty: none
  std::string span_id = {};  // likewise, 16 hex digits
  std::vector<RecordedMessage> messages = {};
  std::string response = {};  // of pattern_end the final output, of a tool its result
  RecordedObject metadata = {};

  bool operator==(const RecordedEntry&) const = default;

  std::string_view model() const noexcept;
  std::string_view provider() const noexcept;
  std::string_view workflow() const noexcept;
  TokenUsage usage() const noexcept;
  std::int64_t input_tokens() const noexcept { return usage().input; }
  std::int64_t output_tokens() const noexcept { return usage().output; }
  // None if the entry says none, or none that is an amount.
  std::optional<NanoDollars> cost() const noexcept;
  // All of these at once, for who wants several; what it says borrows from metadata.
  CostEntry figures() const noexcept;
  std::optional<double> duration_ms() const noexcept;

  std::string_view tool_name() const noexcept;
  // As they were recorded, an object as compact JSON.
  std::string arguments() const;
  // What the call failed with; nothing if it did not.
  std::optional<std::string> error() const;

  // Roughly what it takes in memory.
  std::size_t size_bytes() const noexcept;
};

// What an event says: of a line of any dialect that readers know, or from a bus. ResourceExhausted
// if it is nested deeper or larger than a record may be.
absl::StatusOr<RecordedEntry> entry_of(const TraceEvent& event);

enum class EntryKind : std::uint8_t {
  kOther,
  kModelBegins,
  kModelEnds,
  kToolBegins,
  kToolEnds,
  kCosts
};
EntryKind kind_of(const RecordedEntry& entry) noexcept;

// Exact, but where it saturates. A cost_record stands for the call that it belongs to (the last one
// before it of its span or, where there is none, of its run and agent): that call's own cost is not
// counted besides.
NanoDollars total_cost_of(std::span<const RecordedEntry> entries);

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_TRACE_RECORDED_ENTRY_H_
