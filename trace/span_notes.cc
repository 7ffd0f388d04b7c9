// SPDX-License-Identifier: Apache-2.0
#include "tracebus/trace/span_notes.h"

#include <algorithm>
#include <optional>

#include "tracebus/core/content.h"
#include "tracebus/core/limits.h"
#include "tracebus/core/value_codec.h"
#include "tracebus/core/value_view.h"
#include "tracebus/trace/percent_text.h"

namespace tracebus {
inline namespace v1 {
namespace {

Value object_of(SpanAttributeList attributes) {
  std::vector<Attribute> members;
  members.reserve(std::min(attributes.size(), kSpanAttributesMax));
  for (const SpanAttribute& attribute : attributes) {
    if (members.size() == kSpanAttributesMax) break;
    // What an event says is not split by the class of its keys: content does not get in.
    const SpanKey& key = attribute.key();
    if (!is_content(key.key(), key.name(), attribute.value()))
      members.push_back({key.name(), attribute.value()});
  }
  return Value::object(std::move(members));
}

}  // namespace

void SpanNotes::add_event(std::string_view name, std::int64_t offset_ns,
                          SpanAttributeList attributes) {
  const Value event = Value::object({{"name", cut_utf8(name, kNameBytesMax)},
                                     {"offset_ns", offset_ns},
                                     {"attributes", object_of(attributes)}});
  if (events_.size() >= kSpanEventsMax || !keep(events_, event)) ++dropped_events;
}

void SpanNotes::add_link(const SpanContext& to, SpanAttributeList attributes) {
  const std::string trace_id = to.trace_id.hex();
  const std::string span_id = to.span_id.hex();
  const Value link = Value::object(
      {{"trace_id", trace_id}, {"span_id", span_id}, {"attributes", object_of(attributes)}});
  if (links_.size() >= kSpanLinksMax || !keep(links_, link)) ++dropped_links;
}

void SpanNotes::set_status_message(std::string_view text) {
  status_message_ = cut_utf8(text, kSpanTextBytesMax);
}

bool SpanNotes::keep(Bodies& bodies, const Value& note) {
  const std::optional<std::size_t> bytes = encoded_body_size(note);
  if (!bytes || bytes_ + *bytes > kSpanBytesMax) return false;
  std::string body(*bytes, '\0');
  encode_body(note, body.data());
  bodies.push_back(std::move(body));
  bytes_ += *bytes;
  return true;
}

Value SpanNotes::array_of(const Bodies& bodies) {
  std::vector<Value> notes;
  notes.reserve(bodies.size());
  for (const std::string& body : bodies) {
    notes.push_back(ValueView::of_text(ValueType::kObject, body).to_value());
  }
  return Value::array(std::move(notes));
}

}  // namespace v1
}  // namespace tracebus
