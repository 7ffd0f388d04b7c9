// SPDX-License-Identifier: Apache-2.0
#include "tracebus/exporters/prometheus/prometheus_exporter.h"

#include <cstdio>
#include <utility>
#include <vector>

#include "tracebus/exporters/prometheus/event_metrics.h"
#include "tracebus/exporters/prometheus/scrape_server.h"
#include "tracebus/trace/metric_spec.h"

namespace tracebus {
inline namespace v1 {
namespace {

absl::Status check(const PrometheusOptions& options) {
  const auto refuse = [](const char* why) { return absl::InvalidArgumentError(why); };
  const auto is_time = [](std::chrono::milliseconds time) {
    return time.count() >= 1 && time.count() <= 3'600'000;
  };
  if (options.label_sets_max < 1 || options.label_sets_max > kMetricSeriesMax) {
    return refuse("label_sets_max is not from 1 to 1048576");
  }
  if (options.connections_max < 2 || options.connections_max > 1024) {
    return refuse("connections_max is not from 2 to 1024");
  }
  if (!is_time(options.request_timeout)) return refuse("request_timeout is not 1 to 3600000 ms");
  if (!is_time(options.answer_timeout)) return refuse("answer_timeout is not 1 to 3600000 ms");
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::unique_ptr<PrometheusExporter>> PrometheusExporter::create(
    const PrometheusOptions& options) {
  if (absl::Status status = check(options); !status.ok()) return status;
  auto metrics = EventMetrics::create(options.label_sets_max);
  auto server = ScrapeServer::start(options, metrics);
  if (!server.ok()) return server.status();
  return std::unique_ptr<PrometheusExporter>(
      new PrometheusExporter(std::move(metrics), *std::move(server)));
}

PrometheusExporter::PrometheusExporter(std::shared_ptr<EventMetrics> metrics,
                                       std::unique_ptr<ScrapeServer> server)
    : metrics_(std::move(metrics)), server_(std::move(server)), port_(server_->site().port),
      url_("http://" + server_->site().authority + "/metrics"),
      name_("prometheus:" + server_->site().authority) {}

PrometheusExporter::~PrometheusExporter() = default;

ExportResult PrometheusExporter::export_batch(const Batch& batch, const ExportContext&) {
  metrics_->count(batch);
  return ExportResult::ok();
}

absl::Status PrometheusExporter::shutdown(Deadline deadline) { return server_->shutdown(deadline); }

std::string PrometheusExporter::page(PageFormat format) const {
  const std::unique_ptr<MetricsPage> page = metrics_->page(format);
  std::string text;
  for (std::string piece; page->append_piece(piece); piece.clear()) text += piece;
  return text;
}

std::size_t PrometheusExporter::bytes_max() const noexcept { return metrics_->bytes_max(); }

absl::StatusOr<std::unique_ptr<Exporter>> make_prometheus(std::string_view rest) {
  std::vector<std::string> warnings;
  const PrometheusOptions defaults = PrometheusOptions::from_env(&warnings);
  for (const std::string& warning : warnings) {
    std::fprintf(stderr, "tracebus: prometheus: %s\n", warning.c_str());
  }
  const auto options = parse_prometheus_address(rest, defaults);
  if (!options.ok()) return options.status();
  auto made = PrometheusExporter::create(*options);
  if (!made.ok()) return made.status();
  if (options->port == 0) {
    std::fprintf(stderr, "tracebus: prometheus: the page is at %s\n", (*made)->url().c_str());
  }
  return *std::move(made);
}

}  // namespace v1
}  // namespace tracebus
