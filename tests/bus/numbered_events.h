// SPDX-License-Identifier: Apache-2.0
//
// Events that say who emitted them and which one they are, and the receiver that judges them: each
// one whole, seen once, in the order of its producer. What is missing shows by its number.
#ifndef TRACEBUS_TESTS_BUS_NUMBERED_EVENTS_H_
#define TRACEBUS_TESTS_BUS_NUMBERED_EVENTS_H_

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "tracebus/tests/bus/bus_test_support.h"

namespace tracebus::testing {

struct Numbered {
  std::int64_t producer = 0;
  std::int64_t number = 0;
  std::string_view type = "agent_start";
  std::size_t text_bytes = 8;
};

// A function of who, which one and how long.
std::string text_of(std::int64_t producer, std::int64_t number, std::size_t bytes);

EmitResult emit_numbered(TraceEventBus& bus, const Numbered& event);
EmitResult emit_numbered(Producer& producer, const Numbered& event);

// Thread safety: all of it. One subscription's events go to one of these.
class NumberedReceiver {
 public:
  void see(const EventView& event);

  // Events of one producer, in the order of arrival.
  std::vector<std::int64_t> numbers(std::int64_t producer) const;
  std::uint64_t count() const;
  std::uint64_t count(std::string_view type) const;
  std::vector<std::string> problems() const;  // none: nothing is wrong with what was seen
  // Events whose sequence does not follow the one before, of the same producer.
  std::uint64_t gaps() const;

 private:
  void check(const EventView& event, std::int64_t producer, std::int64_t number);

  mutable std::mutex mutex_;
  std::map<std::int64_t, std::vector<std::int64_t>> numbers_;
  std::map<std::string, std::uint64_t, std::less<>> by_type_;
  std::map<std::uint32_t, std::uint64_t> last_sequences_;  // by the bus's producer
  std::uint64_t gaps_ = 0;
  std::vector<std::string> problems_;
};

// Numbers 1 to count.
std::vector<std::int64_t> numbers_to(std::int64_t count);

// Shows all to the receiver, and then does as `then` says, if anything.
std::unique_ptr<Exporter> receiving_exporter(
    std::shared_ptr<NumberedReceiver> receiver,
    std::function<ExportResult(const Batch&, const ExportContext&)> then = {});

// For loops that the long runs repeat more often: TRACEBUS_FULL=1 makes it long_count, or a third
// of it under sanitizers, but never fewer than quick_count.
int rounds(int quick_count, int long_count);

}  // namespace tracebus::testing

#endif  // TRACEBUS_TESTS_BUS_NUMBERED_EVENTS_H_
