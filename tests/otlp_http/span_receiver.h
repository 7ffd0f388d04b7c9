// SPDX-License-Identifier: Apache-2.0
//
// SpanReceiver: what a receiver of OTLP has got, read by libprotobuf; the judge of what an exporter
// says of itself. Thread safety: any thread.
#ifndef TRACEBUS_TESTS_OTLP_HTTP_SPAN_RECEIVER_H_
#define TRACEBUS_TESTS_OTLP_HTTP_SPAN_RECEIVER_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <string_view>

#include "tracebus/core/event.h"
#include "tracebus/core/ids.h"

namespace tracebus::testing {

// The end of a span that is known by its number.
TraceEvent numbered_span(std::int64_t number, std::string_view filling = {});

class SpanReceiver {
 public:
  // How many spans are in the body of a request; a failure of the test if it is none, or if a span
  // of numbered_span says anything else than that said.
  std::size_t take(std::string_view body, std::string_view content_encoding = {});

  // The numbers that came, each as often as it came.
  std::multiset<std::int64_t> numbers() const;
  std::size_t distinct() const;

 private:
  mutable std::mutex mutex_;
  std::multiset<std::int64_t> numbers_;
};

// The bytes that were compressed to these.
std::string gunzipped(std::string_view bytes);
std::string gzipped(std::string_view bytes);

}  // namespace tracebus::testing

#endif  // TRACEBUS_TESTS_OTLP_HTTP_SPAN_RECEIVER_H_
