// SPDX-License-Identifier: Apache-2.0
//
// OtlpMetricsExporter: the bus's own numbers to a receiver of OTLP's metrics, whoever carries them.
// They come as bus_stats events, every BusOptions::stats_interval_ms; all others count as
// processed, so give it a filter for these. otlp_metrics.md has the metrics.
//
// What of a batch is of one subscription, or of the bus, is told once, as the last one says it: the
// numbers are totals. An event counts as delivered when the receiver has taken its number or a
// later one. A subscription of its own keeps metrics apart from what they tell about: neither waits
// for the other.
//
// Memory: the events of one batch, and one request of at most request_bytes_max, as much again with
// gzip and several times as much with JSON.
#ifndef TRACEBUS_EXPORTERS_OTLP_OTLP_METRICS_EXPORTER_H_
#define TRACEBUS_EXPORTERS_OTLP_OTLP_METRICS_EXPORTER_H_

#include <absl/status/status.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tracebus/core/exporter.h"
#include "tracebus/exporters/connection_check.h"
#include "tracebus/exporters/encoded_batch.h"
#include "tracebus/exporters/otlp/bus_metrics.h"
#include "tracebus/exporters/otlp/otlp_limits.h"
#include "tracebus/exporters/otlp/otlp_sender.h"
#include "tracebus/exporters/otlp/resource.h"
#include "tracebus/exporters/otlp/trace_request.h"

namespace tracebus {
inline namespace v1 {

struct OtlpMetricsOptions {
  std::string name = {};                      // of the exporter
  std::chrono::milliseconds timeout{10'000};  // of a batch, with all that is sent again
  std::size_t request_bytes_max = kOtlpRequestBytesDefault;  // before compression
  // Gets the bus's instance as service.instance.id, unless it has one: numbers of two processes are
  // never told as one's.
  Resource resource = {};
};

// InvalidArgument for a timeout or request_bytes_max that OtlpRequests does not allow.
absl::Status check(const OtlpMetricsOptions& options);

class OtlpMetricsExporter final : public Exporter, public ConnectionCheck {
 public:
  // REQUIRES: the sender sends metrics; check(options) is OK.
  OtlpMetricsExporter(OtlpMetricsOptions options, std::unique_ptr<OtlpSender> sender);

  std::string_view name() const noexcept override { return options_.name; }
  ExportResult export_batch(const Batch& batch, const ExportContext& context) override;
  // Nothing is kept from one batch to the next, so there is nothing to wait for.
  absl::Status flush(Deadline) override { return absl::OkStatus(); }
  // Closes the connections. What is exported after it fails.
  absl::Status shutdown(Deadline) override;
  std::string_view last_error() const noexcept override { return last_error_; }

  absl::Status check_connection(Deadline deadline) override;

 private:
  // The last event of a subscription, or of the bus, and how many there were.
  struct Latest {
    const EventView* event = nullptr;
    std::uint64_t events = 0;
  };
  using Round = std::map<std::uint64_t, Latest>;  // by subscription; the bus comes first

  void send(Round::const_iterator begin, Round::const_iterator end, ExportResult& result);
  OtlpOutcome send_and_wait(const TraceRequest& request);
  void set_instance(std::uint64_t instance);
  void note(const std::string& error);

  const OtlpMetricsOptions options_;
  std::unique_ptr<OtlpSender> sender_;  // null after shutdown
  BusMetrics metrics_;
  EncodedBatch encoded_;
  std::uint64_t instance_ = 0;              // of frame_
  std::optional<TraceRequestFrame> frame_;  // since the first event
  std::vector<OtlpOutcome> outcomes_;
  std::string last_error_;
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_EXPORTERS_OTLP_OTLP_METRICS_EXPORTER_H_
