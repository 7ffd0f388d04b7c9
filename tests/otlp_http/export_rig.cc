// SPDX-License-Identifier: Apache-2.0
#include "tracebus/tests/otlp_http/export_rig.h"

#include <gtest/gtest.h>

#include <memory>
#include <numeric>
#include <utility>
#include <vector>

#include "tracebus/tests/otlp_http/span_receiver.h"

namespace tracebus::testing {
namespace {

using std::chrono::milliseconds;

}  // namespace

OtlpHttpOptions options_for(const std::string& url, milliseconds timeout) {
  OtlpHttpOptions options;
  options.http.url = otlp_traces_url(url);
  options.http.direct = true;
  options.timeout = timeout;
  options.retry = {.initial_backoff = milliseconds(5), .max_backoff = milliseconds(50)};
  return options;
}

ExportAccount run_export(const OtlpHttpOptions& exported, std::size_t spans) {
  auto exporter = OtlpHttpExporter::create(exported);
  EXPECT_TRUE(exporter.ok()) << exporter.status();
  if (!exporter.ok()) return {};
  TraceEventBus bus;
  // All of them are one batch, however slowly they come.
  const ExporterOptions options = {.batch = {.events_max = spans, .delay_ms_max = 3'600'000},
                                   .export_timeout_ms = 2 * kLong.count()};
  const auto id = bus.add_exporter(*std::move(exporter), options);
  std::vector<std::int64_t> seen;
  const auto neighbour =
      bus.add_exporter(exporter_of({.export_batch = [&](const Batch& batch, const ExportContext&) {
        for (const EventView& event : batch) seen.push_back(number_of(event));
        return ExportResult::ok();
      }}));
  EXPECT_TRUE(id.ok() && neighbour.ok());
  for (std::size_t i = 0; i < spans; ++i) {
    EXPECT_EQ(bus.emit(numbered_span(static_cast<std::int64_t>(i))), EmitResult::kAccepted);
  }
  EXPECT_TRUE(bus.flush(3 * kLong).ok());
  EXPECT_TRUE(eventually([&] {
    const SubscriptionStats stats = stats_of(bus, *id);
    return stats.matched == spans && stats.in_flight == 0;
  }));
  const SubscriptionStats stats = stats_of(bus, *id);
  EXPECT_EQ(stats_of(bus, *neighbour).delivered, spans);
  EXPECT_TRUE(bus.shutdown(milliseconds(1000)).ok() || bus.shutdown(kLong).ok());
  std::vector<std::int64_t> all(spans);
  std::iota(all.begin(), all.end(), 0);
  EXPECT_EQ(seen, all);
  const ExportAccount account = {.delivered = stats.delivered,
                                 .failed = count(stats.dropped, DropReason::kExportFailed),
                                 .rejected = count(stats.dropped, DropReason::kRejectedRemote),
                                 .abandoned = count(stats.dropped, DropReason::kAbandoned),
                                 .last_error = stats.last_error};
  EXPECT_EQ(account.delivered + account.failed + account.rejected + account.abandoned, spans);
  return account;
}

}  // namespace tracebus::testing
