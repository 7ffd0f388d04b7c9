// SPDX-License-Identifier: Apache-2.0
#include "tracebus/tests/core/random_event.h"

#include <algorithm>
#include <bit>
#include <limits>

namespace tracebus::testing {
namespace {

void append_code_point(std::string& text, std::uint32_t point) {
  const auto tail = [&](int shift) { text += static_cast<char>(0x80 | (point >> shift & 0x3F)); };
  if (point < 0x800) {
    text += static_cast<char>(0xC0 | point >> 6);
  } else if (point < 0x10000) {
    text += static_cast<char>(0xE0 | point >> 12);
    tail(6);
  } else {
    text += static_cast<char>(0xF0 | point >> 18);
    tail(12);
    tail(6);
  }
  tail(0);
}

}  // namespace

void EventGenerator::append_character(std::string& text, std::uint64_t kind) {
  if (kind < 12) {
    text += static_cast<char>(0x20 + below(0x5F));
  } else if (kind == 12) {
    text += static_cast<char>(below(0x20));
  } else if (kind == 13) {
    text += "\"\\/\x7F"[below(4)];
  } else if (kind == 14) {
    append_code_point(text,
                      static_cast<std::uint32_t>(0x80 + below(0x10FFFF - 0x80)));  // or a surrogate
  } else {
    text += static_cast<char>(random_());
  }
}

std::string_view EventGenerator::text(std::size_t length_max) {
  std::string& text = texts_.emplace_back();
  const std::size_t length = below(length_max + 1);
  const bool plain = one_in(2);
  while (text.size() < length) append_character(text, plain ? 0 : below(16));
  return text;
}

std::int64_t EventGenerator::integer() { return static_cast<std::int64_t>(random_()) >> below(64); }

double EventGenerator::real() {
  switch (below(4)) {
    case 0:
      return std::bit_cast<double>(random_());
    case 1:
      return static_cast<double>(integer());
    case 2:
      return static_cast<double>(below(1'000'000)) / 10'000;
    default: {
      constexpr double kEdges[] = {0.0,
                                   -0.0,
                                   std::numeric_limits<double>::min(),
                                   std::numeric_limits<double>::max(),
                                   std::numeric_limits<double>::denorm_min(),
                                   std::numeric_limits<double>::infinity(),
                                   -std::numeric_limits<double>::infinity(),
                                   std::numeric_limits<double>::quiet_NaN(),
                                   9007199254740993.0};
      return kEdges[below(std::size(kEdges))];
    }
  }
}

Timestamp EventGenerator::timestamp() {
  const auto nanoseconds = static_cast<std::uint32_t>(below(1'000'000'000));
  return {one_in(2) ? 1'700'000'000 + static_cast<std::int64_t>(below(100'000'000)) : integer(),
          one_in(4) ? nanoseconds / 1000 * 1000 : nanoseconds};
}

Value EventGenerator::value(int depth_max) {
  switch (below(depth_max > 0 ? 8 : 6)) {
    case 0:
      return nullptr;
    case 1:
      return one_in(2);
    case 2:
      return integer();
    case 3:
      return real();
    case 4:
      return text(40);
    case 5:
      return std::as_bytes(std::span(text(40)));
    case 6: {
      Value::Array items(below(5));
      for (Value& item : items) item = value(depth_max - 1);
      return Value::array(std::move(items));
    }
    default: {
      Value::Object members(below(5));
      for (Attribute& member : members) member = {text(12), value(depth_max - 1)};
      return Value::object(std::move(members));
    }
  }
}

std::string_view EventGenerator::key() {
  constexpr std::string_view kKeys[] = {"model",    "input_tokens", "output_tokens", "cost_usd",
                                        "messages", "duration_ms",  "response",      "temperature"};
  return one_in(2) ? kKeys[below(std::size(kKeys))] : text(24);
}

const TraceEvent& EventGenerator::next() {
  constexpr std::string_view kTypes[] = {"llm_call", "agent_start", "error", "prompt_log"};
  event_ = {};
  texts_.clear();
  if (one_in(2)) event_.timestamp = timestamp();
  event_.event_type = one_in(2) ? kTypes[below(std::size(kTypes))] : text(40);
  event_.agent_name = text(60);
  event_.pattern_type = text(20);
  for (std::uint64_t count = below(one_in(8) ? 30 : 6); count != 0; --count) {
    const std::string_view name = key();
    event_.payload.add(name, value(3));
  }
  if (one_in(2)) event_.ids = {id<RunId>(), id<TraceId>(), id<SpanId>(), id<SpanId>()};
  if (one_in(4)) event_.ids.parent_span_id = {};
  if (one_in(4)) event_.foreign_ids.run_id = text(20);
  if (one_in(4)) event_.foreign_ids.trace_id = text(40);
  if (one_in(4)) event_.foreign_ids.span_id = text(10);
  if (one_in(4)) event_.foreign_ids.parent_span_id = text(10);
  if (one_in(3))
    event_.origin = Origin{random_(), random_(), static_cast<std::uint32_t>(random_())};
  return event_;
}

bool same(const Value& given, const ValueView& seen) {
  if (given.type() != seen.type()) return false;
  switch (given.type()) {
    case ValueType::kNull:
      return seen.is_null();
    case ValueType::kBool:
      return given.as_bool() == seen.as_bool();
    case ValueType::kInt64:
      return given.as_int64() == seen.as_int64();
    case ValueType::kDouble:
      return std::bit_cast<std::uint64_t>(given.as_double()) ==
             std::bit_cast<std::uint64_t>(seen.as_double());
    case ValueType::kString:
      return given.as_string() == seen.as_string();
    case ValueType::kBytes:
      return std::ranges::equal(given.as_bytes(), seen.as_bytes());
    case ValueType::kArray: {
      auto item = given.as_array().begin();
      for (const ValueView& view : seen.as_array()) {
        if (item == given.as_array().end() || !same(*item++, view)) return false;
      }
      return item == given.as_array().end();
    }
    case ValueType::kObject: {
      auto member = given.as_object().begin();
      for (const AttributeView& view : seen.as_object()) {
        if (member == given.as_object().end() || member->key != view.key) return false;
        if (!same((member++)->value, view.value)) return false;
      }
      return member == given.as_object().end();
    }
  }
  return false;
}

}  // namespace tracebus::testing
