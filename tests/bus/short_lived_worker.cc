// SPDX-License-Identifier: Apache-2.0
//
// short_lived_worker FILE: emits ten events through the bus of the process, which has a file
// exporter, and returns from main at once. Static objects that are destroyed before and after the
// bus is shut down emit as well.
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <utility>

#include "tracebus/bus/trace_event_bus.h"
#include "tracebus/exporters/jsonl_exporter.h"

namespace {

// Emits when it is destroyed, and ends the process badly if the answer is not as expected.
class LastEmit {
 public:
  LastEmit(const char* name, tracebus::EmitResult expected) : name_(name), expected_(expected) {}
  LastEmit(const LastEmit&) = delete;
  LastEmit& operator=(const LastEmit&) = delete;
  ~LastEmit() {
    const auto result =
        tracebus::default_bus().emit({.event_type = "agent_end", .agent_name = name_});
    if (result == expected_) return;
    std::fprintf(stderr, "%s: answered %d\n", name_, static_cast<int>(result));
    std::_Exit(3);
  }

 private:
  const char* const name_;
  const tracebus::EmitResult expected_;
};

// Made before the bus, so destroyed after it was shut down.
const LastEmit g_after("after the bus", tracebus::EmitResult::kClosed);

int work(const char* path) {
  using namespace tracebus;
  TraceEventBus& bus = default_bus();
  static const LastEmit before("before the end of the bus", EmitResult::kAccepted);
  auto exporter = JsonlExporter::open(path);
  if (!exporter.ok() || !bus.add_exporter(*std::move(exporter)).ok()) return 2;
  for (int i = 0; i < 10; ++i) {
    if (bus.emit({.event_type = "agent_start", .payload = {{"n", i}}}) != EmitResult::kAccepted)
      return 4;
  }
  return 0;
}

}  // namespace

int main(int count, char** arguments) { return count == 2 ? work(arguments[1]) : 1; }
