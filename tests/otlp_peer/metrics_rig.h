// SPDX-License-Identifier: Apache-2.0
//
// MetricsRig: a bus that loses events in several ways, an exporter of its metrics, and what a
// receiver of them read. The oracle is bus.stats(), once nothing moves any more.
#ifndef TRACEBUS_TESTS_OTLP_PEER_METRICS_RIG_H_
#define TRACEBUS_TESTS_OTLP_PEER_METRICS_RIG_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "tracebus/core/exporter.h"
#include "tracebus/tests/otlp_peer/peer.h"

namespace tracebus::testing {

// A data point as a receiver told of it.
struct ToldPoint {
  std::string metric;
  std::string unit;
  std::string kind;  // sum or gauge
  int temporality = 0;
  bool is_monotonic = false;
  std::string attributes;  // [["key","value"],...], sorted
  std::uint64_t start = 0;
  std::uint64_t time = 0;
  std::string value;  // {"int":"7"}

  std::string stream() const { return metric + attributes; }
};

std::vector<ToldPoint> points_of(const Peer& peer);

// Runs the bus until the receiver knows its last numbers, and expects that all it was told is what
// OTLP wants of metrics: names, units, sums that are cumulative and never go down, times in order.
void expect_numbers_of_a_bus(std::unique_ptr<Exporter> metrics, const Peer& peer);

}  // namespace tracebus::testing

#endif  // TRACEBUS_TESTS_OTLP_PEER_METRICS_RIG_H_
