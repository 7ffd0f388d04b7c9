// SPDX-License-Identifier: Apache-2.0
//
// Whole documents as others write them: on one line, and large.
#include <gtest/gtest.h>
#include <malloc.h>

#include <cstddef>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

#include "tracebus/tests/exporters/temporary_folder.h"
#include "tracebus/tests/studio/made_store.h"

namespace tracebus::testing {
namespace {

constexpr std::size_t kMiB = std::size_t{1} << 20;

std::string otlp_spans(std::size_t count, std::size_t text_bytes) {
  std::string spans;
  for (std::size_t i = 1; i <= count; ++i) {
    std::string id = std::to_string(i);
    id.insert(0, 16 - id.size(), '0');
    spans += (i == 1 ? "" : ",");
    spans += R"({"traceId":"5b8efff798038103d269b633813fc60c","spanId":")" + id +
             R"(","name":"chat m","startTimeUnixNano":"1749479521000000000",)"
             R"("endTimeUnixNano":"1749479522000000000","attributes":[{"key":"text",)"
             R"("value":{"stringValue":")" +
             std::string(text_bytes, 't') + R"("}}]})";
  }
  return spans;
}
std::string otlp(std::size_t count, std::size_t text_bytes) {
  return R"({"resourceSpans":[{"scopeSpans":[{"spans":[)" + otlp_spans(count, text_bytes) +
         "]}]}]}";
}
std::string jaeger(std::size_t count, std::size_t text_bytes) {
  std::string text = R"({"data": [{"traceID": "a", "processes": {}, "spans": [)";
  for (std::size_t i = 1; i <= count; ++i) {
    text += (i == 1 ? "" : ",");
    text += R"({"traceID": "a", "spanID": ")" + std::to_string(i) +
            R"(", "operationName": "llm_call", "startTime": 1749479521000000, "duration": 5, )"
            R"("tags": [{"key": "t", "value": ")" +
            std::string(text_bytes, 't') + R"("}]})";
  }
  return text + "]}]}";
}

TEST(StoreLoadDocument, Row67OneLineLongerThanAnEventMayBeIsADocument) {
  const TemporaryFolder folder;
  const std::string path = (folder.path() / "one.json").string();
  for (const std::string& text : {otlp(4000, 5000), jaeger(4000, 5000), otlp(4000, 5000) + "\n"}) {
    ASSERT_GT(text.size(), 16 * kMiB);
    std::ofstream(path, std::ios::trunc) << text;
    TraceStore store;
    const auto loaded = store.load(path);
    ASSERT_TRUE(loaded.ok()) << loaded.status();
    EXPECT_EQ(loaded->spans, 4000u);
    EXPECT_EQ(loaded->account.bad_lines, 0u);
  }
}

TEST(StoreLoadDocument, Row67LineThatIsNoDocumentIsStillTooLong) {
  const TemporaryFolder folder;
  const std::string path = (folder.path() / "lines.jsonl").string();
  std::ofstream(path) << otlp(4000, 5000) << "\n" << otlp(2, 5) << "\n";
  TraceStore store;
  const auto loaded = store.load(path);
  ASSERT_TRUE(loaded.ok());
  EXPECT_EQ(loaded->spans, 2u) << "several lines are no document, and each may have 16 MiB";
  ASSERT_EQ(loaded->account.problems.size(), 1u);
  EXPECT_EQ(loaded->account.problems[0].line, 1u);
}

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
// In bytes: what the process has ("VmRSS:"), or had at most ("VmHWM:").
std::size_t memory_of_process(std::string_view which) {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with(which)) return std::stoul(line.substr(which.size())) << 10;
  }
  return 0;
}

TEST(StoreLoadDocument, G17DocumentTakesLittleMoreMemoryThanItsBytes) {
  const TemporaryFolder folder;
  const std::string path = (folder.path() / "large.json").string();
  std::ofstream(path) << otlp(100'000, 300);
  const auto size = static_cast<std::size_t>(std::filesystem::file_size(path));
  ::malloc_trim(0);
  std::ofstream("/proc/self/clear_refs") << "5";  // the peak is now what there is
  const std::size_t before = memory_of_process("VmRSS:");
  TraceStore store;
  const auto loaded = store.load(path);
  ASSERT_TRUE(loaded.ok());
  EXPECT_EQ(loaded->spans, 100'000u);
  const std::size_t peak = memory_of_process("VmHWM:");
  EXPECT_LT(peak, before + size * 5 / 2) << size << " bytes; " << before << " before";
}
#endif

}  // namespace
}  // namespace tracebus::testing
