// SPDX-License-Identifier: Apache-2.0
//
// inject and extract: a context into a request, and out of one, by W3C Trace Context and Baggage.
//
//   inject(Context::current(), headers,                       // before the request is sent
//          {.agent_name = "orchestrator", .handoff_reason = "needs research"});
//
//   const ContinuedTrace trace = continue_trace(tracer, extract(headers));  // where it arrives
//   ... spans are children of the caller's; trace.hand_off().agent_name is "orchestrator"
//
// Headers are strangers' text. What is read of them has limits (core/limits.h), takes time linear
// in their size, and throws nothing but std::bad_alloc. What an outsider sends may join its
// requests to traces of its choice: extract where you trust the caller, or start a trace of your
// own.
#ifndef TRACEBUS_TRACE_PROPAGATION_H_
#define TRACEBUS_TRACE_PROPAGATION_H_

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "tracebus/trace/carrier.h"
#include "tracebus/trace/context.h"
#include "tracebus/trace/hand_off.h"

namespace tracebus {
inline namespace v1 {

class Tracer;

inline constexpr std::string_view kTraceParentHeader = "traceparent";
inline constexpr std::string_view kTraceStateHeader = "tracestate";
inline constexpr std::string_view kBaggageHeader = "baggage";

// Members of the baggage by which a request says whose it is, if its sender chose to.
inline constexpr std::string_view kSessionMember = "session.id";
inline constexpr std::string_view kUserMember = "user.id";
inline constexpr std::string_view kRunMember = "run.id";  // 32 hex digits

// What a request says.
struct Extracted {
  // The remote span, its trace state and the baggage, without the members of the hand-off, which
  // are for this receiver alone; and nothing of what is current here. Its session, user and run are
  // those of the members above, where there are any: of the session and the user at most
  // kHandOffTextBytesMax bytes; a run that is no id of ours is passed over. Without a span where
  // the request had no valid traceparent, or more than one: a trace begins then.
  Context context;
  ReceivedHandOff hand_off;
  std::size_t dropped_baggage_members = 0;  // ill-formed, or beyond a limit
};

// What did not fit into a request.
struct Injected {
  std::size_t dropped_trace_state_members = 0;  // beyond kTraceStateBytesMax
  std::size_t dropped_baggage_members = 0;      // beyond kBaggageBytesMax, with a hand-off
};

// The values of the three headers; empty ones are not sent.
struct OutgoingHeaders {
  std::string trace_parent;
  std::string trace_state;
  std::string baggage;
  Injected injected;
};

// The context with its session, user and run in its baggage, as far as there is room: from then on
// they are sent to whomever inject sends it to. Without it they stay here.
Context with_identity_in_baggage(const Context& context);

// What extract and inject do, for a transport that is no carrier. Thread safety: any thread.
Extracted extract_lines(std::span<const std::string_view> trace_parents,
                        std::span<const std::string_view> trace_states,
                        std::span<const std::string_view> baggages);
OutgoingHeaders outgoing_headers(const Context& context, const HandOff& hand_off = {});

// Reads a carrier (carrier.h). Thread safety: as reading the carrier.
template <ReadableCarrier Carrier>
Extracted extract(const Carrier& carrier) {
  return extract_lines(read_lines(carrier, kTraceParentHeader).get(),
                       read_lines(carrier, kTraceStateHeader).get(),
                       read_lines(carrier, kBaggageHeader).get());
}

// Writes the context's span, trace state and baggage, and the hand-off, into a carrier, in the
// place of what it held of them: a carrier that was received with another request says nothing of
// that any more. A context without a span writes no traceparent. Session, user, run, metadata and
// tags stay here: they are private unless they are put into the baggage
// (with_identity_in_baggage). Thread safety: as writing the carrier.
template <WritableCarrier Carrier>
Injected inject(const Context& context, Carrier& carrier, const HandOff& hand_off = {}) {
  const OutgoingHeaders headers = outgoing_headers(context, hand_off);
  const auto write = [&carrier](std::string_view name, const std::string& value) {
    value.empty() ? erase_lines(carrier, name) : write_line(carrier, name, value);
  };
  write(kTraceParentHeader, headers.trace_parent);
  write(kTraceStateHeader, headers.trace_state);
  write(kBaggageHeader, headers.baggage);
  return headers.injected;
}

// A scope in which what was extracted is current, and nothing else but a tracer: the remote span is
// the parent of spans that begin, and the caller's baggage travels on. As ContextScope otherwise.
class [[nodiscard]] ContinuedTrace {
 public:
  // Its tracer is that of the extracted context.
  explicit ContinuedTrace(Extracted extracted)
      : extracted_(std::move(extracted)), scope_(extracted_.context) {}

  const Context& context() const noexcept { return extracted_.context; }
  const ReceivedHandOff& hand_off() const noexcept { return extracted_.hand_off; }
  void end() noexcept { scope_.end(); }

 private:
  Extracted extracted_;
  ContextScope scope_;
};

// Goes on with the trace, with this tracer. Where a hand-off came along, the edge is told to its
// bus: a `handoff` event that belongs to the sender's span and is the sender's, with the attributes
// of hand_off.h. To whom, where the sender did not say, is the tracer's service.
// REQUIRES: the tracer outlives its use.
ContinuedTrace continue_trace(const Tracer& tracer, Extracted extracted);
// The same with the current context's tracer, else with the default one as long as it is that;
// without one nobody is told.
ContinuedTrace continue_trace(Extracted extracted);

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_TRACE_PROPAGATION_H_
