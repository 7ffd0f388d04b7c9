// SPDX-License-Identifier: Apache-2.0
//
// SpoolExporter: an exporter around an exporter, with a disk between them.
//
//   bus -> worker -> export_batch: onto the disk -> ... -> sender thread -> the other exporter
//
// So a backend that is slow, down or away for a restart costs neither the bus nor those who emit: a
// batch counts as delivered once it is in the spool, and is then tried until the other exporter
// took it, at least once, in order. What the disk has no room for counts as
// DropReason::kSpoolQuota.
//
// The other exporter answers for one batch after the other, on the sender's thread: what it counts
// as failed is tried again with the whole batch, after a wait that doubles from retry_min_ms to
// retry_max_ms, with jitter; what it counts as rejected is not. An event that comes twice has the
// same origin twice.
//
// Thread safety: as Exporter; stats by any thread.
#ifndef TRACEBUS_EXPORTERS_SPOOL_SPOOL_EXPORTER_H_
#define TRACEBUS_EXPORTERS_SPOOL_SPOOL_EXPORTER_H_

#include <absl/status/status.h>
#include <absl/status/statusor.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "tracebus/core/exporter.h"
#include "tracebus/exporters/exporter_spec.h"
#include "tracebus/exporters/spool/spool.h"

namespace tracebus {
inline namespace v1 {

struct SpoolExporterOptions {
  SpoolOptions spool;
  std::uint32_t export_timeout_ms = 30'000;  // of each try
  std::uint32_t retry_min_ms = 100;
  std::uint32_t retry_max_ms = 30'000;
  // flush waits until the spool is empty, too; else OK means that all is on the disk.
  bool flush_drains = false;
};

struct SpoolExporterStats {
  SpoolStats spool;
  std::uint64_t sent = 0;        // events that the other exporter took
  std::uint64_t rejected = 0;    // events that it refused
  std::uint64_t unreadable = 0;  // events that came back from the disk damaged
  std::uint64_t retries = 0;     // batches that were tried once more
};

class SpoolExporter final : public Exporter {
 public:
  // Errors as of Spool::open. What an earlier process left in the folder is sent first.
  static absl::StatusOr<std::unique_ptr<SpoolExporter>> open(
      const std::string& folder, std::unique_ptr<Exporter> to,
      const SpoolExporterOptions& options = {});
  // Leaves what waits on the disk. A call of the other exporter that hangs keeps its thread.
  ~SpoolExporter() override;

  std::string_view name() const noexcept override { return name_; }
  ExportResult export_batch(const Batch& batch, const ExportContext& context) override;
  absl::Status flush(Deadline deadline) override;
  // Sends what it can until the deadline; the rest waits on the disk for the next process, which is
  // no error.
  absl::Status shutdown(Deadline deadline) override;
  std::string_view last_error() const noexcept override { return last_error_; }

  SpoolExporterStats stats() const;

 private:
  class Sender;

  SpoolExporter(std::string name, std::shared_ptr<Sender> sender, bool flush_drains);

  const std::string name_;
  const std::shared_ptr<Sender> sender_;  // shared with its thread, which may hang
  const bool flush_drains_;
  std::string bytes_;
  std::string last_error_;
};

// Adds spool=FOLDER|SPEC, with the options' defaults.
void add_spool(ExporterFactory& factory);

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_EXPORTERS_SPOOL_SPOOL_EXPORTER_H_
