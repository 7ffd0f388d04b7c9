// SPDX-License-Identifier: Apache-2.0
//
// RandomProcessor: does everything that a processor may do, and some of what it should not, as a
// seed tells it. It notes each event that it lost by a throw or by a limit, or
// sampled out; all else is judged by
// the receiver.
#ifndef TRACEBUS_TESTS_EXPORTERS_RANDOM_PROCESSOR_H_
#define TRACEBUS_TESTS_EXPORTERS_RANDOM_PROCESSOR_H_

#include <cstdint>
#include <random>
#include <stdexcept>
#include <utility>
#include <vector>

#include "tracebus/core/limits.h"
#include "tracebus/core/owned_event.h"
#include "tracebus/core/processor.h"

namespace tracebus::testing {

using Identity = std::pair<std::uint32_t, std::uint64_t>;  // producer, sequence

inline Identity identity_of(const EventView& event) { return {event.producer(), event.sequence()}; }

// What the receiver cannot know.
struct RandomNotes {
  std::vector<Identity> failed;
  std::vector<Identity> sampled_out;
  void clear() {
    failed.clear();
    sampled_out.clear();
  }
};

class RandomProcessor final : public Processor {
 public:
  RandomProcessor(std::uint64_t seed, RandomNotes& notes) : random_(seed), notes_(notes) {}

  void process(const EventView& event, ProcessorOutput& output) override {
    switch (random_() % 14) {
      case 0:
        return;
      case 1:
        held_.emplace_back(event);
        return;
      case 2:
        release(output);
        return output.pass(event);
      case 3:
        output.pass(event);
        return output.pass(event);
      case 4:
        output.replace(event, changed(event));
        return;
      case 5:
        output.add({.event_type = "added", .payload = {{"why", "random"}}});
        return output.pass(event);
      case 6:
        notes_.failed.push_back(identity_of(event));
        throw std::runtime_error("before");
      case 7:
        output.pass(event);
        throw std::runtime_error("after");
      case 8:
        notes_.failed.push_back(identity_of(event));
        return output.replace(event, too_large(event));
      case 9: {
        notes_.failed.push_back({0, 0});
        return output.add(too_large(event));
      }
      case 10:
        return sample_out(event, output);
      case 11:
        sample_out(event, output);
        held_.emplace_back(event);
        return;
      default:
        return output.pass(event);
    }
  }

  void tick(bool last, ProcessorOutput& output) override {
    while (!held_.empty() && (last || random_() % 2 == 0)) release(output);
    if (random_() % 8 == 0) output.add({.event_type = "added"});
    if (random_() % 16 == 0) throw std::runtime_error("tick");
  }
  std::chrono::milliseconds tick_interval() const override { return {}; }

 private:
  void sample_out(const EventView& event, ProcessorOutput& output) {
    notes_.sampled_out.push_back(identity_of(event));
    output.sample_out(event);
  }
  void release(ProcessorOutput& output) {
    if (held_.empty()) return;
    const std::size_t index = random_() % held_.size();
    const OwnedEvent event = std::move(held_[index]);
    held_.erase(held_.begin() + static_cast<std::ptrdiff_t>(index));
    if (random_() % 2 == 0) return output.pass(event.view());
    output.replace(event.view(), changed(event.view()));
  }
  TraceEvent changed(const EventView& event) {
    TraceEvent changed = event.to_event();
    changed.payload.add("changed", true);
    return changed;
  }
  TraceEvent too_large(const EventView& event) {
    TraceEvent large = event.to_event();
    for (std::size_t i = 0; i < kAttributesMax; ++i) large.payload.add("k", nullptr);
    return large;
  }

  std::mt19937_64 random_;
  RandomNotes& notes_;
  std::vector<OwnedEvent> held_;
};

}  // namespace tracebus::testing

#endif  // TRACEBUS_TESTS_EXPORTERS_RANDOM_PROCESSOR_H_
