// SPDX-License-Identifier: Apache-2.0
//
// Looks for secrets in events that have none, for callgrind to count: redaction_loop <way>
// <events>.
//   registered   the comparison event, with keys that code registered
//   inline_keys  the same, and nobody registered its keys
//   prose        a paragraph of text, as models write it
#include <valgrind/callgrind.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string_view>
#include <vector>

#include "tracebus/core/event_type.h"
#include "tracebus/core/record_writer.h"
#include "tracebus/exporters/redacting_processor.h"

namespace tracebus::testing {
namespace {

constexpr int kBatch = 100;
constexpr std::string_view kProse =
    "The committee met on the second of May, and after a long debate agreed to the plan: build the "
    "northern line first, then the bridge. Costs are put at 3.4 million a kilometre (2019: 2.9), "
    "which is below those of the southern line. Open questions: who pays for the stations, and "
    "whether the ministry's forecast for 2030 holds. See the annex, page 17.";

class Counted final : public ProcessorOutput {
 public:
  void pass(const EventView&) override { ++passed_; }
  void replace(const EventView&, const TraceEvent&) override {}
  void add(const TraceEvent&) override {}
  void sample_out(const EventView&) override {}
  int passed() const { return passed_; }

 private:
  int passed_ = 0;
};

TraceEvent event_of(std::string_view way) {
  if (way == "prose") return {.event_type = "llm_call", .payload = {{"note", kProse}}};
  return {.event_type = "llm_call",
          .agent_name = "research-analyst-007",
          .pattern_type = "supervisor",
          .payload = {{"model", "claude-sonnet-4-20250514"},
                      {"input_tokens", 450},
                      {"output_tokens", 380},
                      {"cost_usd", 0.00705}}};
}

bool run(std::string_view way, int events) {
  for (const char* const key : {"model", "input_tokens", "output_tokens", "cost_usd", "note"}) {
    if (way != "inline_keys") AttributeKey::registered(key);
  }
  const TraceEvent event = event_of(way);
  const FriendlyRecord record(event, EventType::find(event.event_type), true);
  std::vector<std::uint64_t> words(record.size() / 8);
  record.write(reinterpret_cast<char*>(words.data()), {1, 1});
  const ViewContext context{.instance = 1, .clock = nullptr, .content = true};
  const EventView view(reinterpret_cast<const char*>(words.data()), context);
  RedactingProcessor processor;
  Counted output;
  // The first batch learns the keys, and is not collected.
  for (int i = 0; i < kBatch; ++i) processor.process(view, output);
  CALLGRIND_TOGGLE_COLLECT;
  for (int i = 0; i < events; ++i) processor.process(view, output);
  CALLGRIND_TOGGLE_COLLECT;
  return output.passed() == events + kBatch;
}

}  // namespace
}  // namespace tracebus::testing

int main(int argc, char** argv) {
  if (argc == 3) return tracebus::testing::run(argv[1], std::atoi(argv[2])) ? 0 : 1;
  std::fprintf(stderr, "usage: redaction_loop registered|inline_keys|prose <events>\n");
  return 2;
}
