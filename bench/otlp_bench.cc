// SPDX-License-Identifier: Apache-2.0
//
// What it costs to make a batch of spans into OTLP, without the bus and without a network: a call
// of a model with 10 attributes, as a Tracer writes its end. Times are of a batch.
//
//   Otlp/encode       straight from the records
//   Otlp/by_message   the same by way of libprotobuf's generated classes, on an arena
//   Otlp/Copy         a copy of as many bytes: no encoder is faster
#include <benchmark/benchmark.h>
#include <google/protobuf/arena.h>
#include <otlp.pb.h>

#include <cstring>
#include <string>
#include <vector>

#include "tracebus/bench/llm_span.h"
#include "tracebus/bench/ratio_reporter.h"
#include "tracebus/core/span_kind.h"
#include "tracebus/exporters/encoded_batch.h"
#include "tracebus/exporters/otlp/span_encoder.h"

namespace tracebus::bench {
namespace {

namespace otlp = tests::otlp;

const std::vector<EventView>& spans() {
  static const LlmSpanBatch made(kBatchEventsDefault);
  return made.views();
}

void encode(EncodedBatch& batch) {
  static SpanEncoder encoder(Profile::kGenAi);
  batch.clear();
  for (const EventView& span : spans()) {
    batch.end_unit(encoder.write(batch.room(SpanEncoder::bytes_max(span)), span));
  }
}

void add(otlp::Span* span, std::string_view key, const ValueView& value) {
  otlp::KeyValue* const attribute = span->add_attributes();
  attribute->set_key(key.data(), key.size());
  switch (value.type()) {
    case ValueType::kInt64:
      attribute->mutable_value()->set_int_value(value.as_int64());
      break;
    case ValueType::kDouble:
      attribute->mutable_value()->set_double_value(value.as_double());
      break;
    default:
      attribute->mutable_value()->set_string_value(value.as_string().data(),
                                                   value.as_string().size());
  }
}

// What the profile calls each of a span's attributes is known beforehand, as to one who writes an
// exporter by hand.
struct Renamed {
  std::string_view ours;
  std::string name;
};
const std::vector<Renamed>& names() {
  static const std::vector<Renamed> all = [] {
    std::vector<Renamed> made;
    for (const AttributeView& attribute : spans()[0].payload()) {
      if (is_span_field(AttributeKey::find(attribute.key))) continue;
      const std::string_view name = attribute_name(Profile::kGenAi, attribute.key);
      made.push_back({attribute.key, std::string(name.empty() ? attribute.key : name)});
    }
    return made;
  }();
  return all;
}

void fill(otlp::Span* span, const EventView& event) {
  const EventIds ids = event.ids();
  span->set_trace_id(ids.trace_id.bytes.data(), ids.trace_id.bytes.size());
  span->set_span_id(ids.span_id.bytes.data(), ids.span_id.bytes.size());
  span->set_parent_span_id(ids.parent_span_id.bytes.data(), ids.parent_span_id.bytes.size());
  span->set_kind(3);
  span->set_end_time_unix_nano(event.emitted_ticks());
  std::size_t next = 0;
  for (const AttributeView& attribute : event.payload()) {
    if (attribute.key == "duration_ms") {
      const auto ns = static_cast<std::uint64_t>(attribute.value.as_double() * 1e6);
      span->set_start_time_unix_nano(event.emitted_ticks() - ns);
    } else if (attribute.key == "span.name") {
      span->set_name("chat " + std::string(attribute.value.as_string()));
    } else if (attribute.key == "span.status") {
      span->mutable_status()->set_code(1);
    } else if (attribute.key != "span.kind") {
      add(span, names()[next++].name, attribute.value);
    }
  }
  const auto add_text = [&](std::string_view key, std::string_view text) {
    add(span, key, ValueView::of_text(ValueType::kString, text));
  };
  add_text("gen_ai.agent.name", event.agent_name());
  add_text("gen_ai.workflow.name", event.pattern_type());
  add_text("gen_ai.operation.name", "chat");
}

void encode_by_message(EncodedBatch& batch) {
  alignas(8) static char first_block[1 << 20];
  static google::protobuf::Arena arena(first_block, sizeof first_block);
  arena.Reset();
  batch.clear();
  auto* const scope = google::protobuf::Arena::CreateMessage<otlp::ScopeSpans>(&arena);
  for (const EventView& event : spans()) fill(scope->add_spans(), event);
  const std::size_t bytes = scope->ByteSizeLong();
  char* const room = batch.room(bytes);
  scope->SerializeToArray(room, static_cast<int>(bytes));
  batch.end_unit(room + bytes);
}

void report(benchmark::State& state, std::size_t batch_bytes) {
  const auto rate = [&](std::size_t each) {
    return benchmark::Counter(static_cast<double>(state.iterations()) * static_cast<double>(each),
                              benchmark::Counter::kIsRate);
  };
  state.counters["spans/s"] = rate(kBatchEventsDefault);
  state.counters["bytes/s"] = rate(batch_bytes);
  state.counters["ns_a_span"] = benchmark::Counter(
      static_cast<double>(state.iterations()) * static_cast<double>(kBatchEventsDefault) * 1e-9,
      benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}

template <void (*kEncode)(EncodedBatch&)>
void Encode(benchmark::State& state) {
  EncodedBatch batch;
  for (auto _ : state) {
    kEncode(batch);
    benchmark::ClobberMemory();
  }
  report(state, batch.units(0, batch.size()).size());
}

void Copy(benchmark::State& state) {
  EncodedBatch batch;
  encode(batch);
  const std::string_view bytes = batch.units(0, batch.size());
  std::vector<char> to(bytes.size());
  for (auto _ : state) {
    std::memcpy(to.data(), bytes.data(), bytes.size());
    benchmark::ClobberMemory();
  }
  report(state, bytes.size());
}

BENCHMARK(Copy)->Name("Otlp/Copy");
BENCHMARK(Encode<encode>)->Name("Otlp/encode");
BENCHMARK(Encode<encode_by_message>)->Name("Otlp/by_message");

}  // namespace
}  // namespace tracebus::bench

int main(int argc, char** argv) {
  return tracebus::bench::run_with_ratios(argc, argv, "Otlp/Copy");
}
