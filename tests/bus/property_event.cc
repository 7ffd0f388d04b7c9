// SPDX-License-Identifier: Apache-2.0
#include "tracebus/tests/bus/property_event.h"

#include <array>
#include <sstream>

namespace tracebus::testing {
namespace {

constexpr std::size_t kTextBytesMax = 3000;
constexpr std::size_t kLargeTextBytesMax = 150'000;  // beside the rings

// Any slice of this text differs from any slice of the same length that starts elsewhere.
const std::string& text_source() {
  static const std::string source = [] {
    std::string text;
    for (int i = 0; text.size() < kLargeTextBytesMax + kTextBytesMax; ++i) {
      text += std::to_string(i * 7919) + ";";
    }
    return text;
  }();
  return source;
}

std::string_view text_of(PropertyRandom& random) {
  static constexpr std::array<std::uint64_t, 8> kBounds = {1,  16,  16,  40,
                                                           40, 300, 300, kTextBytesMax};
  const std::uint64_t bound = kBounds[random.below(random.one_in(8) ? 8 : 6)];
  const std::uint64_t length = random.below(random.one_in(500) ? kLargeTextBytesMax : bound);
  return std::string_view(text_source()).substr(random.below(kTextBytesMax), length);
}

template <std::size_t kSize>
std::string_view pick(const std::string_view (&texts)[kSize], PropertyRandom& random) {
  return texts[random.below(kSize)];
}

template <class Emitter, class Ids>
EmitResult emit_typed(Emitter& emitter, const EventShape& shape, const Ids& ids) noexcept {
  const EventType type = EventType::find(shape.type);
  const std::int64_t producer = shape.producer;
  const std::int64_t number = shape.number;
  if (shape.secret) {
    return emitter.emit(type, ids, shape.agent, shape.pattern, attr<"p">(producer),
                        attr<"n">(number), attr<"value">(shape.value), attr<"ratio">(shape.ratio),
                        attr<"text">(shape.text), attr<"model">(shape.model),
                        attr<"property.secret">(shape.value));
  }
  return emitter.emit(type, ids, shape.agent, shape.pattern, attr<"p">(producer), attr<"n">(number),
                      attr<"value">(shape.value), attr<"ratio">(shape.ratio),
                      attr<"text">(shape.text), attr<"model">(shape.model));
}

template <class Emitter>
EmitResult emit_friendly(Emitter& emitter, const EventShape& shape) noexcept {
  TraceEvent event;
  event.event_type = shape.type;
  event.agent_name = shape.agent;
  event.pattern_type = shape.pattern;
  event.ids = shape.ids;
  event.payload = {{"p", shape.producer},
                   {"n", shape.number},
                   {"value", shape.value},
                   {"ratio", shape.ratio},
                   {"text", shape.text}};
  if (!shape.model.empty()) event.payload.add("model", shape.model);
  if (shape.secret) event.payload.add(kSecretKey, shape.value);
  return emitter.emit(event);
}

template <class Emitter>
EmitResult emit_either(Emitter& emitter, const EventShape& shape) noexcept {
  if (!shape.typed) return emit_friendly(emitter, shape);
  return shape.ids.is_none() ? emit_typed(emitter, shape, kNoIds)
                             : emit_typed(emitter, shape, shape.ids);
}

}  // namespace

RunId property_run(std::uint64_t index) noexcept {
  return RunId::from_foreign("run-" + std::to_string(index));
}

TraceId property_trace(std::uint64_t index) noexcept {
  return TraceId::from_foreign("trace-" + std::to_string(index));
}

void register_property_names() {
  AttributeKey::registered_content(kSecretKey);
  EventType::registered("property.registered");
}

EventShape shape_of(std::uint64_t seed, std::uint32_t producer, std::uint32_t number) noexcept {
  PropertyRandom random(seed * 0x9E3779B9u + (std::uint64_t{producer} << 32 | number));
  EventShape shape;
  shape.producer = producer;
  shape.number = number;
  shape.type = pick(kPropertyTypes, random);
  shape.agent = pick(kPropertyAgents, random);
  shape.pattern = pick(kPropertyPatterns, random);
  shape.text = text_of(random);
  shape.value = static_cast<std::int64_t>(random.below(1000));
  shape.ratio = static_cast<double>(random.below(1000)) / 8;
  shape.typed = random.one_in(2) && shape.type != "property.unregistered";
  shape.secret = random.one_in(4);
  if (shape.typed || random.one_in(2)) shape.model = pick(kPropertyModels, random);
  if (random.one_in(2)) {
    static constexpr std::uint64_t kRuns = 3;
    static const std::array<RunId, kRuns> runs = {property_run(0), property_run(1),
                                                  property_run(2)};
    static const std::array<TraceId, kRuns> traces = {property_trace(0), property_trace(1),
                                                      property_trace(2)};
    shape.ids.run_id = runs[random.below(kRuns)];
    shape.ids.trace_id = traces[random.below(kRuns)];
  }
  return shape;
}

EmitResult emit_shape(TraceEventBus& bus, const EventShape& shape) noexcept {
  return emit_either(bus, shape);
}

EmitResult emit_shape(Producer& producer, const EventShape& shape) noexcept {
  return emit_either(producer, shape);
}

std::optional<Identity> identity_of(const EventView& event) noexcept {
  const auto producer = event.find("p");
  const auto number = event.find("n");
  if (!producer || producer->type() != ValueType::kInt64) return std::nullopt;
  if (!number || number->type() != ValueType::kInt64) return std::nullopt;
  return Identity{static_cast<std::uint32_t>(producer->as_int64()),
                  static_cast<std::uint32_t>(number->as_int64())};
}

std::string damage_of(const EventView& event, const EventShape& shape, bool secret_visible) {
  std::ostringstream damage;
  const auto expect = [&](std::string_view what, const auto& seen, const auto& wanted) {
    if (seen != wanted) damage << ' ' << what << " is " << seen << " and not " << wanted << ';';
  };
  const auto number_at = [&](std::string_view key) {
    const auto found = event.find(key);
    return found && found->type() == ValueType::kInt64 ? found->as_int64() : -1;
  };
  const auto text_at = [&](std::string_view key) {
    const auto found = event.find(key);
    return found && found->type() == ValueType::kString ? found->as_string() : std::string_view();
  };
  expect("type", event.event_type(), shape.type);
  expect("agent", event.agent_name(), shape.agent);
  expect("pattern", event.pattern_type(), shape.pattern);
  expect("value", number_at("value"), shape.value);
  const auto ratio = event.find("ratio");
  expect("ratio", ratio && ratio->type() == ValueType::kDouble ? ratio->as_double() : -1.0,
         shape.ratio);
  expect("text", text_at("text"), shape.text);
  expect("model", text_at("model"), shape.model);
  expect("secret", number_at(kSecretKey), shape.secret && secret_visible ? shape.value : -1);
  expect("run", event.run_id().hex(), shape.ids.run_id.hex());
  expect("trace", event.trace_id().hex(), shape.ids.trace_id.hex());
  int attributes = 0;
  for ([[maybe_unused]] const AttributeView& attribute : event.payload()) ++attributes;
  expect("number of attributes", attributes,
         5 + (shape.model.empty() ? 0 : 1) + (shape.secret && secret_visible ? 1 : 0));
  return damage.str();
}

}  // namespace tracebus::testing
