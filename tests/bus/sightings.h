// SPDX-License-Identifier: Apache-2.0
//
// Sightings: what one receiver saw. It judges order as it goes: of each producer, sequences only
// rise, so nothing comes twice; and all events are of one process and one bus.
//
// Thread safety: all of it.
#ifndef TRACEBUS_TESTS_BUS_SIGHTINGS_H_
#define TRACEBUS_TESTS_BUS_SIGHTINGS_H_

#include <unistd.h>

#include <cstdint>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "tracebus/core/event_view.h"
#include "tracebus/core/exporter.h"

namespace tracebus::testing {

class Sightings {
 public:
  void see(const EventView& event) {
    const std::lock_guard lock(mutex_);
    ++events_;
    instances_.insert(event.origin().instance);
    std::uint64_t& last = last_[event.producer()];
    if (event.sequence() <= last) {
      complain("producer " + std::to_string(event.producer()) + ": " +
               std::to_string(event.sequence()) + " after " + std::to_string(last));
    }
    last = event.sequence();
    const auto process = event.find("process");
    if (process && process->as_int64() != process_) {
      complain("an event of process " + std::to_string(process->as_int64()) + " in " +
               std::to_string(process_));
    }
  }

  std::uint64_t events() const {
    const std::lock_guard lock(mutex_);
    return events_;
  }
  std::size_t producers() const {
    const std::lock_guard lock(mutex_);
    return last_.size();
  }
  // The last sequence; 0: nothing was seen of it.
  std::uint64_t last_of(std::uint32_t producer) const {
    const std::lock_guard lock(mutex_);
    const auto found = last_.find(producer);
    return found == last_.end() ? 0 : found->second;
  }
  std::set<std::uint64_t> instances() const {
    const std::lock_guard lock(mutex_);
    return instances_;
  }
  // One line each; empty if all is well.
  std::string problems() const {
    const std::lock_guard lock(mutex_);
    std::string text;
    for (const std::string& problem : problems_) text += problem + "\n";
    return text;
  }

 private:
  void complain(std::string problem) {
    if (problems_.size() < 10) problems_.push_back(std::move(problem));
  }

  const std::int64_t process_ = getpid();  // of whoever made this
  mutable std::mutex mutex_;               // guards what follows
  std::uint64_t events_ = 0;
  std::set<std::uint64_t> instances_;
  std::unordered_map<std::uint32_t, std::uint64_t> last_;  // sequence, by producer
  std::vector<std::string> problems_;
};

class SightingExporter final : public Exporter {
 public:
  explicit SightingExporter(std::shared_ptr<Sightings> sightings)
      : sightings_(std::move(sightings)) {}
  std::string_view name() const noexcept override { return "sightings"; }
  ExportResult export_batch(const Batch& batch, const ExportContext&) override {
    for (const EventView& event : batch) sightings_->see(event);
    return ExportResult::ok();
  }
  bool non_blocking() const noexcept override { return true; }

 private:
  const std::shared_ptr<Sightings> sightings_;
};

}  // namespace tracebus::testing

#endif  // TRACEBUS_TESTS_BUS_SIGHTINGS_H_
