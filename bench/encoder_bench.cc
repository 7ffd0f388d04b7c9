// SPDX-License-Identifier: Apache-2.0
//
// What it costs to make a batch of comparison events into what a file holds, without the bus and
// without a file. Times are of a batch.
//
//   Jsonl/encode       lines of JSON
//   Jsonl/Copy         a copy of as many bytes: no encoder is faster
//   Proto/encode       delimited Protobuf messages
//   Proto/by_message   the same by way of libprotobuf's messages on an arena
//   Proto/Copy         a copy of as many bytes
#include <benchmark/benchmark.h>

#include <cstring>
#include <string>
#include <vector>

#include "tracebus/bench/comparison_batch.h"
#include "tracebus/bench/ratio_reporter.h"
#include "tracebus/core/json_writer.h"
#include "tracebus/core/limits.h"
#include "tracebus/exporters/encoded_batch.h"
#ifdef TRACEBUS_HAS_PROTO
#include <google/protobuf/arena.h>

#include "tracebus/core/proto/event_encoder.h"
#include "tracebus/core/proto/event_proto.h"
#include "tracebus/core/proto/proto_file_format.h"
#endif

namespace tracebus::bench {
namespace {

const std::vector<EventView>& events() {
  static const ComparisonBatch made(false);
  return made.views();
}

void encode_jsonl(EncodedBatch& batch) {
  batch.clear();
  for (const EventView& event : events()) {
    char* const end = write_json_event(batch.room(json_event_bytes_max(event) + 1), event);
    *end = '\n';
    batch.end_unit(end + 1);
  }
}

void report(benchmark::State& state, std::size_t batch_bytes) {
  const auto rate = [&](std::size_t each) {
    return benchmark::Counter(static_cast<double>(state.iterations()) * static_cast<double>(each),
                              benchmark::Counter::kIsRate);
  };
  state.counters["events/s"] = rate(kBatchEventsDefault);
  state.counters["bytes/s"] = rate(batch_bytes);
  state.counters["ns_an_event"] = benchmark::Counter(
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

template <void (*kEncode)(EncodedBatch&)>
void Copy(benchmark::State& state) {
  EncodedBatch batch;
  kEncode(batch);
  const std::string_view bytes = batch.units(0, batch.size());
  std::vector<char> to(bytes.size());
  for (auto _ : state) {
    std::memcpy(to.data(), bytes.data(), bytes.size());
    benchmark::ClobberMemory();
  }
  report(state, bytes.size());
}

BENCHMARK(Copy<encode_jsonl>)->Name("Jsonl/Copy");
BENCHMARK(Encode<encode_jsonl>)->Name("Jsonl/encode");

#ifdef TRACEBUS_HAS_PROTO
void encode_proto(EncodedBatch& batch) {
  static EventEncoder encoder;
  batch.clear();
  for (const EventView& event : events()) {
    batch.end_unit(encoder.write(batch.room(EventEncoder::bytes_max(event)), event));
  }
}

// By way of a message on an arena, as libprotobuf would have it.
void encode_proto_by_message(EncodedBatch& batch) {
  alignas(8) static char first_block[16 << 10];
  static google::protobuf::Arena arena(first_block, sizeof first_block);
  batch.clear();
  std::string text;
  for (const EventView& event : events()) {
    arena.Reset();
    text.clear();
    auto* message = google::protobuf::Arena::CreateMessage<proto::v1::TraceEvent>(&arena);
    to_proto(event, message);
    append_delimited(text, *message);
    char* const room = batch.room(text.size());
    batch.end_unit(room + text.copy(room, text.size()));
  }
}
BENCHMARK(Copy<encode_proto>)->Name("Proto/Copy");
BENCHMARK(Encode<encode_proto>)->Name("Proto/encode");
BENCHMARK(Encode<encode_proto_by_message>)->Name("Proto/by_message");
#endif

}  // namespace
}  // namespace tracebus::bench

int main(int argc, char** argv) {
  return tracebus::bench::run_with_ratios(argc, argv, "Jsonl/Copy");
}
