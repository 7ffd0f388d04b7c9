// SPDX-License-Identifier: Apache-2.0
//
// The oracle is libprotobuf: what it reads of our JSON is what it reads of the bytes.
#include "tracebus/exporters/otlp/otlp_json.h"

#include <gtest/gtest.h>
#include <otlp.pb.h>

#include <fstream>
#include <limits>
#include <random>
#include <sstream>
#include <string>

#include "tracebus/exporters/otlp/otlp_encoder.h"
#include "tracebus/exporters/otlp/trace_request.h"
#include "tracebus/tests/core/random_event.h"
#include "tracebus/tests/otlp/json_peer.h"
#include "tracebus/tests/otlp/span_maker.h"
#include "tracebus/tests/source_folder.h"

namespace tracebus::testing {
namespace {

namespace otlp = tests::otlp;

std::string json_of(const OtlpMessage& schema, const std::string& message) {
  std::string out = "before";
  EXPECT_TRUE(append_otlp_json(out, schema, message));
  EXPECT_EQ(out.substr(0, 6), "before");
  EXPECT_EQ(out.find('\n'), std::string::npos);
  return out.substr(6);
}

std::string json_of(const otlp::TracesData& message) {
  return json_of(kTracesData, message.SerializeAsString());
}

// Letter by letter what OTLP's specification and proto3's say.
TEST(OtlpJsonTest, ASpanByTheLetter) {
  otlp::TracesData traces;
  otlp::ResourceSpans& of_resource = *traces.add_resource_spans();
  of_resource.mutable_resource();
  otlp::Span& span = *of_resource.add_scope_spans()->add_spans();
  span.set_trace_id(
      std::string("\x5b\x8e\xff\xf7\x98\x03\x81\x03\xd2\x69\xb6\x33\x81\x3f\xc6\0", 16));
  span.set_span_id("\xee\xe1\x9b\x7e\xc3\xc1\xb1\x74");
  span.set_name("a \"b\"\n\xe2\x82\xac");
  span.set_kind(3);
  span.set_start_time_unix_nano(1544712660000000000);
  span.set_end_time_unix_nano(std::numeric_limits<std::uint64_t>::max());
  span.set_dropped_attributes_count(4294967295u);
  span.set_flags(0x101);
  span.mutable_status()->set_code(2);
  EXPECT_EQ(json_of(traces),
            R"({"resourceSpans":[{"resource":{},"scopeSpans":[{"spans":[{)"
            R"("traceId":"5b8efff798038103d269b633813fc600","spanId":"eee19b7ec3c1b174",)"
            R"("name":"a \"b\"\n€","kind":3,"startTimeUnixNano":"1544712660000000000",)"
            R"("endTimeUnixNano":"18446744073709551615","droppedAttributesCount":4294967295,)"
            R"("status":{"code":2},"flags":257}]}]}]})");
}

TEST(OtlpJsonTest, EveryValueByTheLetter) {
  otlp::LogsData logs;
  otlp::LogRecord& record = *logs.add_resource_logs()->add_scope_logs()->add_log_records();
  const auto add = [&](const char* key) -> otlp::AnyValue& {
    otlp::KeyValue& attribute = *record.add_attributes();
    attribute.set_key(key);
    return *attribute.mutable_value();
  };
  add("null");
  add("no").set_bool_value(false);
  add("yes").set_bool_value(true);
  add("zero").set_int_value(0);
  add("least").set_int_value(std::numeric_limits<std::int64_t>::min());
  add("half").set_double_value(0.5);
  add("nan").set_double_value(std::numeric_limits<double>::quiet_NaN());
  add("over").set_double_value(std::numeric_limits<double>::infinity());
  add("under").set_double_value(-std::numeric_limits<double>::infinity());
  add("bytes").set_bytes_value(std::string("\xfb\xff\xfe\0", 4));
  add("none").mutable_array_value();
  add("pair").mutable_kvlist_value()->add_values()->set_key("k");
  add("list").mutable_array_value()->add_values()->set_string_value("");
  record.mutable_body()->set_string_value("x");
  record.set_event_name("handoff");
  EXPECT_EQ(json_of(kLogsData, logs.SerializeAsString()),
            R"({"resourceLogs":[{"scopeLogs":[{"logRecords":[{"body":{"stringValue":"x"},)"
            R"("attributes":[{"key":"null","value":{}},{"key":"no","value":{"boolValue":false}},)"
            R"({"key":"yes","value":{"boolValue":true}},{"key":"zero","value":{"intValue":"0"}},)"
            R"({"key":"least","value":{"intValue":"-9223372036854775808"}},)"
            R"({"key":"half","value":{"doubleValue":0.5}},{"key":"nan","value":)"
            R"({"doubleValue":"NaN"}},{"key":"over","value":{"doubleValue":"Infinity"}},)"
            R"({"key":"under","value":{"doubleValue":"-Infinity"}},)"
            R"({"key":"bytes","value":{"bytesValue":"+//+AA=="}},)"
            R"({"key":"none","value":{"arrayValue":{}}},)"
            R"({"key":"pair","value":{"kvlistValue":{"values":[{"key":"k"}]}}},)"
            R"({"key":"list","value":{"arrayValue":{"values":[{"stringValue":""}]}}}],)"
            R"("eventName":"handoff"}]}]}]})");
}

TEST(OtlpJsonTest, NumbersOfMetricsByTheLetter) {
  otlp::MetricsData metrics;
  otlp::Metric& metric = *metrics.add_resource_metrics()->add_scope_metrics()->add_metrics();
  metric.set_name("otel.sdk.span.started");
  otlp::Sum& sum = *metric.mutable_sum();
  sum.add_data_points()->set_as_int(-5);
  sum.add_data_points()->set_as_double(5);
  sum.set_aggregation_temporality(2);
  sum.set_is_monotonic(true);
  EXPECT_EQ(json_of(kMetricsData, metrics.SerializeAsString()),
            R"({"resourceMetrics":[{"scopeMetrics":[{"metrics":[{"name":"otel.sdk.span.started",)"
            R"("sum":{"dataPoints":[{"asInt":"-5"},{"asDouble":5.0}],"aggregationTemporality":2,)"
            R"("isMonotonic":true}}]}]}]})");
}

TEST(OtlpJsonTest, RandomSpansSayTheSameInEitherForm) {
  const std::uint64_t seed = std::random_device()();
  SCOPED_TRACE(seed);
  EventGenerator generator(seed);
  const TraceRequestFrame frame(Resource(), schema_url(Profile::kGenAi));
  for (std::uint64_t round = 0; round < 60; ++round) {
    BuiltBatch events;
    for (std::uint64_t i = 0; i < 20; ++i) {
      TraceEvent event = generator.next();
      event.payload.add("span.kind", "LLM");
      event.payload.add("span.status", "error");
      event.payload.add("span.status_message", "\xff");
      event.payload.add("duration_ms", 2.5);
      event.ids = numbered_ids(20 * round + i);
      events.add(event);
    }
    OtlpEncoder encoder;
    encoder.encode(events.batch());
    ASSERT_EQ(encoder.spans().size(), 20u);
    const std::string bytes = frame.request(encoder.spans(), 0, 20).joined();
    otlp::TracesData told;
    ASSERT_TRUE(told.ParseFromString(bytes));
    make_nans_alike(told);
    const auto read = read_otlp_json<otlp::TracesData>(json_of(kTracesData, bytes));
    ASSERT_EQ(read.SerializeAsString(), told.SerializeAsString());
  }
}

std::string example(const std::string& name) {
  std::ifstream file(std::string(TRACEBUS_TEST_DATA) + "/otlp/examples/" + name);
  EXPECT_TRUE(file.good()) << name;
  return (std::ostringstream() << file.rdbuf()).str();
}

// Of requests that others wrote, what is read of them is what is read after they went through us.
template <class Message>
void expect_same_through_us(const OtlpMessage& schema, const std::string& name, bool strictly) {
  const auto given = read_otlp_json<Message>(example(name), strictly);
  ASSERT_GT(given.ByteSizeLong(), 100u);
  const std::string json = json_of(schema, given.SerializeAsString());
  EXPECT_EQ(read_otlp_json<Message>(json).SerializeAsString(), given.SerializeAsString()) << name;
}

TEST(OtlpJsonTest, TheExamplesOfOpentelemetryProto) {
  expect_same_through_us<otlp::TracesData>(kTracesData, "trace.json", true);
  expect_same_through_us<otlp::LogsData>(kLogsData, "logs.json", true);
  expect_same_through_us<otlp::LogsData>(kLogsData, "events.json", true);
  // Its histograms are not ours to write.
  expect_same_through_us<otlp::MetricsData>(kMetricsData, "metrics.json", false);
}

TEST(OtlpJsonTest, RepeatedFieldsAreGatheredAndOfOthersTheLastIsTold) {
  otlp::ScopeSpans first;
  first.add_spans()->set_name("a");
  first.set_schema_url("one");
  otlp::ScopeSpans second;
  second.add_spans()->set_name("b");
  second.set_schema_url("two");
  // libprotobuf would put them in order, so the bytes are put together here.
  const std::string scope = first.SerializeAsString() + second.SerializeAsString();
  const auto delimited = [](char tag, const std::string& bytes) {
    return std::string{tag, static_cast<char>(bytes.size())} + bytes;
  };
  const std::string bytes = delimited('\x0a', delimited('\x12', scope));
  EXPECT_EQ(json_of(kTracesData, bytes),
            R"({"resourceSpans":[{"scopeSpans":[{"spans":[{"name":"a"},{"name":"b"}],)"
            R"("schemaUrl":"two"}]}]})");
}

TEST(OtlpJsonTest, WhatTheSchemaDoesNotHaveIsLeftOut) {
  EXPECT_EQ(json_of(kTracesData, ""), "{}");
  EXPECT_EQ(json_of(kTracesData, std::string("\x08\1\x12\2hi\x9a\x06\1x", 10)), "{}");
  EXPECT_EQ(json_of(kTracesData, std::string("\x0a\x04\x0a\0\x10\1", 6)),
            R"({"resourceSpans":[{"resource":{}}]})");
}

TEST(OtlpJsonTest, DamagedBytesLeaveNothingBehind) {
  otlp::TracesData traces;
  otlp::Span& span = *traces.add_resource_spans()->add_scope_spans()->add_spans();
  span.set_name("name");
  span.add_attributes()->mutable_value()->set_int_value(1 << 20);
  const std::string bytes = traces.SerializeAsString();
  for (std::size_t size = 1; size < bytes.size(); ++size) {
    std::string out = "before";
    EXPECT_FALSE(append_otlp_json(out, kTracesData, bytes.substr(0, size))) << size;
    EXPECT_EQ(out, "before");
  }
}

TEST(OtlpJsonTest, ValuesAreToldAsDeepAsEventsMayBeAndNoDeeper) {
  const auto nested = [](int depth) {
    otlp::TracesData traces;
    otlp::Span& span = *traces.add_resource_spans()->add_scope_spans()->add_spans();
    otlp::AnyValue* value = span.add_attributes()->mutable_value();
    for (int i = 0; i < depth; ++i) {
      value = value->mutable_kvlist_value()->add_values()->mutable_value();
    }
    value->set_int_value(1);
    return traces.SerializeAsString();
  };
  std::string out;
  EXPECT_TRUE(append_otlp_json(out, kTracesData, nested(static_cast<int>(kValueDepthMax))));
  EXPECT_FALSE(append_otlp_json(out, kTracesData, nested(300)));
}

}  // namespace
}  // namespace tracebus::testing
