// SPDX-License-Identifier: Apache-2.0
//
// ProcessingExporter: puts processors, one after the other, before an exporter.
//
//   bus.add_exporter(std::make_unique<ProcessingExporter>(std::move(chain), std::move(jsonl)));
//
// Contract (core/processor.h says what processors may do and how events are counted)
//  1. The exporter is handed batches that exceed neither in events nor in bytes the largest batch
//     that came in so far; an event larger than that makes a batch of its own. One batch in may be
//     several out, or none, all under the deadline of the one that came in.
//  2. Its numbers (Batch::first_number) are of what left the chain. Losses before the chain, and
//     those counted for earlier batches, are in Batch::drops as they came in.
//  3. When the exporter throws, the batch it was handed counts as failed, and the next follows.
//  4. Memory: one incoming batch, plus what the processors emit for one event, or in one tick.
#ifndef TRACEBUS_EXPORTERS_PROCESSING_EXPORTER_H_
#define TRACEBUS_EXPORTERS_PROCESSING_EXPORTER_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <memory_resource>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "tracebus/core/exporter.h"
#include "tracebus/core/processor.h"
#include "tracebus/core/record_writer.h"
#include "tracebus/exporters/batch_account.h"
#include "tracebus/exporters/connection_check.h"

namespace tracebus {
inline namespace v1 {

class ProcessingExporter final : public Exporter, public ConnectionCheck {
 public:
  // REQUIRES: neither the exporter nor any of the processors is null.
  ProcessingExporter(std::vector<std::unique_ptr<Processor>> processors,
                     std::unique_ptr<Exporter> exporter);
  ~ProcessingExporter() override;

  std::string_view name() const noexcept override { return exporter_->name(); }
  ExportResult export_batch(const Batch& batch, const ExportContext& context) override;
  // Internal if a processor threw in a tick since the flush before: it may have lost what it held.
  absl::Status flush(Deadline deadline) override;
  absl::Status shutdown(Deadline deadline) override;
  ExportResult flush_result() const noexcept override;
  std::string_view last_error() const noexcept override;
  const Exporter& exporter() const noexcept { return *exporter_; }

  // Of the exporter; OK if it has no connection.
  absl::Status check_connection(Deadline deadline) override;
  // If the exporter and all of the processors say so.
  bool non_blocking() const noexcept override;

 private:
  class Stage;

  // --- The chain ---
  void enter(std::size_t stage, const EventView& event);  // stage == stages_.size(): leaves it
  absl::Status emit_held(Deadline deadline);

  // --- Records of events that were not in the batch as they are ---
  EventView copy(const EventView& event);
  std::optional<EventView> write_in_place_of(const EventView& original, const TraceEvent& event);
  std::optional<EventView> write_added(const TraceEvent& event);
  std::optional<EventView> write(const TraceEvent& event, const ViewContext& context,
                                 RecordStamp stamp, std::uint64_t unix_ns);

  // --- The exporter's batches ---
  void learn_from(const Batch& batch, const ExportContext& context);
  void export_all(const ExportContext& context);
  std::size_t next_batch_end(std::size_t begin) const noexcept;
  void export_some(std::size_t begin, std::size_t end, const ExportContext& context);
  void forget_leaving() noexcept;

  const std::unique_ptr<Exporter> exporter_;
  const std::uint32_t added_by_;  // a producer number that no bus hands out
  std::vector<std::unique_ptr<Stage>> stages_;
  std::string last_error_;
  std::string tick_error_;  // empty: none since the last flush

  std::pmr::monotonic_buffer_resource records_;
  std::vector<EventView> leaving_;  // left the chain, and not exported yet
  std::size_t leaving_bytes_ = 0;
  BatchAccount account_;
  ExportResult flush_result_;
  std::uint64_t exported_ = 0;  // of all batches
  std::uint64_t added_ = 0;

  // --- As learnt from the batches that came in ---
  std::size_t events_max_ = 1;
  std::size_t bytes_max_ = 0;
  ViewContext context_;
  DropCounts drops_{};
  std::stop_token stop_;
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_EXPORTERS_PROCESSING_EXPORTER_H_
