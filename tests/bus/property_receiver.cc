// SPDX-License-Identifier: Apache-2.0
#include "tracebus/tests/bus/property_receiver.h"

#include <utility>

#include "tracebus/bus/emergency_ring.h"

namespace tracebus::testing {
namespace {

constexpr std::size_t kProblemsMax = 5;

std::string name_of(const Identity& identity) {
  return "event " + std::to_string(identity.producer) + "/" + std::to_string(identity.number);
}

}  // namespace

void Receiver::report(const std::string& problem) {
  const std::lock_guard lock(mutex_);
  if (problems_.size() < kProblemsMax) problems_.push_back(problem);
}

std::vector<std::string> Receiver::problems() const {
  const std::lock_guard lock(mutex_);
  return problems_;
}

void Receiver::see(const EventView& event) {
  if (busy_.exchange(true)) report("two calls at a time");
  if (ended_.load()) report("called after unsubscribe returned");
  const std::optional<Identity> identity = identity_of(event);
  if (!identity) {
    report("torn: an event without its producer and number");
  } else {
    const EventShape shape = shape_of(seed_, identity->producer, identity->number);
    const std::string damage = damage_of(event, shape, content_);
    if (!damage.empty()) report("torn: " + name_of(*identity) + damage);
    if (!wanted_(shape)) report("not wanted: " + name_of(*identity));
    check_order(event, *identity);
    seen_.push_back(*identity);
  }
  busy_.store(false);
}

void Receiver::check_order(const EventView& event, const Identity& identity) {
  // What found no ring comes another way, where a stranger who stops may hold it up: it keeps its
  // order there only. With several dispatchers so does each ring that the test's producer had.
  const bool own_way = is_emergency_producer(event.producer()) || dispatchers_of(seed_) > 1;
  const std::uint32_t way = own_way ? event.producer() : 0;
  std::uint64_t& last_number = last_numbers_[{identity.producer, way}];
  if (identity.number <= last_number) {
    report("order: " + name_of(identity) + " after number " + std::to_string(last_number));
  }
  last_number = identity.number;
  std::uint64_t& last_sequence = last_sequences_[event.producer()];
  if (event.sequence() <= last_sequence) {
    report("order: " + name_of(identity) + " has sequence " + std::to_string(event.sequence()) +
           " after " + std::to_string(last_sequence));
  }
  last_sequence = event.sequence();
}

void Receiver::see_batch(const Batch& batch, std::size_t events_max, std::size_t bytes_max) {
  if (batch.empty() || batch.size() > events_max) {
    report("batch of " + std::to_string(batch.size()) + " events");
  }
  std::size_t bytes = 0;
  for (const EventView& event : batch) bytes += event.size_bytes();
  if (bytes > bytes_max && batch.size() > 1) report("batch of " + std::to_string(bytes) + " bytes");
  if (batch.first_number != next_batch_number_) {
    report("batch begins at " + std::to_string(batch.first_number) + " and not at " +
           std::to_string(next_batch_number_));
  }
  next_batch_number_ = batch.first_number + batch.size();
  for (std::size_t i = 0; i < kDropReasons; ++i) {
    if (batch.drops[i] < last_drops_[i]) report("a batch's drops fell");
  }
  last_drops_ = batch.drops;
  for (const EventView& event : batch) see(event);
}

}  // namespace tracebus::testing
