// SPDX-License-Identifier: Apache-2.0
//
// SwarmRecorder: an emitter that keeps what a swarm emits.
#ifndef TRACEBUS_TESTS_TOOLS_SWARM_RECORDER_H_
#define TRACEBUS_TESTS_TOOLS_SWARM_RECORDER_H_

#include <atomic>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "tracebus/core/emit_result.h"
#include "tracebus/core/event_type.h"
#include "tracebus/core/ids.h"
#include "tracebus/core/name.h"

namespace tracebus::testing {

struct SwarmEvent {
  EventType type;
  EventIds ids;
  std::string agent;
  std::string pattern;
  std::map<std::string, double, std::less<>> numbers;
  std::map<std::string, std::string, std::less<>> texts;
  std::uint64_t ticket = 0;  // the order over all recorders that share one counter

  bool operator==(const SwarmEvent& other) const {
    return type == other.type && ids == other.ids && agent == other.agent &&
           pattern == other.pattern && numbers == other.numbers && texts == other.texts;
  }
};

class SwarmRecorder {
 public:
  SwarmRecorder() = default;
  // Recorders with one counter tell in which order they got their events.
  explicit SwarmRecorder(std::atomic<std::uint64_t>& tickets) : tickets_(&tickets) {}

  template <class... Attributes>
  EmitResult emit(EventType type, const EventIds& ids, const Name& agent, const Name& pattern,
                  const Attributes&... attributes) {
    SwarmEvent event;
    event.type = type;
    event.ids = ids;
    event.agent = text_of(agent);
    event.pattern = text_of(pattern);
    (keep(event, attributes), ...);
    if (tickets_ != nullptr) event.ticket = tickets_->fetch_add(1);
    events.push_back(std::move(event));
    return EmitResult::kAccepted;
  }

  std::vector<SwarmEvent> events;

 private:
  static std::string text_of(const Name& name) {
    return std::string(name.handle().is_valid() ? name.handle().text() : name.text());
  }
  template <class Attribute>
  static void keep(SwarmEvent& event, const Attribute& attribute) {
    const std::string key(Attribute::kKey);
    if constexpr (Attribute::kIsText) {
      event.texts[key] = std::string(attribute.value);
    } else {
      event.numbers[key] = static_cast<double>(attribute.value);
    }
  }

  std::atomic<std::uint64_t>* tickets_ = nullptr;
};

}  // namespace tracebus::testing

#endif  // TRACEBUS_TESTS_TOOLS_SWARM_RECORDER_H_
