// SPDX-License-Identifier: Apache-2.0
//
// Exports the comparison event for callgrind to count, by the recorder or by the JSONL exporter, to
// /dev/null: recording_loop <way> <events>. A recorder must be no dearer. The seed's lines are no
// part of the tests: event_lines, call_lines and flat_lines.
#include <valgrind/callgrind.h>

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "tracebus/core/record_writer.h"
#include "tracebus/exporters/jsonl_exporter.h"
#include "tracebus/trace/recording_exporter.h"

namespace tracebus::testing {
namespace {

constexpr int kBatch = 100;
constexpr char kNowhere[] = "/dev/null";

// As bench/comparison_event.h, as often as a batch holds it.
class Records {
 public:
  Records() {
    EventIds ids;
    fill_random(&ids, sizeof ids);
    for (std::int64_t i = 0; i < kBatch; ++i) {
      add(ids, attr<"model">("claude-sonnet-4-20250514"), attr<"input_tokens">(450 + i),
          attr<"output_tokens">(380), attr<"cost_usd">(0.00705));
    }
  }
  Batch batch() const { return {.events = views_}; }

 private:
  template <class... Attributes>
  void add(const EventIds& ids, const Attributes&... attributes) {
    using Typed = TypedRecord<EventIds, Attributes...>;
    const Name agent("research-analyst-007");
    const Name pattern("supervisor");
    const auto schema = static_cast<std::uint16_t>(CallSiteSchema<Attributes...>::get());
    const std::size_t size = Typed::size(agent, pattern, attributes...);
    words_.push_back(std::make_unique<std::uint64_t[]>(size / 8));
    char* const place = reinterpret_cast<char*>(words_.back().get());
    Typed::write(place, size, kLlmCallEnd, ids, agent, pattern, schema,
                 RecordStamp{1'000'000 + words_.size(), 3}, attributes...);
    // As in a block, and the same in every run.
    reinterpret_cast<RecordHeader*>(place)->ticks = 1'749'479'521'243'439'700 + 173 * words_.size();
    views_.emplace_back(place, context_);
  }

  const ViewContext context_{0x1234567890abcdef, nullptr, true};
  std::vector<std::unique_ptr<std::uint64_t[]>> words_;
  std::vector<EventView> views_;
};

struct NamedFormat {
  std::string_view way;
  std::optional<RecordingFormat> format;
};
constexpr NamedFormat kFormats[] = {{"recorder", {}},
                                    {"event_lines", RecordingFormat::kEvents},
                                    {"call_lines", RecordingFormat::kRecorder},
                                    {"flat_lines", RecordingFormat::kStudio}};

std::unique_ptr<Exporter> exporter_called(std::string_view way) {
  if (way == "jsonl") {
    auto opened = JsonlExporter::open(kNowhere);
    if (opened.ok()) return *std::move(opened);
  }
  for (const NamedFormat& known : kFormats) {
    if (known.way != way) continue;
    auto opened = RecordingExporter::open(kNowhere, {.format = known.format});
    if (opened.ok()) return *std::move(opened);
  }
  return nullptr;
}

bool run(Exporter& exporter, int events) {
  const Records records;
  const ExportContext context{.deadline = Deadline::max(), .stop = {}};
  bool exported = true;
  // The first batch makes the encoder's room, and is not collected.
  for (int done = -kBatch; done < events; done += kBatch) {
    if (done == 0) CALLGRIND_TOGGLE_COLLECT;
    exported &= exporter.export_batch(records.batch(), context).lost() == 0;
  }
  CALLGRIND_TOGGLE_COLLECT;
  return exported;
}

}  // namespace
}  // namespace tracebus::testing

int main(int argc, char** argv) {
  const auto exporter = argc == 3 ? tracebus::testing::exporter_called(argv[1])
                                  : std::unique_ptr<tracebus::Exporter>();
  if (exporter != nullptr) return tracebus::testing::run(*exporter, std::atoi(argv[2])) ? 0 : 1;
  std::fprintf(stderr,
               "usage: recording_loop jsonl|recorder|event_lines|call_lines|flat_lines <events, in "
               "hundreds>\n");
  return 2;
}
