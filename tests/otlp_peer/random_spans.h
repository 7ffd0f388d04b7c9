// SPDX-License-Identifier: Apache-2.0
//
// RandomSpans: spans from a seed, and what a receiver must tell of each, written the plain way from
// what is emitted: no view, record or encoder has a part in it.
#ifndef TRACEBUS_TESTS_OTLP_PEER_RANDOM_SPANS_H_
#define TRACEBUS_TESTS_OTLP_PEER_RANDOM_SPANS_H_

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "tracebus/core/event.h"
#include "tracebus/tests/core/random_event.h"

namespace tracebus::testing {

class RandomSpans {
 public:
  explicit RandomSpans(std::uint64_t seed) : generator_(seed) {}

  // Valid until the next call.
  const TraceEvent& next();
  // What the receivers of this folder tell of the last one.
  const std::string& told() const noexcept { return told_; }

 private:
  using Pairs = std::vector<std::pair<std::string, std::string>>;  // name and value, as told

  std::uint64_t below(std::uint64_t bound);
  Pairs add_attributes();
  std::string add_events(std::uint64_t start_ns);
  std::string add_links();
  Value attributes_of(Pairs& pairs);

  EventGenerator generator_;
  std::uint64_t number_ = 0;
  TraceEvent event_;
  std::string told_;
};

}  // namespace tracebus::testing

#endif  // TRACEBUS_TESTS_OTLP_PEER_RANDOM_SPANS_H_
