// SPDX-License-Identifier: Apache-2.0
//
// ScrapeServer: the page of an EventMetrics over HTTP, on one thread of its own.
//
// Limits. As many connections as connections_max, each with a time for its request and one for its
// answer, 8 KiB of request and one piece of a page. When all places are taken, the connection that
// has waited longest for its request gives its place to the newest; where all are being answered,
// newer ones wait in the system's queue. So connections that say nothing shut nobody out.
// Thread safety: any thread; shutdown and the destructor one at a time.
#ifndef TRACEBUS_EXPORTERS_PROMETHEUS_SCRAPE_SERVER_H_
#define TRACEBUS_EXPORTERS_PROMETHEUS_SCRAPE_SERVER_H_

#include <absl/status/status.h>
#include <absl/status/statusor.h>

#include <memory>
#include <thread>

#include "tracebus/core/exporter.h"
#include "tracebus/exporters/prometheus/event_metrics.h"
#include "tracebus/exporters/prometheus/prometheus_options.h"
#include "tracebus/exporters/prometheus/scrape_request.h"

namespace tracebus {
inline namespace v1 {

class ScrapeServer {
 public:
  // Listens once it is there. InvalidArgument for a host that is no address; Unavailable where the
  // address is in use, or not of this machine; ResourceExhausted without a thread.
  static absl::StatusOr<std::unique_ptr<ScrapeServer>> start(const PrometheusOptions& options,
                                                             std::shared_ptr<EventMetrics> metrics);
  ScrapeServer(const ScrapeServer&) = delete;
  ScrapeServer& operator=(const ScrapeServer&) = delete;
  ~ScrapeServer();  // as shutdown, within a second

  const ScrapeSite& site() const noexcept;

  // Listens no longer at once; answers that are on their way have until the deadline, but a second
  // at most. DeadlineExceeded if the thread had not ended by then: it is left behind.
  absl::Status shutdown(Deadline deadline);

 private:
  struct Core;  // shared with the thread, which may be left behind
  explicit ScrapeServer(std::shared_ptr<Core> core);

  const std::shared_ptr<Core> core_;
  std::thread thread_;
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_EXPORTERS_PROMETHEUS_SCRAPE_SERVER_H_
