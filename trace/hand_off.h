// SPDX-License-Identifier: Apache-2.0
//
// HandOff: that one agent passes work on to another, as it travels with the request: as members of
// its baggage, named as the attributes of the `handoff` event.
#ifndef TRACEBUS_TRACE_HAND_OFF_H_
#define TRACEBUS_TRACE_HAND_OFF_H_

#include <string>
#include <string_view>

namespace tracebus {
inline namespace v1 {

inline constexpr std::string_view kHandOffFrom = "agent.handoff.from";
inline constexpr std::string_view kHandOffTo = "agent.handoff.to";
inline constexpr std::string_view kHandOffReason = "agent.handoff.reason";
inline constexpr std::string_view kHandOffProtocol = "agent.handoff.protocol";

// What the sender says. Borrows all text. Of each text at most kHandOffTextBytesMax bytes of UTF-8
// travel.
struct HandOff {
  std::string_view agent_name = {};      // who hands off; if empty, the context's agent
  std::string_view handoff_reason = {};  // for people to read
  std::string_view to_agent = {};
  std::string_view protocol = {};  // "http", "grpc", "mcp" or "queue"

  bool empty() const noexcept {
    return agent_name.empty() && handoff_reason.empty() && to_agent.empty() && protocol.empty();
  }
};

// What the receiver was told, by whoever sent the request: valid UTF-8, but anybody's text. Empty
// where nothing was said.
struct ReceivedHandOff {
  std::string agent_name;
  std::string handoff_reason;
  std::string to_agent;
  std::string protocol;

  bool empty() const noexcept {
    return agent_name.empty() && handoff_reason.empty() && to_agent.empty() && protocol.empty();
  }
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_TRACE_HAND_OFF_H_
