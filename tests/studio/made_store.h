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
#include "tracebus/tests/source_folder.h"

namespace tracebus::testing {

inline constexpr char kFixture[] = TRACEBUS_TEST_DATA "/traces/pyagent_sample_trace.jsonl";
inline constexpr char kStudioSpan[] = TRACEBUS_TEST_DATA "/traces/studio_span.jsonl";

// The lines of the Studio document's picture: three calls of run 174, three of run 173.
inline constexpr char kProductionRuns[] = TRACEBUS_TEST_DATA "/traces/studio_production_runs.jsonl";

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

// A store of a file.
inline std::unique_ptr<TraceStore> store_of_file(const std::string& path) {
  auto store = empty_store();
  const auto report = store->load(path);
  EXPECT_TRUE(report.ok()) << report.status();
  return store;
}

}  // namespace tracebus::testing

#endif  // TRACEBUS_TESTS_STUDIO_MADE_STORE_H_
