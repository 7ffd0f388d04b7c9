// SPDX-License-Identifier: Apache-2.0
#include "tracebus/exporters/otlp/otlp_encoder.h"

#include <gtest/gtest.h>
#include <otlp.pb.h>

#include <string>

#include "tracebus/exporters/otlp/trace_request.h"
#include "tracebus/tests/otlp/span_maker.h"

namespace tracebus::testing {
namespace {

TEST(OtlpEncoderTest, EachSpanIsAUnitAndTheRestIsCounted) {
  BuiltBatch events;
  events.add(numbered_span(1, "gpt-4o"));
  events.add({.event_type = "routing_decision", .ids = numbered_ids(1)});
  events.add(numbered_span(2, "sonnet"));
  OtlpEncoder encoder;
  const ExportResult result = encoder.encode(events.batch());
  EXPECT_EQ(result.processed, 1u);
  EXPECT_EQ(result.lost(), 1u);
  ASSERT_EQ(encoder.spans().size(), 2u);
  const TraceRequestFrame frame(Resource(), schema_url(Profile::kGenAi));
  tests::otlp::TracesData message;
  ASSERT_TRUE(message.ParseFromString(frame.request(encoder.spans(), 0, 2).joined()));
  const auto& spans = message.resource_spans(0).scope_spans(0).spans();
  ASSERT_EQ(spans.size(), 2);
  EXPECT_EQ(spans[0].name(), "chat gpt-4o");
  EXPECT_EQ(spans[1].name(), "chat sonnet");
}

TEST(OtlpEncoderTest, OtherEventsAreLogRecordsWhereThatIsWanted) {
  BuiltBatch events;
  events.add(numbered_span(1, "gpt-4o"));
  events.add({.event_type = "routing_decision", .ids = numbered_ids(1)});
  events.add({.event_type = "llm_call_start", .payload = {{"span.kind", "LLM"}}});
  OtlpEncoder encoder({.logs = true});
  EXPECT_EQ(encoder.encode(events.batch()).processed, 1u) << "the start of a span of ours";
  EXPECT_EQ(encoder.spans().size(), 1u);
  ASSERT_EQ(encoder.logs().size(), 1u);
  const TraceRequestFrame frame(Resource(), schema_url(Profile::kGenAi));
  tests::otlp::LogsData message;
  ASSERT_TRUE(message.ParseFromString(frame.request(encoder.logs(), 0, 1).joined()));
  EXPECT_EQ(message.resource_logs(0).scope_logs(0).log_records(0).event_name(), "routing_decision");
  OtlpEncoder logs_alone({.spans = false, .logs = true});
  EXPECT_EQ(logs_alone.encode(events.batch()).processed, 2u);
  EXPECT_EQ(logs_alone.spans().size(), 0u);
}

TEST(OtlpEncoderTest, ABatchTakesThePlaceOfTheOneBefore) {
  BuiltBatch events;
  events.add(numbered_span(1, "gpt-4o"));
  OtlpEncoder encoder;
  encoder.encode(events.batch());
  encoder.encode(events.batch());
  EXPECT_EQ(encoder.spans().size(), 1u);
}

}  // namespace
}  // namespace tracebus::testing
