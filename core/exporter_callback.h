// SPDX-License-Identifier: Apache-2.0
//
// as_callback: subscribes any exporter as a plain callback.
//
//   bus.subscribe_filter({"error"}, as_callback(alerts));
//
// The bus then knows only the callback: whoever holds the exporter calls its flush and shutdown.
#ifndef TRACEBUS_CORE_EXPORTER_CALLBACK_H_
#define TRACEBUS_CORE_EXPORTER_CALLBACK_H_

#include <chrono>
#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>

#include "tracebus/core/exporter.h"
#include "tracebus/core/limits.h"

namespace tracebus {
inline namespace v1 {

// Copies export to the same exporter and count in one row. Like the exporter itself, they are to be
// called by one thread at a time, as the bus does for one subscription.
class ExporterCallback {
 public:
  explicit ExporterCallback(std::shared_ptr<Exporter> exporter)
      : state_(std::make_shared<State>(State{std::move(exporter), 0})) {}

  // Exports a batch of this one event. Throws std::runtime_error with the exporter's own words when
  // it failed or was rejected: that is how a callback tells the bus, which counts it.
  void operator()(const EventView& event) const {
    const Batch batch = {.events = {&event, 1}, .first_number = ++state_->exported};
    const auto timeout = std::chrono::milliseconds(kExportTimeoutMsDefault);
    const ExportResult result = state_->exporter->export_batch(
        batch, {.deadline = std::chrono::steady_clock::now() + timeout, .stop = {}});
    if (result.failed + result.rejected == 0) return;
    throw std::runtime_error(std::string(state_->exporter->name()) + ": " +
                             std::string(state_->exporter->last_error()));
  }

 private:
  struct State {
    std::shared_ptr<Exporter> exporter;
    std::uint64_t exported;
  };
  std::shared_ptr<State> state_;
};

// REQUIRES: exporter is not null.
inline ExporterCallback as_callback(std::shared_ptr<Exporter> exporter) {
  return ExporterCallback(std::move(exporter));
}

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_CORE_EXPORTER_CALLBACK_H_
