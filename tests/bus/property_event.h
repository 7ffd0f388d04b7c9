// SPDX-License-Identifier: Apache-2.0
//
// The events of the property test. Everything in an event is a function of the seed, the test's own
// producer number and the number of the attempt: a receiver that knows these three knows every byte
// that it must see, so a torn, mixed or invented event shows.
#ifndef TRACEBUS_TESTS_BUS_PROPERTY_EVENT_H_
#define TRACEBUS_TESTS_BUS_PROPERTY_EVENT_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "tracebus/bus/trace_event_bus.h"

namespace tracebus::testing {

// SplitMix64: a seed says everything.
class PropertyRandom {
 public:
  explicit PropertyRandom(std::uint64_t seed) noexcept : state_(seed) {}
  std::uint64_t next() noexcept {
    std::uint64_t z = (state_ += 0x9E3779B97F4A7C15u);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
  }
  std::uint64_t below(std::uint64_t bound) noexcept { return next() % bound; }
  bool one_in(std::uint64_t n) noexcept { return below(n) == 0; }

 private:
  std::uint64_t state_;
};

// Of the bus: several, for one seed in three.
constexpr std::uint32_t dispatchers_of(std::uint64_t seed) noexcept {
  return seed % 3 != 0 ? 1 : 2 + static_cast<std::uint32_t>(seed / 3 % 3);
}

inline constexpr std::string_view kSecretKey = "property.secret";  // content

struct EventShape {
  std::uint32_t producer = 0;
  std::uint32_t number = 0;
  std::string_view type;
  std::string_view agent;
  std::string_view pattern;
  std::string_view text;
  std::string_view model;  // empty: no such attribute
  std::int64_t value = 0;
  double ratio = 0;
  EventIds ids;  // none: no ids
  bool typed = false;
  bool secret = false;
};

inline constexpr std::string_view kPropertyTypes[] = {"agent_start",
                                                      "agent_end",
                                                      "llm_call",
                                                      "llm_call_end",
                                                      "tool_start",
                                                      "property.registered",
                                                      "llm_token",  // verbose
                                                      "property.unregistered"};
inline constexpr std::string_view kPropertyAgents[] = {"agent-0", "agent-1", "agent-2",
                                                       "role-planner-with-a-long-name", ""};
inline constexpr std::string_view kPropertyPatterns[] = {"pipeline", "debate", ""};
inline constexpr std::string_view kPropertyModels[] = {"model-large", "model-small"};

RunId property_run(std::uint64_t index) noexcept;
TraceId property_trace(std::uint64_t index) noexcept;
// Before the first event: registers what the typed way needs and classes the secret as content.
void register_property_names();

EventShape shape_of(std::uint64_t seed, std::uint32_t producer, std::uint32_t number) noexcept;

EmitResult emit_shape(TraceEventBus& bus, const EventShape& shape) noexcept;
EmitResult emit_shape(Producer& producer, const EventShape& shape) noexcept;

// Who emitted the event, as its payload says; nothing if that is damaged.
struct Identity {
  std::uint32_t producer;
  std::uint32_t number;
};
std::optional<Identity> identity_of(const EventView& event) noexcept;

// What is wrong with the event; empty if nothing is. secret_visible: content was granted.
std::string damage_of(const EventView& event, const EventShape& shape, bool secret_visible);

}  // namespace tracebus::testing

#endif  // TRACEBUS_TESTS_BUS_PROPERTY_EVENT_H_
