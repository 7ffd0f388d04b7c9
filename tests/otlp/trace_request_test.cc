// SPDX-License-Identifier: Apache-2.0
//
// Requests as a receiver reads them.
#include "tracebus/exporters/otlp/trace_request.h"

#include <gtest/gtest.h>
#include <otlp.pb.h>

#include <string>
#include <vector>

#include "tracebus/core/protobuf_wire.h"
#include "tracebus/core/version.h"

namespace tracebus::testing {
namespace {

namespace otlp = tests::otlp;

constexpr std::string_view kUrl = "https://opentelemetry.io/schemas/1.41.0";

// A unit of so many bytes: ScopeSpans.spans with a span of which only the name is said.
void add_span(EncodedBatch& batch, std::size_t bytes) {
  ASSERT_GE(bytes, 8u);
  otlp::ScopeSpans message;
  otlp::Span& span = *message.add_spans();
  // The name's length has as many bytes as it takes, which is guessed from both sides.
  for (std::size_t name = bytes - std::min<std::size_t>(bytes, 12);; ++name) {
    span.set_name(std::string(name, 'n'));
    if (message.ByteSizeLong() >= bytes) break;
  }
  const std::string unit = message.SerializeAsString();
  char* const room = batch.room(unit.size());
  unit.copy(room, unit.size());
  batch.end_unit(room + unit.size());
}

otlp::TracesData read(const TraceRequest& request) {
  otlp::TracesData message;
  EXPECT_TRUE(message.ParseFromString(request.joined()));
  EXPECT_EQ(request.joined().size(), request.size_bytes());
  EXPECT_EQ(message.resource_spans_size(), 1);
  EXPECT_EQ(message.resource_spans(0).scope_spans_size(), 1);
  return message;
}

TEST(TraceRequestTest, SaysResourceScopeAndSchemaOfItsSpans) {
  Resource resource;
  resource.set("service.name", "swarm");
  EncodedBatch batch;
  for (const std::size_t bytes : {20, 30, 40}) add_span(batch, bytes);
  const TraceRequestFrame frame(resource, kUrl);
  const TraceRequest request = frame.request(batch, 1, 3);
  EXPECT_EQ(request.spans.data(), batch.units(1, 3).data()) << "spans are not copied";
  const otlp::TracesData message = read(request);
  const otlp::ResourceSpans& of_resource = message.resource_spans(0);
  EXPECT_EQ(of_resource.resource().SerializeAsString(), resource.encoded());
  EXPECT_EQ(of_resource.schema_url(), kUrl);
  const otlp::ScopeSpans& of_scope = of_resource.scope_spans(0);
  EXPECT_EQ(of_scope.scope().name(), "tracebus");
  EXPECT_EQ(of_scope.scope().version(), version());
  EXPECT_EQ(of_scope.schema_url(), kUrl);
  ASSERT_EQ(of_scope.spans_size(), 2);
  EXPECT_LT(of_scope.spans(0).name().size(), of_scope.spans(1).name().size());
  EXPECT_EQ(message.SerializeAsString(), request.joined()) << "nothing is there twice or unknown";
}

TEST(TraceRequestTest, WithoutASchemaNothingStandsBehindTheSpans) {
  EncodedBatch batch;
  add_span(batch, 20);
  const TraceRequestFrame frame(Resource(), "");
  const TraceRequest request = frame.request(batch, 0, 1);
  EXPECT_EQ(request.tail, "");
  EXPECT_EQ(read(request).resource_spans(0).schema_url(), "");
}

// Every size at which a length takes a byte more lies in between.
TEST(TraceRequestTest, EveryLengthIsRight) {
  const TraceRequestFrame frame(Resource(), kUrl);
  std::vector<std::size_t> sizes;
  for (std::size_t bytes = 8; bytes < 400; ++bytes) sizes.push_back(bytes);
  for (std::size_t bytes = 15'900; bytes < 16'500; ++bytes) sizes.push_back(bytes);
  for (std::size_t bytes = 2'096'700; bytes < 2'097'200; bytes += 7) sizes.push_back(bytes);
  for (const std::size_t bytes : sizes) {
    EncodedBatch batch;
    add_span(batch, bytes);
    const TraceRequest request = frame.request(batch, 0, 1);
    otlp::TracesData message;
    ASSERT_TRUE(message.ParseFromString(request.joined())) << bytes;
    ASSERT_EQ(message.ByteSizeLong(), request.size_bytes()) << bytes;
    ASSERT_EQ(message.resource_spans(0).scope_spans(0).spans_size(), 1) << bytes;
  }
}

TEST(TraceRequestTest, RequestsAreCutByCount) {
  EncodedBatch batch;
  for (int i = 0; i < 7; ++i) add_span(batch, 30);
  const TraceRequestFrame frame(Resource(), kUrl, {.spans_max = 3});
  std::vector<std::size_t> sizes;
  const std::size_t left_out = frame.each_request(batch, [&](const TraceRequest& request, auto n) {
    EXPECT_EQ(static_cast<std::size_t>(read(request).resource_spans(0).scope_spans(0).spans_size()),
              n);
    sizes.push_back(n);
  });
  EXPECT_EQ(left_out, 0u);
  EXPECT_EQ(sizes, (std::vector<std::size_t>{3, 3, 1}));
}

// The naive way beside it: one span more would have been too many bytes.
TEST(TraceRequestTest, RequestsAreCutByBytesAndNoneCouldHoldMore) {
  EncodedBatch batch;
  for (std::size_t i = 0; i < 400; ++i) add_span(batch, 8 + i * 7 % 150);
  for (std::size_t bytes_max = 200; bytes_max < 20'000; bytes_max += bytes_max < 700 ? 1 : 13) {
    const TraceRequestFrame frame(Resource(), kUrl, {.bytes_max = bytes_max});
    std::size_t sent = 0;
    const std::size_t left_out =
        frame.each_request(batch, [&](const TraceRequest& request, std::size_t spans) {
          ASSERT_LE(request.size_bytes(), bytes_max);
          sent += spans;
        });
    ASSERT_EQ(sent + left_out, batch.size()) << bytes_max;
    for (std::size_t first = 0; first < batch.size(); ++first) {
      const std::size_t end = frame.end_of_request(batch, first);
      if (end == batch.size()) break;
      ASSERT_GT(frame.request(batch, first, end + 1).size_bytes(), bytes_max) << first;
      if (end > first) first = end - 1;
    }
  }
}

TEST(TraceRequestTest, OneSpanBeyondTheLimitDoesNotSinkItsNeighbours) {
  EncodedBatch batch;
  for (const std::size_t bytes : {30, 5000, 30, 30, 5000, 5000}) add_span(batch, bytes);
  const TraceRequestFrame frame(Resource(), kUrl, {.bytes_max = 1000});
  std::vector<std::size_t> sizes;
  const std::size_t left_out = frame.each_request(
      batch, [&](const TraceRequest&, std::size_t spans) { sizes.push_back(spans); });
  EXPECT_EQ(left_out, 3u);
  EXPECT_EQ(sizes, (std::vector<std::size_t>{1, 2}));
}

TEST(TraceRequestTest, ALimitBelowThePreludeLetsNothingThrough) {
  EncodedBatch batch;
  add_span(batch, 8);
  add_span(batch, 8);
  const TraceRequestFrame frame(Resource(), kUrl, {.bytes_max = 10});
  EXPECT_EQ(frame.each_request(batch, [](const TraceRequest&, std::size_t) { FAIL(); }), 2u);
}

}  // namespace
}  // namespace tracebus::testing
