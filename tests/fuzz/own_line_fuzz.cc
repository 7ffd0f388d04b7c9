// SPDX-License-Identifier: Apache-2.0
//
// Any bytes read as a line of ours, and as any JSON: what the first takes the second takes as well,
// and both say the same.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tracebus/core/event_view.h"
#include "tracebus/core/json_writer.h"
#include "tracebus/core/record_writer.h"
#include "tracebus/readers/json_event.h"
#include "tracebus/readers/json_object.h"
#include "tracebus/readers/line_reader.h"
#include "tracebus/readers/own_line.h"
#include "tracebus/tests/fuzz/fuzz_input.h"

namespace {

using namespace tracebus;

// Everything that an event says; empty if it fits no record.
std::string told(const TraceEvent& event) {
  const FriendlyRecord record(event, EventType::find(event.event_type), true);
  if (record.size() == 0) return {};
  std::vector<std::uint64_t> words(record.size() / 8);
  record.write(reinterpret_cast<char*>(words.data()), {.sequence = 1, .producer = 1});
  const ViewContext context{.instance = 1, .clock = nullptr, .content = true};
  std::string text = event.timestamp ? "" : "without time ";
  append_json_event(text, EventView(reinterpret_cast<const char*>(words.data()), context));
  const ForeignIds& foreign = event.foreign_ids;
  for (const std::string_view id :
       {foreign.run_id, foreign.trace_id, foreign.span_id, foreign.parent_span_id}) {
    text.append("<").append(id).append(">");
  }
  return text;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string bytes(reinterpret_cast<const char*>(data), size);
  bytes.append(LineReader::kPaddingBytes, '\n');
  const std::string_view line = std::string_view(bytes).substr(0, size);
  TraceEvent quick;
  if (!read_own_line(line, quick)) return 0;
  JsonObject object;
  TraceEvent exact;
  testing::require(object.parse(line).ok());
  testing::require(event_of(object.members(), exact).ok());
  testing::require(told(quick) == told(exact));
  return 0;
}
