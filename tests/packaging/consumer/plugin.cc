// SPDX-License-Identifier: Apache-2.0
#include <plugin.h>

#include "tracebus/bus/trace_event_bus.h"

extern "C" [[gnu::visibility("default")]] void look(Sight* sight) {
  sight->own_type = tracebus::EventType::registered(PLUGIN_NAME).number();
  const auto type = tracebus::EventType::registered("shared_type");
  sight->shared_type = type.number();
  sight->shared_key = tracebus::AttributeKey::registered("shared_key").number();
  sight->shared_name = tracebus::NameHandle::of("shared_name").number();
  sight->default_bus = &tracebus::default_bus();
  tracebus::default_bus().emit(type, tracebus::kNoIds, PLUGIN_NAME, "");
}
