// SPDX-License-Identifier: Apache-2.0
#include "tracebus/tests/otlp_peer/random_spans.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstdio>
#include <cstring>

#include "tracebus/core/utf8.h"

namespace tracebus::testing {
namespace {

constexpr std::uint64_t kFirstEndNs = 1'749'479'521'000'000'000;

struct Kind {
  const char* name;
  const char* prefix;     // of the span's name
  const char* operation;  // empty: none
  int number;
};
constexpr std::array<Kind, 4> kKinds = {{{"LLM", "chat ", "chat", 3},
                                         {"TOOL", "execute_tool ", "execute_tool", 1},
                                         {"AGENT", "invoke_agent ", "invoke_agent", 1},
                                         {"GUARD", "", "", 1}}};

struct Status {
  const char* name;
  int code;
};
constexpr std::array<Status, 3> kStatuses = {{{"unset", 0}, {"ok", 1}, {"error", 2}}};

std::string hex(const void* bytes, std::size_t size) {
  std::string out;
  for (std::size_t i = 0; i < size; ++i) {
    std::array<char, 3> digits;
    std::snprintf(digits.data(), digits.size(), "%02x",
                  static_cast<const unsigned char*>(bytes)[i]);
    out += digits.data();
  }
  return out;
}

// As JSON.stringify has it, of what is left of a text that no ill-formed UTF-8 is.
std::string quoted(std::string_view text) {
  std::string out = "\"";
  while (!text.empty()) {
    const Utf8Sequence sequence = first_utf8_sequence(text);
    const std::string_view one =
        sequence.valid ? text.substr(0, sequence.length) : kReplacementCharacter;
    text.remove_prefix(sequence.length);
    constexpr std::string_view kShort = "\b\t\n\f\r\"\\";
    constexpr std::string_view kLetters = "btnfr\"\\";
    if (const std::size_t at = kShort.find(one); at != std::string_view::npos) {
      out += std::string("\\") + kLetters[at];
    } else if (static_cast<unsigned char>(one[0]) < 0x20) {
      out += "\\u00" + hex(one.data(), 1);
    } else {
      out += one;
    }
  }
  return out + '"';
}

std::string bits_of(double number) {
  if (std::isnan(number)) return "nan";
  std::array<char, 17> digits;
  std::snprintf(digits.data(), digits.size(), "%016llx",
                static_cast<unsigned long long>(std::bit_cast<std::uint64_t>(number)));
  return digits.data();
}

std::string joined(const std::vector<std::string>& items) {
  std::string out = "[";
  for (const std::string& item : items) {
    if (out.size() > 1) out += ',';
    out += item;
  }
  return out + ']';
}

std::string told_value(const Value& value) {
  std::vector<std::string> items;
  switch (value.type()) {
    case ValueType::kNull:
      return "null";
    case ValueType::kBool:
      return value.as_bool() ? "true" : "false";
    case ValueType::kInt64:
      return "{\"int\":\"" + std::to_string(value.as_int64()) + "\"}";
    case ValueType::kDouble:
      return "{\"double\":\"" + bits_of(value.as_double()) + "\"}";
    case ValueType::kString:
      return quoted(value.as_string());
    case ValueType::kBytes:
      return "{\"bytes\":\"" + hex(value.as_bytes().data(), value.as_bytes().size()) + "\"}";
    case ValueType::kArray:
      for (const Value& item : value.as_array()) items.push_back(told_value(item));
      return joined(items);
    default:
      for (const Attribute& member : value.as_object()) {
        items.push_back("[" + quoted(member.key) + "," + told_value(member.value) + "]");
      }
      return "{\"members\":" + joined(items) + "}";
  }
}

std::string told_pairs(std::vector<std::pair<std::string, std::string>> pairs) {
  std::sort(pairs.begin(), pairs.end());
  std::vector<std::string> items;
  for (const auto& [name, value] : pairs) items.push_back("[" + quoted(name) + "," + value + "]");
  return joined(items);
}

template <class Id>
std::string told_id(const Id& id) {
  const bool is_none = id == Id{};
  return "\"" + (is_none ? std::string() : hex(id.bytes.data(), id.bytes.size())) + "\"";
}

}  // namespace

std::uint64_t RandomSpans::below(std::uint64_t bound) {
  return static_cast<std::uint64_t>(generator_.integer()) % bound;
}

const TraceEvent& RandomSpans::next() {
  event_ = {};
  event_.ids = generator_.next().ids;  // and what was borrowed before is gone
  ++number_;
  std::memcpy(event_.ids.trace_id.bytes.data(), &number_, sizeof number_);
  std::memcpy(event_.ids.span_id.bytes.data(), &number_, sizeof number_);
  event_.event_type = "llm_call_end";
  const std::uint64_t end_ns = kFirstEndNs + number_ * 1'000'000'007;
  event_.timestamp = Timestamp::from_unix_ns(static_cast<std::int64_t>(end_ns));
  const std::uint64_t duration_us = below(10'000'000);
  const std::uint64_t start_ns = end_ns - duration_us * 1000;
  const Kind& kind = kKinds[below(kKinds.size())];
  const Status& status = kStatuses[below(kStatuses.size())];
  const std::string_view name = generator_.text(100);
  const std::string_view message = generator_.text(30);
  const bool has_message = status.code == 2 && below(2) == 0;
  event_.payload = {{"span.kind", kind.name},
                    {"span.status", status.name},
                    {"duration_ms", static_cast<double>(duration_us) / 1000},
                    {"span.name", name}};
  if (has_message) event_.payload.add("span.status_message", message);
  Pairs pairs = add_attributes();
  if (*kind.operation != '\0') pairs.emplace_back("gen_ai.operation.name", quoted(kind.operation));
  const std::string dropped = std::to_string(below(3));
  event_.payload.add("span.dropped_attributes", static_cast<std::int64_t>(std::stoi(dropped)));
  const std::string events = add_events(start_ns);
  const std::string links = add_links();
  told_ = "{\"trace\":" + told_id(event_.ids.trace_id) +
          ",\"span\":" + told_id(event_.ids.span_id) +
          ",\"parent\":" + told_id(event_.ids.parent_span_id) +
          ",\"state\":\"\",\"flags\":0,\"name\":" + quoted(kind.prefix + std::string(name)) +
          ",\"kind\":" + std::to_string(kind.number) + ",\"start\":\"" + std::to_string(start_ns) +
          "\",\"end\":\"" + std::to_string(end_ns) +
          "\",\"attributes\":" + told_pairs(std::move(pairs)) + ",\"dropped\":" + dropped +
          ",\"events\":" + events + ",\"dropped_events\":0,\"links\":" + links +
          ",\"dropped_links\":0,\"code\":" + std::to_string(status.code) +
          ",\"message\":" + quoted(has_message ? message : std::string_view()) + "}";
  return event_;
}

// Of the span: the agent's name, some that have names of their own, and what is anybody's.
RandomSpans::Pairs RandomSpans::add_attributes() {
  Pairs pairs;
  event_.agent_name = generator_.text(40);
  event_.pattern_type = generator_.text(20);
  if (!event_.agent_name.empty()) {
    pairs.emplace_back("gen_ai.agent.name", quoted(event_.agent_name));
  }
  if (!event_.pattern_type.empty()) {
    pairs.emplace_back("gen_ai.workflow.name", quoted(event_.pattern_type));
  }
  if (event_.ids.run_id != RunId{} && event_.ids.run_id.bytes != event_.ids.trace_id.bytes) {
    pairs.emplace_back("tracebus.run_id", told_id(event_.ids.run_id));
  }
  if (below(2) == 0) {
    const Value model = generator_.text(200);
    event_.payload.add("model", model);
    pairs.emplace_back("gen_ai.request.model", told_value(model));
  }
  static constexpr std::array<const char*, 6> kKeys = {"a", "b.c", "d_e", "f-g", "h i", "\xc3\xbc"};
  for (std::size_t i = below(kKeys.size() + 1); i != 0; --i) {
    const Value value = generator_.value(3);
    event_.payload.add(kKeys[i - 1], value);
    pairs.emplace_back(kKeys[i - 1], told_value(value));
  }
  return pairs;
}

Value RandomSpans::attributes_of(Pairs& pairs) {
  Value::Object members;
  static constexpr std::array<const char*, 3> kKeys = {"why", "what", "who"};
  for (std::size_t i = below(kKeys.size() + 1); i != 0; --i) {
    const Value value = generator_.value(2);
    members.push_back({kKeys[i - 1], value});
    pairs.emplace_back(kKeys[i - 1], told_value(value));
  }
  return Value::object(std::move(members));
}

std::string RandomSpans::add_events(std::uint64_t start_ns) {
  Value::Array notes;
  std::vector<std::string> told;
  for (std::uint64_t i = below(3); i != 0; --i) {
    Pairs pairs;
    const Value attributes = attributes_of(pairs);
    const std::string_view name = generator_.text(20);
    const std::uint64_t offset_ns = below(1'000'000);
    notes.push_back(Value::object({{"name", name},
                                   {"offset_ns", static_cast<std::int64_t>(offset_ns)},
                                   {"attributes", attributes}}));
    told.push_back("{\"time\":\"" + std::to_string(start_ns + offset_ns) + "\",\"name\":" +
                   quoted(name) + ",\"attributes\":" + told_pairs(pairs) + ",\"dropped\":0}");
  }
  if (!notes.empty()) event_.payload.add("span.events", Value::array(std::move(notes)));
  return joined(told);
}

std::string RandomSpans::add_links() {
  Value::Array notes;
  std::vector<std::string> told;
  for (std::uint64_t i = below(3); i != 0; --i) {
    Pairs pairs;
    const Value attributes = attributes_of(pairs);
    notes.push_back(Value::object({{"trace_id", "000102030405060708090a0b0c0d0e0f"},
                                   {"span_id", "0001020304050607"},
                                   {"attributes", attributes}}));
    told.push_back(
        "{\"trace\":\"000102030405060708090a0b0c0d0e0f\",\"span\":\"0001020304050607\","
        "\"state\":\"\",\"attributes\":" +
        told_pairs(pairs) + ",\"dropped\":0,\"flags\":0}");
  }
  if (!notes.empty()) event_.payload.add("span.links", Value::array(std::move(notes)));
  return joined(told);
}

}  // namespace tracebus::testing
