// SPDX-License-Identifier: Apache-2.0
#include "tracebus/tests/otlp_grpc/grpc_rig.h"

#include <gtest/gtest.h>

#include <random>
#include <utility>

#include "tracebus/tests/otlp_peer/random_spans.h"

namespace tracebus::testing {

using std::chrono::milliseconds;

OtlpGrpcOptions options_for(int port, milliseconds timeout) {
  OtlpGrpcOptions options;
  options.endpoint = "http://127.0.0.1:" + std::to_string(port);
  options.direct = true;
  options.timeout = timeout;
  options.retry = {.initial_backoff = milliseconds(5), .max_backoff = milliseconds(50)};
  return options;
}

ExportAccount run_export(const OtlpGrpcOptions& exported, std::size_t spans) {
  ExportAccount account;
  auto exporter = OtlpGrpcExporter::create(exported);
  EXPECT_TRUE(exporter.ok()) << exporter.status();
  if (!exporter.ok()) return account;
  TraceEventBus bus;
  // All of them are one batch, however slowly they come.
  const ExporterOptions options = {.batch = {.events_max = spans, .delay_ms_max = 3'600'000},
                                   .export_timeout_ms = 10 * kLong.count()};
  const auto id = bus.add_exporter(*std::move(exporter), options);
  std::vector<SpanId> seen;
  const auto neighbour =
      bus.add_exporter(exporter_of({.export_batch = [&](const Batch& batch, const ExportContext&) {
        for (const EventView& event : batch) seen.push_back(event.ids().span_id);
        return ExportResult::ok();
      }}));
  EXPECT_TRUE(id.ok() && neighbour.ok());
  const std::uint64_t seed = std::random_device()();
  SCOPED_TRACE("seed " + std::to_string(seed));
  RandomSpans random(seed);
  std::vector<SpanId> emitted;
  for (std::size_t i = 0; i < spans; ++i) {
    const TraceEvent& event = random.next();
    EXPECT_EQ(bus.emit(event), EmitResult::kAccepted);
    emitted.push_back(event.ids.span_id);
    account.emitted.push_back(random.told());
  }
  EXPECT_TRUE(bus.flush(10 * kLong).ok());
  EXPECT_TRUE(eventually([&] {
    const SubscriptionStats stats = stats_of(bus, *id);
    return stats.matched == spans && stats.in_flight == 0;
  }));
  const SubscriptionStats stats = stats_of(bus, *id);
  EXPECT_EQ(stats_of(bus, *neighbour).delivered, spans);
  EXPECT_TRUE(bus.shutdown(milliseconds(1000)).ok() || bus.shutdown(kLong).ok());
  EXPECT_EQ(seen, emitted);
  account.delivered = stats.delivered;
  account.failed = count(stats.dropped, DropReason::kExportFailed);
  account.rejected = count(stats.dropped, DropReason::kRejectedRemote);
  account.abandoned = count(stats.dropped, DropReason::kAbandoned);
  account.last_error = stats.last_error;
  EXPECT_EQ(account.delivered + account.failed + account.rejected + account.abandoned, spans);
  return account;
}

}  // namespace tracebus::testing
