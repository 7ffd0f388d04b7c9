// SPDX-License-Identifier: Apache-2.0
#include "tracebus/tests/otlp_http/span_receiver.h"

#include <gtest/gtest.h>
#include <otlp.pb.h>
#include <zlib.h>

#include <array>
#include <bit>
#include <cstring>

#include "tracebus/core/span_kind.h"

namespace tracebus::testing {
namespace {

namespace otlp = tests::otlp;

SpanId span_id_of(std::int64_t number) {
  SpanId id;
  for (std::size_t i = 0; i < id.bytes.size(); ++i) {
    id.bytes[i] = static_cast<std::uint8_t>((number + 1) >> (8 * i));
  }
  return id;
}

TraceId trace_id() {
  TraceId id;
  id.bytes.fill(0x5A);
  return id;
}

std::int64_t number_of(const otlp::Span& span) {
  for (const otlp::KeyValue& attribute : span.attributes()) {
    if (attribute.key() == "n") return attribute.value().int_value();
  }
  ADD_FAILURE() << "a span without its number";
  return -1;
}

void check(const otlp::Span& span, std::int64_t number) {
  const SpanId id = span_id_of(number);
  const std::string id_bytes(reinterpret_cast<const char*>(id.bytes.data()), id.bytes.size());
  EXPECT_EQ(span.span_id(), id_bytes);
  EXPECT_EQ(span.trace_id(), std::string(16, '\x5A'));
  EXPECT_EQ(span.end_time_unix_nano() - span.start_time_unix_nano(), 1'500'000u);
}

std::string inflated_or_deflated(std::string_view bytes, bool inflating) {
  z_stream state{};
  state.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  state.avail_in = static_cast<uInt>(bytes.size());
  const int begun = inflating ? inflateInit2(&state, 31)
                              : deflateInit2(&state, 9, Z_DEFLATED, 31, 8, Z_DEFAULT_STRATEGY);
  EXPECT_EQ(begun, Z_OK);
  std::string out;
  std::array<char, 65536> buffer;
  int status = Z_OK;
  while (status == Z_OK) {
    state.next_out = reinterpret_cast<Bytef*>(buffer.data());
    state.avail_out = buffer.size();
    status = inflating ? inflate(&state, Z_NO_FLUSH) : deflate(&state, Z_FINISH);
    out.append(buffer.data(), buffer.size() - state.avail_out);
  }
  EXPECT_EQ(status, Z_STREAM_END);
  inflating ? inflateEnd(&state) : deflateEnd(&state);
  return out;
}

}  // namespace

TraceEvent numbered_span(std::int64_t number, std::string_view filling) {
  return {.timestamp = Timestamp{1'749'479'521 + number, 0},
          .event_type = "llm_call_end",
          .agent_name = "bull",
          .payload = {{"span.kind", "LLM"},
                      {"span.status", "ok"},
                      {"duration_ms", 1.5},
                      {"span.name", "gpt-4o"},
                      {"n", number},
                      {"filling", filling}},
          .ids = {{}, trace_id(), span_id_of(number), {}}};
}

std::size_t SpanReceiver::take(std::string_view body, std::string_view content_encoding) {
  const std::string plain = content_encoding == "gzip" ? gunzipped(body) : std::string(body);
  otlp::TracesData data;
  EXPECT_TRUE(data.ParseFromString(plain));
  std::size_t spans = 0;
  const std::lock_guard lock(mutex_);
  for (const otlp::ResourceSpans& resource : data.resource_spans()) {
    EXPECT_GT(resource.resource().attributes_size(), 0);
    for (const otlp::ScopeSpans& scope : resource.scope_spans()) {
      EXPECT_EQ(scope.scope().name(), "tracebus");
      for (const otlp::Span& span : scope.spans()) {
        const std::int64_t number = number_of(span);
        check(span, number);
        numbers_.insert(number);
        ++spans;
      }
    }
  }
  return spans;
}

std::multiset<std::int64_t> SpanReceiver::numbers() const {
  const std::lock_guard lock(mutex_);
  return numbers_;
}

std::size_t SpanReceiver::distinct() const {
  const std::multiset<std::int64_t> all = numbers();
  return std::set<std::int64_t>(all.begin(), all.end()).size();
}

std::string gunzipped(std::string_view bytes) { return inflated_or_deflated(bytes, true); }
std::string gzipped(std::string_view bytes) { return inflated_or_deflated(bytes, false); }

}  // namespace tracebus::testing
