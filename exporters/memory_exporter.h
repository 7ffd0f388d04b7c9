// SPDX-License-Identifier: Apache-2.0
//
// MemoryExporter: the last events, kept in memory and asked for by query. An audit log, and a
// receiver for tests.
//
// Thread safety: everything but export_batch may be called from any thread at any time. A query
// holds up the exporter only while it takes references, not while it filters.
#ifndef TRACEBUS_EXPORTERS_MEMORY_EXPORTER_H_
#define TRACEBUS_EXPORTERS_MEMORY_EXPORTER_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <limits>
#include <memory>
#include <mutex>
#include <optional>
#include <string_view>
#include <vector>

#include "tracebus/core/exporter.h"
#include "tracebus/core/filter.h"
#include "tracebus/core/owned_event.h"
#include "tracebus/core/timestamp.h"

namespace tracebus {
inline namespace v1 {

// The youngest event is always kept, unless it exceeds a bound alone.
struct MemoryOptions {
  std::size_t events_max = 10000;
  std::size_t bytes_max = std::size_t{64} << 20;  // counting kMemoryBytesPerEvent for each
};

// What keeping an event takes besides its record.
inline constexpr std::size_t kMemoryBytesPerEvent = 160;

struct MemoryQuery {
  Filter filter = {};                  // agent, type, run, attribute, ...
  std::optional<Timestamp> from = {};  // this moment and later
  std::optional<Timestamp> to = {};    // this moment and earlier
  std::size_t limit = std::numeric_limits<std::size_t>::max();
  bool newest_first = false;  // which end the limit counts from, and the order of the answer
};

class MemoryExporter final : public Exporter {
 public:
  using Events = std::vector<std::shared_ptr<const OwnedEvent>>;

  explicit MemoryExporter(MemoryOptions options = {}) : options_(options) {}

  std::string_view name() const noexcept override { return "memory"; }
  ExportResult export_batch(const Batch& batch, const ExportContext& context) override;

  // In the order of arrival, or against it. The events stay valid when the exporter forgets them.
  Events query(const MemoryQuery& query = {}) const;

  std::size_t size() const;
  std::size_t size_bytes() const;
  // How many were let go of to keep the bounds, or never kept because they exceed them alone.
  std::uint64_t evicted() const;
  // Forgets all events. They do not count as evicted.
  void clear();

 private:
  void keep(std::shared_ptr<const OwnedEvent> event);
  void evict_oldest();

  const MemoryOptions options_;
  mutable std::mutex mutex_;  // guards everything below
  std::deque<std::shared_ptr<const OwnedEvent>> events_;
  std::size_t bytes_ = 0;
  std::uint64_t evicted_ = 0;
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_EXPORTERS_MEMORY_EXPORTER_H_
