// SPDX-License-Identifier: Apache-2.0
//
// TraceState: the `tracestate` header of W3C Trace Context (section 3.3): up to 32 members
// `key=value` that tracing systems pass on to each other, the last writer first.
#ifndef TRACEBUS_TRACE_TRACE_STATE_H_
#define TRACEBUS_TRACE_TRACE_STATE_H_

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tracebus/core/limits.h"

namespace tracebus {
inline namespace v1 {

// An immutable list: copies share it. Thread safety: any number of threads may read one.
class TraceState {
 public:
  struct Member {
    std::string key;
    std::string value;
    bool operator==(const Member&) const = default;
  };

  TraceState() noexcept = default;

  // What the lines of a request say together, in order (RFC 7230, section 3.2.2). Empty members are
  // left out; of a key given twice the first stays, which was written last. None if a member is
  // ill-formed or there are more than kTraceStateMembersMax: such a list is discarded whole, and
  // `traceparent` stays valid. Linear in the size of the lines; keeps at most
  // kTraceStateMembersMax members of 512 bytes.
  static std::optional<TraceState> parse(std::span<const std::string_view> lines);
  static std::optional<TraceState> parse(std::string_view line);

  bool empty() const noexcept { return members_ == nullptr; }
  std::span<const Member> members() const noexcept;  // valid while a copy of this list lives
  std::optional<std::string_view> get(std::string_view key) const noexcept;

  // This list with the member first, as section 3.5 asks of whoever writes one; where there were
  // kTraceStateMembersMax, the last one is left out. None if key or value is ill-formed: a key
  // begins with a lower-case letter or a digit and may hold "_-*/@" besides; a value is printable
  // ASCII without comma and equals sign, and ends in no space.
  std::optional<TraceState> with(std::string_view key, std::string_view value) const;
  TraceState without(std::string_view key) const;

  // This list within so many bytes as text (section 3.3.1.5): members of more than 128 bytes go
  // first, then others, each from the end.
  TraceState truncated(std::size_t bytes_max) const;

  // As a header's value; empty for an empty list, which is not to be sent.
  std::string text() const;
  std::size_t text_bytes() const noexcept;

  bool operator==(const TraceState& other) const noexcept;

 private:
  explicit TraceState(std::vector<Member> members);

  std::shared_ptr<const std::vector<Member>> members_;  // null if there are none
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_TRACE_TRACE_STATE_H_
