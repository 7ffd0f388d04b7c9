// SPDX-License-Identifier: Apache-2.0
#include "tracebus/bus/options.h"

#include <absl/strings/str_cat.h>

#include <bit>

namespace tracebus {
inline namespace v1 {
namespace {

template <class T>
absl::Status in_range(const char* name, T value, T min, T max) {
  if (value >= min && value <= max) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat(name, " is ", value, ", and must be from ", min, " to ", max));
}

absl::Status first_error(std::initializer_list<absl::Status> statuses) {
  for (const absl::Status& status : statuses) {
    if (!status.ok()) return status;
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status validate(const BusOptions& options) {
  absl::Status range = first_error({
      in_range("BusOptions.ring_bytes", options.ring_bytes, kRingBytesMin, kRingBytesMax),
      in_range("BusOptions.callback_queue_bytes_max", options.callback_queue_bytes_max,
               kQueueBytesMin, kQueueBytesMax),
      in_range<std::int64_t>("BusOptions.shutdown_timeout_ms", options.shutdown_timeout_ms, 0,
                             3'600'000),
  });
  if (!range.ok() || std::has_single_bit(options.ring_bytes)) return range;
  return absl::InvalidArgumentError(absl::StrCat("BusOptions.ring_bytes is ", options.ring_bytes,
                                                 ", and must be a power of two"));
}

absl::Status validate(const ExporterOptions& options) {
  return first_error({
      in_range<std::size_t>("ExporterOptions.batch.events_max", options.batch.events_max, 1,
                            kBatchEventsMax),
      in_range<std::size_t>("ExporterOptions.batch.bytes_max", options.batch.bytes_max, 1,
                            SIZE_MAX),
      in_range<std::int64_t>("ExporterOptions.batch.delay_ms_max", options.batch.delay_ms_max, 0,
                             3'600'000),
      in_range("ExporterOptions.queue_bytes_max", options.queue_bytes_max, kQueueBytesMin,
               kQueueBytesMax),
      in_range<std::int64_t>("ExporterOptions.export_timeout_ms", options.export_timeout_ms, 1,
                             86'400'000),
  });
}

absl::Status validate(const CallbackOptions& options) {
  return in_range("CallbackOptions.queue_bytes_max", options.queue_bytes_max, kQueueBytesMin,
                  kQueueBytesMax);
}

}  // namespace v1
}  // namespace tracebus
