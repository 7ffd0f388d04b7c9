// SPDX-License-Identifier: Apache-2.0
//
// Random spans: what an agent's decoder reads is what the event's view says the plain way.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "tracebus/core/json_writer.h"
#include "tracebus/core/profile.h"
#include "tracebus/core/utf8.h"
#include "tracebus/tests/core/random_event.h"
#include "tracebus/tests/datadog/node_agent.h"
#include "tracebus/tests/datadog/span_maker.h"
#include "tracebus/tests/exporters/event_maker.h"

namespace tracebus::testing {
namespace {

constexpr std::int64_t kExactMax = std::int64_t{1} << 53;

std::string mended(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const Utf8Sequence sequence = first_utf8_sequence(text);
    out += sequence.valid ? text.substr(0, sequence.length) : kReplacementCharacter;
    text.remove_prefix(sequence.length);
  }
  return out;
}

// What an attribute is in meta, or in metrics; neither for null.
struct Told {
  std::optional<std::string> text = {};
  std::optional<double> number = {};
};

Told told(const ValueView& value) {
  switch (value.type()) {
    case ValueType::kNull:
      return {};
    case ValueType::kString:
      return {.text = mended(value.as_string())};
    case ValueType::kBool:
      return {.text = value.as_bool() ? "true" : "false"};
    case ValueType::kInt64:
      if (std::abs(static_cast<double>(value.as_int64())) > static_cast<double>(kExactMax)) {
        return {.text = std::to_string(value.as_int64())};
      }
      if (value.as_int64() == kExactMax + 1 || value.as_int64() == -kExactMax - 1) {
        return {.text = std::to_string(value.as_int64())};
      }
      return {.number = static_cast<double>(value.as_int64())};
    case ValueType::kDouble:
      if (std::isnan(value.as_double())) return {.text = "NaN"};
      if (std::isinf(value.as_double())) {
        return {.text = value.as_double() > 0 ? "Infinity" : "-Infinity"};
      }
      return {.number = value.as_double()};
    default:
      std::string json;
      append_json_value(json, value);
      if (value.type() == ValueType::kBytes) json = json.substr(1, json.size() - 2);
      return {.text = json};
  }
}

// By the names that the agent is to read; of two attributes with a key the last.
std::map<std::string, Told> expected(const EventView& event) {
  std::map<std::string, ValueView> by_key;
  std::vector<std::string> order;
  for (const AttributeView& attribute : event.payload()) {
    const std::string key(attribute.key);
    if (is_span_field(AttributeKey::find(key)) && key != "span.truncated_bytes") continue;
    std::erase(order, key);
    order.push_back(key);
    by_key.insert_or_assign(key, attribute.value);
  }
  std::set<std::string> taken;
  const auto told_name = [](const std::string& key) {
    const std::string_view name = attribute_name(Profile::kGenAi, key);
    return name.empty() ? key : std::string(name);
  };
  for (const std::string& key : order) {
    if (told_name(key) == key) taken.insert(key);
  }
  std::map<std::string, Told> all;
  for (const std::string& key : order) {
    std::string name = told_name(key);
    if (name != key && !taken.insert(name).second) {
      if (!taken.insert(key).second) continue;
      name = key;
    }
    all.emplace(mended(name), told(by_key.at(key)));
  }
  return all;
}

void expect_same(const AgentSpan& span, const EventView& event) {
  const EventIds ids = event.ids();
  const std::string trace = ids.trace_id.hex();
  EXPECT_EQ(span.integers.at("trace_id"), std::stoull(trace.substr(16), nullptr, 16));
  EXPECT_EQ(span.integers.at("span_id"), std::stoull(ids.span_id.hex(), nullptr, 16));
  EXPECT_EQ(span.integers.at("parent_id"), std::stoull(ids.parent_span_id.hex(), nullptr, 16));
  const auto tid = span.meta.find("_dd.p.tid");
  EXPECT_EQ(tid == span.meta.end() ? std::string(16, '0') : tid->second, trace.substr(0, 16));
  const std::int64_t end_ns = std::max<std::int64_t>(event.timestamp().to_unix_ns(), 0);
  EXPECT_EQ(span.integers.at("start") + span.integers.at("duration"),
            static_cast<std::uint64_t>(end_ns));
  EXPECT_EQ(span.metrics.at("_sampling_priority_v1"), 1);
  for (const auto& [name, value] : expected(event)) {
    if (value.text) {
      const auto found = span.meta.find(name);
      ASSERT_NE(found, span.meta.end()) << name;
      EXPECT_EQ(found->second, *value.text) << name;
    } else if (value.number) {
      const auto found = span.metrics.find(name);
      ASSERT_NE(found, span.metrics.end()) << name;
      EXPECT_EQ(found->second, *value.number) << name;
    }
  }
}

TEST(RandomSpansTest, AnIndependentDecoderReadsWhatEventsSay) {
  constexpr std::uint64_t kSeed = 20260101;
  SCOPED_TRACE("seed " + std::to_string(kSeed));
  NodeAgent agent;
  DatadogOptions options = datadog_options(agent.socket_url());
  options.value_bytes_max = std::size_t{1} << 20;
  options.http.requests_max = 1;
  const auto exporter = *DatadogExporter::create(options);
  EventGenerator events(kSeed);
  std::size_t attributes = 0;
  for (int round = 0; round < 10 && !::testing::Test::HasFailure(); ++round) {
    EventMaker maker;
    for (std::int64_t i = 0; i < 50; ++i) {
      TraceEvent event = events.next();
      Payload payload = {{"span.kind", "TOOL"}, {"span.status", "ok"}, {"duration_ms", 0.001}};
      for (const Attribute& attribute : event.payload) {
        if (!is_span_field(AttributeKey::find(attribute.key))) payload.add(attribute);
      }
      event.payload = payload;
      attributes += payload.size();
      event.ids.trace_id = numbered_id<TraceId>(round);
      event.ids.trace_id.bytes[0] = static_cast<std::uint8_t>(round);
      event.ids.span_id = numbered_id<SpanId>(i);
      event.foreign_ids = {};
      maker.add(event);
    }
    EXPECT_EQ(exporter->export_batch(maker.batch(), within_a_minute()).lost(), 0u);
    const AgentRequest request = agent.next();
    ASSERT_EQ(request.traces.size(), 1u);
    ASSERT_EQ(request.traces[0].size(), 50u);
    const Batch batch = maker.batch();
    for (std::size_t i = 0; i < 50; ++i) expect_same(request.traces[0][i], batch.events[i]);
  }
  EXPECT_GT(attributes, 2000u);
}

}  // namespace
}  // namespace tracebus::testing
