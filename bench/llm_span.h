// SPDX-License-Identifier: Apache-2.0
//
// The span that all benchmarks of OTLP send: a call of a model with 10 attributes, as a Tracer
// writes its end; as an emit, as a span, and as a batch of records.
#ifndef TRACEBUS_BENCH_LLM_SPAN_H_
#define TRACEBUS_BENCH_LLM_SPAN_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "tracebus/bench/comparison_event.h"
#include "tracebus/core/exporter.h"
#include "tracebus/core/record_writer.h"
#include "tracebus/core/span_kind.h"

namespace tracebus::bench {

inline constexpr std::string_view kResponseId = "msg_01XFDUDYJgAACzvnptvVoYEL";

inline EmitResult emit_llm_span(Producer& producer, std::int64_t tokens) {
  const ComparisonEvent& event = comparison_event();
  return producer.emit(
      kLlmCallEnd, event.ids, event.agent, event.pattern,
      attr<"span.kind">(std::string_view("LLM")), attr<"span.status">(std::string_view("ok")),
      attr<"duration_ms">(412.25), attr<"span.name">(event.model), attr<"model">(event.model),
      attr<"provider">(std::string_view("anthropic")), attr<"temperature">(0.7),
      attr<"max_tokens">(std::int64_t{1024}), attr<"input_tokens">(tokens),
      attr<"output_tokens">(event.output_tokens),
      attr<"cache_read_input_tokens">(std::int64_t{200}), attr<"cost_usd">(event.cost_usd),
      attr<"response_id">(kResponseId), attr<"finish_reason">(std::string_view("end_turn")));
}

// Of a span that is open. A template, as not all who emit have spans.
template <class Span>
void set_llm_attributes(Span& span, std::int64_t tokens) {
  const ComparisonEvent& event = comparison_event();
  span.set(attr<"model">(event.model))
      .set(attr<"provider">(std::string_view("anthropic")))
      .set(attr<"temperature">(0.7))
      .set(attr<"max_tokens">(std::int64_t{1024}))
      .set(attr<"input_tokens">(tokens))
      .set(attr<"output_tokens">(event.output_tokens))
      .set(attr<"cache_read_input_tokens">(std::int64_t{200}))
      .set(attr<"cost_usd">(event.cost_usd))
      .set(attr<"response_id">(kResponseId))
      .set(attr<"finish_reason">(std::string_view("end_turn")));
}

// Thread safety: none while it is made; then any number of threads may read.
class LlmSpanBatch {
 public:
  explicit LlmSpanBatch(std::size_t spans) {
    EventIds ids;
    fill_random(&ids, sizeof ids);
    ids.run_id.bytes = ids.trace_id.bytes;
    for (std::size_t i = 0; i < spans; ++i) add(ids, static_cast<std::int64_t>(i));
  }
  LlmSpanBatch(const LlmSpanBatch&) = delete;  // the views name its context
  LlmSpanBatch& operator=(const LlmSpanBatch&) = delete;

  const std::vector<EventView>& views() const noexcept { return views_; }
  Batch batch() const noexcept { return {.events = views_}; }

 private:
  static constexpr std::int64_t kBeginNs = 1'749'479'521'243'439'700;

  void add(const EventIds& ids, std::int64_t number) {
    const TraceEvent event{.timestamp = {},
                           .event_type = "llm_call_end",
                           .agent_name = kAgent,
                           .pattern_type = kPattern,
                           .payload = {{"span.kind", "LLM"},
                                       {"span.status", "ok"},
                                       {"duration_ms", 412.25},
                                       {"span.name", kModel},
                                       {"model", kModel},
                                       {"provider", "anthropic"},
                                       {"temperature", 0.7},
                                       {"max_tokens", 1024},
                                       {"input_tokens", 450 + number},
                                       {"output_tokens", 380},
                                       {"cache_read_input_tokens", 200},
                                       {"cost_usd", 0.00705},
                                       {"response_id", kResponseId},
                                       {"finish_reason", "end_turn"}},
                           .ids = ids};
    for (const Attribute& attribute : event.payload) AttributeKey::registered(attribute.key);
    const FriendlyRecord record(event, EventType::find(event.event_type), false);
    words_.push_back(std::make_unique<std::uint64_t[]>(record.size() / 8));
    char* const place = reinterpret_cast<char*>(words_.back().get());
    record.write(place, RecordStamp{static_cast<std::uint64_t>(number) + 1, 3});
    // As in a block.
    auto& header = *reinterpret_cast<RecordHeader*>(place);
    header.ticks = static_cast<std::uint64_t>(kBeginNs + 173 * number);
    views_.emplace_back(place, context_);
  }

  const ViewContext context_{0x1234567890abcdef, nullptr, false};
  std::vector<std::unique_ptr<std::uint64_t[]>> words_;
  std::vector<EventView> views_;
};

}  // namespace tracebus::bench

#endif  // TRACEBUS_BENCH_LLM_SPAN_H_
