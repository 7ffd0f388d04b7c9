// SPDX-License-Identifier: Apache-2.0
#include "tracebus/tools/examples/agents/live_text.h"

#include <optional>
#include <string>
#include <utility>

#include "tracebus/core/visible_text.h"

namespace tracebus::examples {

absl::StatusOr<ScopedSubscription> LiveText::watch(TraceEventBus& bus) {
  CallbackOptions options;
  options.content = true;
  options.name = "live text";
  const auto id = bus.subscribe_filter(
      Filter::types({"llm_token"}), [this](const EventView& event) { take(event); }, options);
  if (!id.ok()) return id.status();
  return ScopedSubscription(bus, *id);
}

void LiveText::take(const EventView& event) {
  const std::optional<ValueView> content = event.find("content");
  if (!content || content->type() != ValueType::kString) return;
  if (!has_begun_ || event.ids().span_id != span_) {
    end_line();
    has_begun_ = true;
    span_ = event.ids().span_id;
    print(std::string(event.agent_name()) + ": ");
  }
  print(content->as_string());
  std::fflush(file_);
}

bool LiveText::end_line() {
  if (!std::exchange(has_begun_, false)) return false;
  std::fputc('\n', file_);
  return true;
}

void LiveText::print(std::string_view text) {
  std::string shown;
  append_visible(shown, text);
  std::fputs(shown.c_str(), file_);
}

}  // namespace tracebus::examples
