// SPDX-License-Identifier: Apache-2.0
//
// Receiver: one subscription's judge. It sees what the bus delivers and says what is wrong with it.
#ifndef TRACEBUS_TESTS_BUS_PROPERTY_RECEIVER_H_
#define TRACEBUS_TESTS_BUS_PROPERTY_RECEIVER_H_

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "tracebus/core/exporter.h"
#include "tracebus/tests/bus/property_event.h"

namespace tracebus::testing {

// Thread safety: one call of see at a time, which is itself checked; ask the rest when the
// subscription has ended or the bus was flushed. end and problems are for any thread.
class Receiver {
 public:
  using Predicate = std::function<bool(const EventShape&)>;

  Receiver(std::uint64_t seed, bool content, Predicate wanted)
      : seed_(seed), content_(content), wanted_(std::move(wanted)) {}

  // Checks one event: whole, in its producer's order, not seen before, wanted.
  void see(const EventView& event);
  void see_batch(const Batch& batch, std::size_t events_max, std::size_t bytes_max);

  // What came of events that were seen, as the callback or exporter told the bus.
  void count_kept(std::uint64_t events) { kept_ += events; }
  void count_failed(std::uint64_t events) { failed_ += events; }
  void count_rejected(std::uint64_t events) { rejected_ += events; }

  // From now on nothing may be seen.
  void end() { ended_.store(true); }

  const std::vector<Identity>& seen() const { return seen_; }
  std::uint64_t kept() const { return kept_; }
  std::uint64_t failed() const { return failed_; }
  std::uint64_t rejected() const { return rejected_; }
  std::vector<std::string> problems() const;
  void report(const std::string& problem);

 private:
  void check_order(const EventView& event, const Identity& identity);

  const std::uint64_t seed_;
  const bool content_;
  const Predicate wanted_;
  std::atomic<bool> busy_{false};
  std::atomic<bool> ended_{false};

  std::vector<Identity> seen_;
  // By the test's producer, and the way that its events took.
  std::map<std::pair<std::uint32_t, std::uint32_t>, std::uint64_t> last_numbers_;
  std::map<std::uint32_t, std::uint64_t> last_sequences_;  // by the bus's producer
  std::uint64_t next_batch_number_ = 1;
  DropCounts last_drops_{};
  std::uint64_t kept_ = 0;
  std::uint64_t failed_ = 0;
  std::uint64_t rejected_ = 0;

  mutable std::mutex mutex_;
  std::vector<std::string> problems_;  // under mutex_; the first few
};

}  // namespace tracebus::testing

#endif  // TRACEBUS_TESTS_BUS_PROPERTY_RECEIVER_H_
