// SPDX-License-Identifier: Apache-2.0
#include "tracebus/core/owned_event.h"

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tracebus/core/clock.h"
#include "tracebus/core/json_writer.h"
#include "tracebus/tests/core/built_record.h"
#include "tracebus/tests/core/random_event.h"

namespace tracebus {
namespace {

std::string line_of(const EventView& view) {
  std::string line;
  append_json_event(line, view);
  return line;
}

TEST(OwnedEvents, OutliveTheRecordAndItsContext) {
  constexpr std::uint64_t kSeed = 9;
  testing::EventGenerator generator(kSeed);
  std::vector<OwnedEvent> kept;
  std::vector<std::string> lines;
  for (int i = 0; i < 200; ++i) {
    auto context = std::make_unique<ViewContext>(ViewContext{.instance = 5, .content = i % 2 == 0});
    const testing::BuiltRecord record = testing::build(generator.next());
    const EventView view = record.view(*context);
    lines.push_back(line_of(view));
    kept.emplace_back(view);
    EXPECT_EQ(kept.back().size_bytes(), view.size_bytes());
  }
  for (std::size_t i = 0; i < kept.size(); ++i) {
    EXPECT_EQ(line_of(kept[i].view()), lines[i]) << "seed " << kSeed << " event " << i;
  }
}

TEST(OwnedEvents, KeepTheTimeThoughTheClockMapMovesOn) {
  std::optional<ClockMap> map(std::in_place);
  const ViewContext context{.instance = 5, .clock = &*map, .content = false};
  const testing::BuiltRecord record = testing::build_typed(kError, kNoIds, "agent", "pattern");
  const Timestamp time = record.view(context).timestamp();
  const OwnedEvent owned(record.view(context));
  map.reset();
  EXPECT_EQ(owned.view().timestamp(), time);
  EXPECT_EQ(owned.view().agent_name(), "agent");
}

TEST(OwnedEvents, KeepAGivenTimeExactly) {
  const ClockMap map;
  const ViewContext context{.instance = 5, .clock = &map, .content = false};
  const Timestamp long_ago{-62135596800, 1};
  const auto record = testing::build({.timestamp = long_ago, .event_type = "error"});
  EXPECT_EQ(OwnedEvent(record.view(context)).view().timestamp(), long_ago);
}

TEST(OwnedEvents, HideContentFromThoseTheViewHidItFrom) {
  const auto record =
      testing::build({.event_type = "llm_call", .payload = {{"messages", "secret"}}});
  for (const bool granted : {false, true}) {
    const ViewContext context{.instance = 5, .clock = nullptr, .content = granted};
    EXPECT_EQ(OwnedEvent(record.view(context)).view().find("messages").has_value(), granted);
  }
}

TEST(OwnedEvents, CanBeMovedAndAssigned) {
  const ViewContext context{.instance = 5};
  const auto first = testing::build({.event_type = "error", .agent_name = "first"});
  const auto second = testing::build({.event_type = "error", .agent_name = "second"});
  OwnedEvent a(first.view(context)), b(second.view(context));
  const EventView view = a.view();
  OwnedEvent c = std::move(a);
  EXPECT_EQ(view.agent_name(), "first");  // moving an event moves no bytes
  a = std::move(b);
  EXPECT_EQ(a.view().agent_name(), "second");
  EXPECT_EQ(c.view().agent_name(), "first");
}

}  // namespace
}  // namespace tracebus
