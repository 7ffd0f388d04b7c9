// SPDX-License-Identifier: Apache-2.0
//
// SpanReceiver: what an agent that a test scripts has got, read by a reader of the test's own; the
// judge of what an exporter says of itself. Thread safety: any thread.
#ifndef TRACEBUS_TESTS_DATADOG_SPAN_RECEIVER_H_
#define TRACEBUS_TESTS_DATADOG_SPAN_RECEIVER_H_

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <set>
#include <string_view>

#include "tracebus/tests/http/scripted_server.h"

namespace tracebus::testing {

class SpanReceiver {
 public:
  // The numbers of the spans in the body of a request. A failure of the test if it is none, if its
  // traces are not as many as the header says, if a trace is in two arrays, or a span of
  // numbered_span in an array of another trace.
  std::multiset<std::int64_t> take(const RequestHead& head, std::string_view body);

  // All that came, each as often as it came.
  std::multiset<std::int64_t> numbers() const;
  std::size_t distinct() const;

 private:
  mutable std::mutex mutex_;
  std::multiset<std::int64_t> numbers_;
};

}  // namespace tracebus::testing

#endif  // TRACEBUS_TESTS_DATADOG_SPAN_RECEIVER_H_
