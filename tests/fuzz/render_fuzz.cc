// SPDX-License-Identifier: Apache-2.0
//
// Any sequence of events, or any lines of JSON, as traces: rendered in every way. Texts are
// well-formed UTF-8 without control characters, JSON is read by a parser of others, and every span
// is there.
//
// The first byte says which: even, what follows chooses events; odd, it is lines of JSON.
#include <simdjson.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tracebus/core/span_kind.h"
#include "tracebus/core/utf8.h"
#include "tracebus/readers/jsonl_reader.h"
#include "tracebus/render/jaeger_json.h"
#include "tracebus/render/timeline.h"
#include "tracebus/render/trace_format.h"
#include "tracebus/render/trace_json.h"
#include "tracebus/render/tree_text.h"
#include "tracebus/tests/fuzz/fuzz_input.h"
#include "tracebus/trace/trace_collector.h"

namespace {

using namespace tracebus;
using testing::FuzzInput;
using testing::require;

Value value_from(FuzzInput& input, int depth_max) {
  switch (input.below(depth_max > 0 ? 9 : 7)) {
    case 0:
      return nullptr;
    case 1:
      return input.below(2) == 1;
    case 2:
      return input.number<std::int64_t>();
    case 3:
      return input.number<double>();
    case 4: {
      const std::string_view bytes = input.text(16);
      return Bytes(reinterpret_cast<const std::byte*>(bytes.data()), bytes.size());
    }
    case 5:
      return "ok";
    case 6:
      return input.text(40);
    default:
      break;
  }
  std::vector<Value> values;
  std::vector<Attribute> members;
  const bool is_array = input.below(2) == 1;
  for (std::size_t left = input.below(4); left > 0; --left) {
    if (is_array) {
      values.push_back(value_from(input, depth_max - 1));
    } else {
      const std::string_view key = input.text(8);
      members.push_back({key, value_from(input, depth_max - 1)});
    }
  }
  return is_array ? Value::array(std::move(values)) : Value::object(std::move(members));
}

std::string_view type_from(FuzzInput& input) {
  const SpanKindEntry& kind = kSpanKindTable[input.below(kSpanKinds)];
  switch (input.below(8)) {
    case 0:
    case 1:
      return kind.start.name();
    case 2:
    case 3:
    case 4:
      return kind.end.name();
    case 5:
      return kind.error.name();
    case 6:
      return "cost_record";
    default:
      return input.below(2) == 0 ? "llm_call" : "error";
  }
}

// What renderers and collectors look for.
std::string_view key_from(FuzzInput& input) {
  constexpr std::string_view kKeys[] = {
      "span.name",     "span.kind",    "span.status",   "span.status_message",
      "duration_ms",   "span.events",  "span.links",    "cost_usd",
      "model",         "input_tokens", "output_tokens", "service.name",
      "rounds",        "round",        "early_stop",    "error",
      "error_message", "tokens",       "pattern_type"};
  const std::size_t chosen = input.below(std::size(kKeys) + 4);
  return chosen < std::size(kKeys) ? kKeys[chosen] : input.text(12);
}

// Few, so that parents are often there, some spans are there twice, and some go round in a cycle.
template <class Id>
Id id_from(FuzzInput& input) {
  Id id;
  id.bytes.back() = static_cast<std::uint8_t>(input.below(10));
  return id;
}

void add_event(TraceCollector& collector, FuzzInput& input) {
  TraceEvent event;
  event.event_type = type_from(input);
  event.timestamp =
      input.below(16) == 0
          ? Timestamp{input.number<std::int64_t>(), 999'999'999}
          : Timestamp::from_unix_ns(1'781'600'400'000'000'000 + input.number<std::int32_t>());
  if (input.below(2) == 0) event.agent_name = input.text(12);
  if (input.below(4) == 0) event.pattern_type = input.text(12);
  if (input.below(4) != 0) event.ids.span_id = id_from<SpanId>(input);
  if (input.below(3) != 0) event.ids.parent_span_id = id_from<SpanId>(input);
  if (input.below(8) == 0) event.ids.trace_id = id_from<TraceId>(input);
  if (input.below(16) == 0) event.foreign_ids.trace_id = input.text(12);
  if (input.below(16) == 0) event.foreign_ids.span_id = input.text(12);
  for (std::size_t left = input.below(6); left > 0; --left) {
    const std::string_view key = key_from(input);
    event.payload.add(key, value_from(input, 4));
  }
  collector.add(event);
}

std::vector<Trace> traces_from(FuzzInput& input) {
  TraceCollector collector({.bytes_max = input.below(4) == 0 ? 4096u : ~std::size_t{0},
                            .one_run_at_a_time = input.below(2) == 1});
  while (!input.empty()) add_event(collector, input);
  return collector.traces();
}

void check_text(const std::string& text) {
  require(is_valid_utf8(text));
  for (const char c : text) {
    require((static_cast<unsigned char>(c) >= 0x20 || c == '\n') && c != 0x7F);
  }
}

void check_json(const std::string& json, const char* spans, std::size_t count) {
  static simdjson::dom::parser parser;
  simdjson::dom::element document;
  require(parser.parse(simdjson::padded_string(json)).get(document) == simdjson::SUCCESS);
  simdjson::dom::array found;
  require(document.at_pointer(spans).get_array().get(found) == simdjson::SUCCESS);
  require(found.size() == count);
}

void check(const Trace& trace, FuzzInput& options) {
  check_text(to_timeline(trace, {.width = 1 + options.below(200), .name_max = options.below(70)}));
  TreeTextOptions tree;
  tree.fold_calls = options.below(2) == 1;
  tree.align = options.below(2) == 1;
  tree.name_max = options.below(70);
  if (options.below(2) == 1) tree.profile = Profile::kPyagent;
  check_text(to_tree_text(trace, tree));
  check_text(to_run_text(trace, tree));
  check_json(to_json(trace), "/spans", trace.spans().size());
  check_json(to_jaeger_format(trace), "/data/0/spans", trace.spans().size());
}

void check_formats(const std::vector<Trace>& traces) {
  static simdjson::dom::parser parser;
  for (const TraceFormat format : {TraceFormat::kJaeger, TraceFormat::kChrome}) {
    const simdjson::padded_string json(render(traces, format));
    require(parser.parse(json).error() == simdjson::SUCCESS);
  }
  for (const TraceFormat format :
       {TraceFormat::kFolded, TraceFormat::kFoldedTokens, TraceFormat::kFoldedCost}) {
    check_text(render(traces, format));
  }
  (void)render(traces, TraceFormat::kPerfetto);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  FuzzInput input({reinterpret_cast<const char*>(data), size});
  std::vector<Trace> traces;
  FuzzInput options(std::string_view(reinterpret_cast<const char*>(data), size).substr(0, 8));
  if (input.byte() % 2 == 0) {
    traces = traces_from(input);
  } else {
    const auto reader = read_jsonl(input.rest());
    traces = collect_traces(*reader);
  }
  for (const Trace& trace : traces) check(trace, options);
  check_formats(traces);
  return 0;
}
