// SPDX-License-Identifier: Apache-2.0
//
// Any bytes read as each of the headers of other processes. What was read keeps the limits, and
// reads back as it was once it has been written.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "tracebus/core/utf8.h"
#include "tracebus/trace/baggage.h"
#include "tracebus/trace/trace_parent.h"
#include "tracebus/trace/trace_state.h"

namespace {

using namespace tracebus;

void require(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view header(reinterpret_cast<const char*>(data), size);
  if (const auto parent = TraceParent::parse(header)) {
    require(TraceParent::parse(parent->text()) == parent);
  }
  if (const auto state = TraceState::parse(header)) {
    require(state->members().size() <= kTraceStateMembersMax);
    require(TraceState::parse(state->text()) == state);
    require(state->truncated(kTraceStateBytesMax).text().size() <= kTraceStateBytesMax);
  }
  const Baggage baggage = Baggage::parse(header).baggage;
  require(baggage.members().size() <= kBaggageMembersMax);
  require(baggage.text().size() <= kBaggageBytesMax);
  require(Baggage::parse(baggage.text()).baggage == baggage);
  for (const BaggageMember& member : baggage.members()) require(is_valid_utf8(member.value));
  return 0;
}
