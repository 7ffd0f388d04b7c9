// SPDX-License-Identifier: Apache-2.0
#include "tracebus/core/proto/event_proto.h"

#include <google/protobuf/unknown_field_set.h>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "tracebus/core/limits.h"
#include "tracebus/core/utf8.h"

namespace tracebus {
inline namespace v1 {
namespace {

// --- To Protobuf ---

// Stores text in the string field or in its raw twin.
template <class Message>
void put_text(Message* message, std::string_view text, std::string* (Message::*string_field)(),
              std::string* (Message::*raw_field)()) {
  if (text.empty()) return;
  const auto field = is_valid_utf8(text) ? string_field : raw_field;
  (message->*field)()->assign(text);
}

template <class Id>
void put_id(const Id& id, std::string* (proto::v1::TraceEvent::*field)(),
            proto::v1::TraceEvent* message) {
  if (id.is_none()) return;
  (message->*field)()->assign(reinterpret_cast<const char*>(id.bytes.data()), id.bytes.size());
}

void put_attribute(const AttributeView& attribute, proto::v1::KeyValue* message);

void put_value(const ValueView& value, proto::v1::Value* message) {
  switch (value.type()) {
    case ValueType::kNull:
      return;
    case ValueType::kBool:
      return message->set_bool_value(value.as_bool());
    case ValueType::kInt64:
      return message->set_int_value(value.as_int64());
    case ValueType::kDouble:
      return message->set_double_value(value.as_double());
    case ValueType::kString: {
      const std::string_view text = value.as_string();
      const bool valid = is_valid_utf8(text);
      (valid ? message->mutable_string_value() : message->mutable_raw_string_value())->assign(text);
      return;
    }
    case ValueType::kBytes: {
      const Bytes bytes = value.as_bytes();
      return message->set_bytes_value(bytes.data(), bytes.size());
    }
    case ValueType::kArray: {
      proto::v1::Array* array = message->mutable_array_value();
      for (const ValueView& item : value.as_array()) put_value(item, array->add_values());
      return;
    }
    case ValueType::kObject: {
      proto::v1::Object* object = message->mutable_object_value();
      for (const AttributeView& member : value.as_object()) {
        put_attribute(member, object->add_members());
      }
      return;
    }
  }
}

void put_attribute(const AttributeView& attribute, proto::v1::KeyValue* message) {
  using proto::v1::KeyValue;
  put_text(message, attribute.key, &KeyValue::mutable_key, &KeyValue::mutable_raw_key);
  if (!attribute.value.is_null()) put_value(attribute.value, message->mutable_value());
}

void put_foreign_ids(const ForeignIds& ids, proto::v1::ForeignIds* message) {
  using Message = proto::v1::ForeignIds;
  put_text(message, ids.run_id, &Message::mutable_run_id, &Message::mutable_raw_run_id);
  put_text(message, ids.trace_id, &Message::mutable_trace_id, &Message::mutable_raw_trace_id);
  put_text(message, ids.span_id, &Message::mutable_span_id, &Message::mutable_raw_span_id);
  put_text(message, ids.parent_span_id, &Message::mutable_parent_span_id,
           &Message::mutable_raw_parent_span_id);
}

// --- From Protobuf ---

std::string_view text_of(const std::string& valid, const std::string& raw) noexcept {
  return raw.empty() ? valid : raw;
}

// Its functions return false at the first thing that is not ours, and fault() says what it was.
class MessageReader {
 public:
  const char* fault() const noexcept { return fault_; }

  bool read(const proto::v1::TraceEvent& message, TraceEvent& event) {
    event.event_type = text_of(message.event_type(), message.raw_event_type());
    event.agent_name = text_of(message.agent_name(), message.raw_agent_name());
    event.pattern_type = text_of(message.pattern_type(), message.raw_pattern_type());
    return read_time(message, event) && read_ids(message, event) && read_payload(message, event);
  }

 private:
  bool refuse(const char* fault) noexcept {
    fault_ = fault;
    return false;
  }

  bool read_time(const proto::v1::TraceEvent& message, TraceEvent& event) noexcept {
    if (!message.has_timestamp()) return true;
    const std::int32_t nanos = message.timestamp().nanos();
    if (nanos < 0 || nanos >= 1'000'000'000) return refuse("timestamp.nanos is beyond a second");
    event.timestamp = {message.timestamp().seconds(), static_cast<std::uint32_t>(nanos)};
    return true;
  }

  bool read_ids(const proto::v1::TraceEvent& message, TraceEvent& event) noexcept {
    EventIds& ids = event.ids;
    if (!read_id(message.run_id(), ids.run_id)) return refuse("run_id has not 16 bytes");
    if (!read_id(message.trace_id(), ids.trace_id)) return refuse("trace_id has not 16 bytes");
    if (!read_id(message.span_id(), ids.span_id)) return refuse("span_id has not 8 bytes");
    if (!read_id(message.parent_span_id(), ids.parent_span_id)) {
      return refuse("parent_span_id has not 8 bytes");
    }
    if (message.has_origin()) {
      const proto::v1::Origin& origin = message.origin();
      event.origin = Origin{origin.instance(), origin.sequence(), origin.producer()};
    }
    if (!message.has_foreign_ids()) return true;
    const proto::v1::ForeignIds& foreign = message.foreign_ids();
    event.foreign_ids = {
        text_of(foreign.run_id(), foreign.raw_run_id()),
        text_of(foreign.trace_id(), foreign.raw_trace_id()),
        text_of(foreign.span_id(), foreign.raw_span_id()),
        text_of(foreign.parent_span_id(), foreign.raw_parent_span_id()),
    };
    return true;
  }

  template <class Id>
  static bool read_id(const std::string& bytes, Id& id) noexcept {
    if (bytes.empty()) return true;
    if (bytes.size() != id.bytes.size()) return false;
    std::memcpy(id.bytes.data(), bytes.data(), bytes.size());
    return true;
  }

  bool read_payload(const proto::v1::TraceEvent& message, TraceEvent& event) {
    for (const proto::v1::KeyValue& item : message.payload()) {
      Attribute attribute;
      if (!read_attribute(item, attribute)) return false;
      event.payload.add(std::move(attribute));
    }
    return true;
  }

  bool read_attribute(const proto::v1::KeyValue& message, Attribute& attribute) {
    attribute.key = text_of(message.key(), message.raw_key());
    return !message.has_value() || read_value(message.value(), attribute.value);
  }

  bool read_value(const proto::v1::Value& message, Value& value) {
    switch (message.kind_case()) {
      case proto::v1::Value::KIND_NOT_SET:
        // A later version's kind is an unknown field to this one: not to be taken for null.
        return message.GetReflection()->GetUnknownFields(message).empty() ||
               refuse("a value is of an unknown kind");
      case proto::v1::Value::kBoolValue:
        value = message.bool_value();
        return true;
      case proto::v1::Value::kIntValue:
        value = message.int_value();
        return true;
      case proto::v1::Value::kDoubleValue:
        value = message.double_value();
        return true;
      case proto::v1::Value::kStringValue:
        value = std::string_view(message.string_value());
        return true;
      case proto::v1::Value::kRawStringValue:
        value = std::string_view(message.raw_string_value());
        return true;
      case proto::v1::Value::kBytesValue:
        value = std::as_bytes(std::span(message.bytes_value()));
        return true;
      case proto::v1::Value::kArrayValue:
      case proto::v1::Value::kObjectValue:
        return read_nested(message, value);
    }
    return refuse("a value is of an unknown kind");
  }

  bool read_nested(const proto::v1::Value& message, Value& value) {
    if (++depth_ > kValueDepthMax) return refuse("values are nested too deep");
    const bool read = message.has_array_value() ? read_array(message.array_value(), value)
                                                : read_object(message.object_value(), value);
    --depth_;
    return read;
  }

  bool read_array(const proto::v1::Array& message, Value& value) {
    Value::Array items(static_cast<std::size_t>(message.values_size()));
    for (int i = 0; i < message.values_size(); ++i) {
      if (!read_value(message.values(i), items[static_cast<std::size_t>(i)])) return false;
    }
    value = Value::array(std::move(items));
    return true;
  }

  bool read_object(const proto::v1::Object& message, Value& value) {
    Value::Object members(static_cast<std::size_t>(message.members_size()));
    for (int i = 0; i < message.members_size(); ++i) {
      if (!read_attribute(message.members(i), members[static_cast<std::size_t>(i)])) return false;
    }
    value = Value::object(std::move(members));
    return true;
  }

  const char* fault_ = "";
  std::size_t depth_ = 0;
};

}  // namespace

void to_proto(const EventView& event, proto::v1::TraceEvent* message) {
  using Message = proto::v1::TraceEvent;
  const Timestamp time = event.timestamp();
  message->mutable_timestamp()->set_seconds(time.seconds);
  message->mutable_timestamp()->set_nanos(static_cast<std::int32_t>(time.nanoseconds));
  put_text(message, event.event_type(), &Message::mutable_event_type,
           &Message::mutable_raw_event_type);
  put_text(message, event.agent_name(), &Message::mutable_agent_name,
           &Message::mutable_raw_agent_name);
  put_text(message, event.pattern_type(), &Message::mutable_pattern_type,
           &Message::mutable_raw_pattern_type);
  for (const AttributeView& attribute : event.payload()) {
    put_attribute(attribute, message->add_payload());
  }
  const EventIds ids = event.ids();
  put_id(ids.run_id, &Message::mutable_run_id, message);
  put_id(ids.trace_id, &Message::mutable_trace_id, message);
  put_id(ids.span_id, &Message::mutable_span_id, message);
  put_id(ids.parent_span_id, &Message::mutable_parent_span_id, message);
  const Origin origin = event.origin();
  message->mutable_origin()->set_instance(origin.instance);
  message->mutable_origin()->set_producer(origin.producer);
  message->mutable_origin()->set_sequence(origin.sequence);
  const ForeignIds foreign = event.foreign_ids();
  if (!foreign.empty()) put_foreign_ids(foreign, message->mutable_foreign_ids());
}

absl::StatusOr<TraceEvent> from_proto(const proto::v1::TraceEvent& message) {
  TraceEvent event;
  MessageReader reader;
  if (!reader.read(message, event)) return absl::InvalidArgumentError(reader.fault());
  return event;
}

}  // namespace v1
}  // namespace tracebus
