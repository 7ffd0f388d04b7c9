// SPDX-License-Identifier: Apache-2.0
//
// A program and two plugins, each linked to tracebus: there is one registry of types, keys and
// names, and one default bus. Had they one each, a type that the program registers first would move
// the numbers of the program alone.
#include <atomic>
#include <chrono>

#include <plugin.h>
#include "tracebus/bus/trace_event_bus.h"

int main() {
  Sight host{};
  host.own_type = tracebus::EventType::registered("of_the_host").number();
  static_cast<void>(tracebus::AttributeKey::registered("of_the_host"));
  static_cast<void>(tracebus::NameHandle::of("of_the_host"));
  std::atomic<int> received{0};
  tracebus::TraceEventBus& bus = tracebus::default_bus();
  bus.subscribe_filter({"shared_type"}, [&](const tracebus::EventView&) { ++received; });

  Sight first{};
  Sight second{};
  if (!look_through(FIRST_PLUGIN, &first) || !look_through(SECOND_PLUGIN, &second)) return 1;
  host.shared_type = tracebus::EventType::registered("shared_type").number();
  host.shared_key = tracebus::AttributeKey::registered("shared_key").number();
  host.shared_name = tracebus::NameHandle::of("shared_name").number();
  host.default_bus = &bus;
  print("host", host);
  if (!same(host, first) || !same(host, second)) return 2;
  if (host.own_type == first.own_type || first.own_type == second.own_type) return 3;
  if (!bus.flush(std::chrono::seconds(10)).ok()) return 4;
  std::printf("received %d\n", received.load());
  return received == 2 ? 0 : 5;
}
