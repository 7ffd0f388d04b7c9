// SPDX-License-Identifier: Apache-2.0
//
// PrometheusExporter: what events come to, as a page that Prometheus scrapes.
//
//   auto exporter = PrometheusExporter::create();         // http://127.0.0.1:9464/metrics
//   bus.subscribe_exporter(*std::move(exporter));
//
// prometheus.md has the list of metrics. The page is there from create to shutdown.
// Thread safety: as Exporter; page, port and url any thread.
#ifndef TRACEBUS_EXPORTERS_PROMETHEUS_PROMETHEUS_EXPORTER_H_
#define TRACEBUS_EXPORTERS_PROMETHEUS_PROMETHEUS_EXPORTER_H_

#include <absl/status/status.h>
#include <absl/status/statusor.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "tracebus/core/exporter.h"
#include "tracebus/exporters/prometheus/page_format.h"
#include "tracebus/exporters/prometheus/prometheus_options.h"

namespace tracebus {
inline namespace v1 {

class EventMetrics;
class ScrapeServer;

class PrometheusExporter final : public Exporter {
 public:
  // InvalidArgument for options out of range, Unavailable where the port is in use or the address
  // not of this machine, ResourceExhausted without a thread.
  static absl::StatusOr<std::unique_ptr<PrometheusExporter>> create(
      const PrometheusOptions& options = PrometheusOptions::from_env());
  ~PrometheusExporter() override;

  std::string_view name() const noexcept override { return name_; }
  ExportResult export_batch(const Batch& batch, const ExportContext& context) override;
  // The page ends; within a second, whatever the deadline.
  absl::Status shutdown(Deadline deadline) override;
  // A page that is being made holds it up for a copy of the numbers.
  bool non_blocking() const noexcept override { return true; }

  std::uint16_t port() const noexcept { return port_; }
  const std::string& url() const noexcept { return url_; }  // "http://127.0.0.1:9464/metrics"

  // The page as it is, for a program that answers requests itself.
  std::string page(PageFormat format = PageFormat::kText) const;
  // What the numbers take at most, by label_sets_max.
  std::size_t bytes_max() const noexcept;

 private:
  PrometheusExporter(std::shared_ptr<EventMetrics> metrics, std::unique_ptr<ScrapeServer> server);

  const std::shared_ptr<EventMetrics> metrics_;
  const std::unique_ptr<ScrapeServer> server_;
  const std::uint16_t port_;
  const std::string url_;
  const std::string name_;
};

// What SPEC's `prometheus[:[HOST:]PORT]` makes: the defaults of the environment, whose warnings go
// to standard error, as changed by rest.
absl::StatusOr<std::unique_ptr<Exporter>> make_prometheus(std::string_view rest);

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_EXPORTERS_PROMETHEUS_PROMETHEUS_EXPORTER_H_
