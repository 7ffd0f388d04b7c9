// SPDX-License-Identifier: Apache-2.0
//
// What an event that others wrote is of a span: its start or its end, by its type.
//
//   agent_start, agent_end                                     AGENT, and so on for every kind
//   llm_call_start, llm_call_end, llm_call_error, llm_call     LLM; provider_call_* as well
//   tool_start, tool_end, tool_error, tool_call                TOOL
//   anything_start, anything_end, anything_error               CHAIN
#ifndef TRACEBUS_EXPORTERS_PAIR_ROLE_H_
#define TRACEBUS_EXPORTERS_PAIR_ROLE_H_

#include <cstdint>
#include <string_view>

#include "tracebus/core/span_kind.h"

namespace tracebus {
inline namespace v1 {

struct PairRole {
  enum class Moment : std::uint8_t { kNone, kStart, kEnd };

  Moment moment = Moment::kNone;
  std::string_view family = {};  // what start and end have in common, of the type's text
  SpanKind kind = SpanKind::kChain;
  bool failed = false;
  bool whole = false;  // it needs neither a start nor to say how long it took: llm_call, tool_call
};

PairRole pair_role(std::string_view event_type) noexcept;

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_EXPORTERS_PAIR_ROLE_H_
