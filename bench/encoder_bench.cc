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
#include <memory>
#include <string>
#include <vector>

#include "tracebus/bench/comparison_event.h"
#include "tracebus/bench/ratio_reporter.h"
#include "tracebus/core/json_writer.h"
#include "tracebus/core/limits.h"
#include "tracebus/core/record_writer.h"
#include "tracebus/exporters/encoded_batch.h"
#ifdef TRACEBUS_HAS_PROTO
#include <google/protobuf/arena.h>

#include "tracebus/core/proto/event_encoder.h"
#include "tracebus/core/proto/event_proto.h"
#include "tracebus/core/proto/proto_file_format.h"
#endif

namespace tracebus::bench {
namespace {

// The comparison event as often as a batch holds it, each with a time and a count of its own.
class Records {
 public:
  Records() {
    const std::uint64_t begin_ns = static_cast<std::uint64_t>(Clock::unix_ns());
    for (std::size_t i = 0; i < kBatchEventsDefault; ++i) {
      with_attributes(comparison_event(), static_cast<std::int64_t>(i), [&](const auto&... all) {
        add(begin_ns + 173 * i, i + 1'000'000, all...);
        return 0;
      });
    }
  }
  const std::vector<EventView>& views() const noexcept { return views_; }

 private:
  template <class Ids, class... Attributes>
  void add(std::uint64_t time_ns, std::uint64_t sequence, const Ids& ids, std::string_view agent,
           std::string_view pattern, const Attributes&... attributes) {
    using Typed = TypedRecord<Ids, Attributes...>;
    const auto schema = static_cast<std::uint16_t>(CallSiteSchema<Attributes...>::get());
    const std::size_t size = Typed::size(agent, pattern, attributes...);
    words_.push_back(std::make_unique<std::uint64_t[]>(size / 8));
    char* const place = reinterpret_cast<char*>(words_.back().get());
    Typed::write(place, size, kLlmCallEnd, ids, agent, pattern, schema, RecordStamp{sequence, 3},
                 attributes...);
    reinterpret_cast<RecordHeader*>(place)->ticks = time_ns;  // as in a block
    views_.emplace_back(place, context_);
  }

  const ViewContext context_{0x1234567890abcdef, nullptr, false};
  std::vector<std::unique_ptr<std::uint64_t[]>> words_;
  std::vector<EventView> views_;
};

const Records& records() {
  static const Records made;
  return made;
}

void encode_jsonl(EncodedBatch& batch) {
  batch.clear();
  for (const EventView& event : records().views()) {
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
  for (const EventView& event : records().views()) {
    batch.end_unit(encoder.write(batch.room(EventEncoder::bytes_max(event)), event));
  }
}

// By way of a message on an arena, as libprotobuf would have it.
void encode_proto_by_message(EncodedBatch& batch) {
  alignas(8) static char first_block[16 << 10];
  static google::protobuf::Arena arena(first_block, sizeof first_block);
  batch.clear();
  std::string text;
  for (const EventView& event : records().views()) {
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
