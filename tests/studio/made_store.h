// SPDX-License-Identifier: Apache-2.0
//
// Stores of lines that a test writes.
#ifndef TRACEBUS_TESTS_STUDIO_MADE_STORE_H_
#define TRACEBUS_TESTS_STUDIO_MADE_STORE_H_

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <string_view>

#include "tracebus/readers/jsonl_reader.h"
#include "tracebus/studio/trace_store.h"

namespace tracebus::testing {

inline constexpr char kFixture[] = TRACEBUS_TEST_DATA "/traces/pyagent_sample_trace.jsonl";
inline constexpr char kStudioSpan[] = TRACEBUS_TEST_DATA "/traces/studio_span.jsonl";

// The lines of the Studio document's picture: three calls of run 174, three of run 173.
inline constexpr std::string_view kProductionRuns =
    R"({"event_type":"llm_call_end","agent_name":"classifier","workflow":"main","pattern":"supervisor","run_id":"run-173","provider":"anthropic","model":"claude-haiku-3-5-20241022","input_tokens":11,"output_tokens":1,"duration_ms":300,"cost_estimate":0.00001,"timestamp":"2025-06-08T14:31:00.300Z"}
{"event_type":"llm_call_end","agent_name":"technical_agent","workflow":"main","pattern":"supervisor","run_id":"run-173","provider":"openai","model":"gpt-4o-mini","input_tokens":95,"output_tokens":110,"duration_ms":600,"cost_estimate":0.00019,"timestamp":"2025-06-08T14:31:00.900Z"}
{"event_type":"llm_call_end","agent_name":"formatter","workflow":"main","pattern":"supervisor","run_id":"run-173","provider":"anthropic","model":"claude-haiku-3-5-20241022","input_tokens":120,"output_tokens":60,"duration_ms":200,"cost_estimate":0.00040,"timestamp":"2025-06-08T14:31:01.100Z"}
{"event_type":"llm_call_end","agent_name":"classifier","workflow":"main","pattern":"supervisor","run_id":"run-174","provider":"anthropic","model":"claude-haiku-3-5-20241022","input_tokens":12,"output_tokens":1,"duration_ms":300,"cost_estimate":0.00001,"timestamp":"2025-06-09T14:31:58.842Z"}
{"event_type":"llm_call_end","agent_name":"billing_agent","workflow":"main","pattern":"supervisor","run_id":"run-174","provider":"anthropic","model":"claude-sonnet-4-20250514","input_tokens":180,"output_tokens":140,"duration_ms":2401.3,"cost_estimate":0.00840,"timestamp":"2025-06-09T14:32:01.243Z"}
{"event_type":"llm_call_end","agent_name":"formatter","workflow":"main","pattern":"supervisor","run_id":"run-174","provider":"anthropic","model":"claude-haiku-3-5-20241022","input_tokens":145,"output_tokens":80,"duration_ms":700,"cost_estimate":0.00051,"timestamp":"2025-06-09T14:32:01.943Z"}
)";

// A store whose clock stands at now_ns.
inline std::unique_ptr<TraceStore> empty_store(std::int64_t now_ns = 0,
                                               std::size_t bytes_max = std::size_t{1} << 30) {
  TraceStoreOptions options;
  options.bytes_max = bytes_max;
  options.now_ns = [now_ns] { return now_ns; };
  return std::make_unique<TraceStore>(std::move(options));
}

inline std::unique_ptr<TraceStore> store_of(std::string_view lines, std::int64_t now_ns = 0) {
  auto store = empty_store(now_ns);
  const auto reader = read_jsonl(lines);
  const auto report = store->add(*reader);
  EXPECT_TRUE(report.ok()) << report.status();
  return store;
}

}  // namespace tracebus::testing

#endif  // TRACEBUS_TESTS_STUDIO_MADE_STORE_H_
