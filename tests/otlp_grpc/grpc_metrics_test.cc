// SPDX-License-Identifier: Apache-2.0
//
// The bus's own numbers over gRPC, read by others' code: @grpc/grpc-js and protobufjs, from
// OpenTelemetry's .proto files.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "tracebus/exporters/otlp_grpc/otlp_grpc_metrics.h"
#include "tracebus/tests/otlp_grpc/grpc_rig.h"
#include "tracebus/tests/otlp_peer/metrics_rig.h"

namespace tracebus::testing {
namespace {

TEST(GrpcMetricsPeerTest, UsersAsk4_OthersReadWhatTheBusCounts) {
  const Peer peer("grpc_receiver.js");
  OtlpGrpcOptions options = options_for(peer.port(), 2 * kLong);
  options.resource.set("service.name", "swarm");
  auto exporter = make_otlp_grpc_metrics_exporter(options);
  ASSERT_TRUE(exporter.ok()) << exporter.status();
  expect_numbers_of_a_bus(*std::move(exporter), peer);
  EXPECT_THAT(peer.told("request"),
              ::testing::Each(::testing::HasSubstr(
                  "\"/opentelemetry.proto.collector.metrics.v1.MetricsService/Export\"")));
}

TEST(GrpcMetricsPeerTest, WhatAReceiverRefusesIsCounted) {
  const Peer peer("grpc_receiver.js", {"code:16:who are you?"});
  auto exporter = make_otlp_grpc_metrics_exporter(options_for(peer.port()));
  ASSERT_TRUE(exporter.ok()) << exporter.status();
  TraceEventBus bus({.stats_interval_ms = 10});
  const auto id = bus.add_exporter(*std::move(exporter), {.filter = Filter::types({"bus_stats"})});
  ASSERT_TRUE(id.ok());
  bus.subscribe_filter({"tick"}, [](const EventView&) {});
  EXPECT_TRUE(eventually([&] {
    bus.emit({.event_type = "tick"});
    return count(stats_of(bus, *id).dropped, DropReason::kExportFailed) >= 3;
  }));
  EXPECT_THAT(stats_of(bus, *id).last_error, ::testing::HasSubstr("UNAUTHENTICATED: who are you?"));
  EXPECT_TRUE(bus.shutdown(kLong).ok());
}

}  // namespace
}  // namespace tracebus::testing
