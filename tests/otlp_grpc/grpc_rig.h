// SPDX-License-Identifier: Apache-2.0
//
// GrpcRig: a bus with an exporter of OTLP over gRPC and a good neighbour, one batch of random
// spans, and what became of it.
#ifndef TRACEBUS_TESTS_OTLP_GRPC_GRPC_RIG_H_
#define TRACEBUS_TESTS_OTLP_GRPC_GRPC_RIG_H_

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "tracebus/exporters/otlp_grpc/otlp_grpc_exporter.h"
#include "tracebus/tests/bus/bus_test_support.h"

namespace tracebus::testing {

struct ExportAccount {
  std::uint64_t delivered = 0;
  std::uint64_t failed = 0;
  std::uint64_t rejected = 0;
  std::uint64_t abandoned = 0;
  std::string last_error;
  std::vector<std::string> emitted;  // as the receivers of tests/otlp_peer tell of it
};

// Options that send to a port of this machine at once, with short waits between attempts. timeout:
// of exports that come to nothing; the bus's own is far beyond it, so that no stalled thread makes
// it count.
OtlpGrpcOptions options_for(int port, std::chrono::milliseconds timeout = std::chrono::seconds(60));

// Emits the spans as one batch, and waits until each is accounted for. Expects that nothing is
// missing from the account, that the neighbour got everything in order, and that the bus shuts down
// within a second.
ExportAccount run_export(const OtlpGrpcOptions& options, std::size_t spans);

}  // namespace tracebus::testing

#endif  // TRACEBUS_TESTS_OTLP_GRPC_GRPC_RIG_H_
