// SPDX-License-Identifier: Apache-2.0
//
// NullExporter: counts what it is given, and drops it. For measuring, and for tests.
//
// Thread safety: the counters may be read from any thread.
#ifndef TRACEBUS_EXPORTERS_NULL_EXPORTER_H_
#define TRACEBUS_EXPORTERS_NULL_EXPORTER_H_

#include <cstdint>
#include <string_view>

#include "tracebus/core/counter.h"
#include "tracebus/core/exporter.h"

namespace tracebus {
inline namespace v1 {

class NullExporter final : public Exporter {
 public:
  std::string_view name() const noexcept override { return "null"; }

  ExportResult export_batch(const Batch& batch, const ExportContext&) override {
    std::uint64_t bytes = 0;
    for (const EventView& event : batch) bytes += event.size_bytes();
    events_.add(batch.size());
    bytes_.add(bytes);
    return ExportResult::ok();
  }

  std::uint64_t events() const noexcept { return events_.get(); }
  std::uint64_t bytes_of_records() const noexcept { return bytes_.get(); }

 private:
  Counter events_;
  Counter bytes_;
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_EXPORTERS_NULL_EXPORTER_H_
