// SPDX-License-Identifier: Apache-2.0
#include "tracebus/trace/propagation.h"

#include <array>
#include <optional>

#include "tracebus/bus/trace_event_bus.h"
#include "tracebus/trace/percent_text.h"
#include "tracebus/trace/trace_parent.h"
#include "tracebus/trace/tracer.h"

namespace tracebus {
inline namespace v1 {
namespace {

// Takes a member out of the baggage.
std::string take_text(Baggage& baggage, std::string_view key) {
  const std::optional<std::string_view> value = baggage.get(key);
  if (!value) return {};
  std::string text(cut_utf8(*value, kHandOffTextBytesMax));
  baggage = baggage.without(key);
  return text;
}

ReceivedHandOff take_hand_off(Baggage& baggage) {
  ReceivedHandOff hand_off;
  hand_off.agent_name = take_text(baggage, kHandOffFrom);
  hand_off.handoff_reason = take_text(baggage, kHandOffReason);
  hand_off.to_agent = take_text(baggage, kHandOffTo);
  hand_off.protocol = take_text(baggage, kHandOffProtocol);
  return hand_off;
}

Baggage baggage_of(const HandOff& hand_off, std::string_view agent) {
  const std::array<std::pair<std::string_view, std::string_view>, 4> members = {
      {{kHandOffFrom, hand_off.agent_name.empty() ? agent : hand_off.agent_name},
       {kHandOffTo, hand_off.to_agent},
       {kHandOffReason, hand_off.handoff_reason},
       {kHandOffProtocol, hand_off.protocol}}};
  Baggage baggage;
  for (const auto& [key, text] : members) {
    if (text.empty()) continue;
    // Cut once more, as what takes the place of a byte is longer than that. There is always room
    // for four such texts (core/limits.h).
    const std::string valid = valid_utf8(cut_utf8(text, kHandOffTextBytesMax));
    baggage = *baggage.with(key, cut_utf8(valid, kHandOffTextBytesMax));
  }
  return baggage;
}

// Whose work it is, as the baggage says it.
Context with_identity(const Context& context, const Baggage& baggage) {
  const auto text = [&](std::string_view key) {
    return cut_utf8(baggage.get(key).value_or(""), kHandOffTextBytesMax);
  };
  ContextFields fields = {.session_id = text(kSessionMember), .user_id = text(kUserMember)};
  if (const auto run = RunId::from_hex(text(kRunMember))) fields.run_id = *run;
  const bool any = !fields.session_id.empty() || !fields.user_id.empty() || fields.run_id;
  return any ? context.with(fields) : context;
}

void tell(const Tracer& tracer, const Context& sender, const ReceivedHandOff& hand_off) noexcept {
  if (!tracer.bus().wants(kHandoff)) return;
  TraceEvent event = {.event_type = kHandoff.name(), .agent_name = hand_off.agent_name};
  event.ids = sender.ids();
  // As of the spans that begin below.
  if (!sender.run_id()) event.ids.run_id.bytes = sender.trace_id().bytes;
  const std::string_view to = hand_off.to_agent;
  const std::array<Attribute, 4> attributes = {
      {{kHandOffFrom, hand_off.agent_name},
       {kHandOffTo, to.empty() ? tracer.service_name() : to},
       {kHandOffReason, hand_off.handoff_reason},
       {kHandOffProtocol, hand_off.protocol}}};
  for (const Attribute& attribute : attributes) {
    if (!attribute.value.as_string().empty()) event.payload.add(attribute);
  }
  tracer.bus().emit(event);
}

}  // namespace

Context with_identity_in_baggage(const Context& context) {
  Baggage baggage = context.baggage();
  const auto put = [&](std::string_view key, std::string_view value) {
    if (value.empty()) return;
    if (auto with = baggage.with(key, value)) baggage = *std::move(with);
  };
  put(kSessionMember, context.session_id());
  put(kUserMember, context.user_id());
  if (context.run_id()) put(kRunMember, context.run_id().hex());
  return context.with_baggage(std::move(baggage));
}

Extracted extract_lines(std::span<const std::string_view> trace_parents,
                        std::span<const std::string_view> trace_states,
                        std::span<const std::string_view> baggages) {
  Extracted extracted;
  if (!baggages.empty()) {
    ParsedBaggage parsed = Baggage::parse(baggages);
    extracted.dropped_baggage_members = parsed.dropped_members;
    extracted.hand_off = take_hand_off(parsed.baggage);
    if (!parsed.baggage.empty()) {
      extracted.context =
          with_identity(extracted.context, parsed.baggage).with_baggage(std::move(parsed.baggage));
    }
  }
  if (trace_parents.size() != 1) return extracted;
  const std::optional<TraceParent> parent = TraceParent::parse(trace_parents.front());
  if (!parent) return extracted;
  if (std::optional<TraceState> state = TraceState::parse(trace_states); state && !state->empty()) {
    extracted.context = extracted.context.with_trace_state(*std::move(state));
  }
  extracted.context = extracted.context.with_span({.trace_id = parent->trace_id,
                                                   .span_id = parent->span_id,
                                                   .sampled = parent->sampled,
                                                   .random = parent->random,
                                                   .remote = true});
  return extracted;
}

OutgoingHeaders outgoing_headers(const Context& context, const HandOff& hand_off) {
  OutgoingHeaders headers;
  if (context.has_span()) {
    headers.trace_parent = TraceParent{.trace_id = context.trace_id(),
                                       .span_id = context.span_id(),
                                       .sampled = context.is_sampled(),
                                       .random = context.is_random()}
                               .text();
    const TraceState sent = context.trace_state().truncated(kTraceStateBytesMax);
    headers.trace_state = sent.text();
    headers.injected.dropped_trace_state_members =
        context.trace_state().members().size() - sent.members().size();
  }
  if (hand_off.empty()) {
    headers.baggage = context.baggage().text();
    return headers;
  }
  const ParsedBaggage joined = baggage_of(hand_off, context.agent()).joined(context.baggage());
  headers.baggage = joined.baggage.text();
  headers.injected.dropped_baggage_members = joined.dropped_members;
  return headers;
}

ContinuedTrace continue_trace(const Tracer& tracer, Extracted extracted) {
  if (!extracted.hand_off.empty()) tell(tracer, extracted.context, extracted.hand_off);
  extracted.context = extracted.context.with_tracer(tracer);
  return ContinuedTrace(std::move(extracted));
}

ContinuedTrace continue_trace(Extracted extracted) {
  const Tracer* const tracer = current_tracer();
  if (tracer != nullptr && !extracted.hand_off.empty()) {
    tell(*tracer, extracted.context, extracted.hand_off);
  }
  extracted.context = extracted.context.with_tracer_of(Context::current());
  return ContinuedTrace(std::move(extracted));
}

}  // namespace v1
}  // namespace tracebus
