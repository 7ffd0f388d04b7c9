// SPDX-License-Identifier: Apache-2.0
//
// WrittenRecord: the record of an event, as a producer writes it, with a view on it.
#ifndef TRACEBUS_TESTS_PROTO_WRITTEN_RECORD_H_
#define TRACEBUS_TESTS_PROTO_WRITTEN_RECORD_H_

#include <cstdint>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "tracebus/core/event_view.h"
#include "tracebus/core/record_writer.h"

namespace tracebus::testing {

class WrittenRecord {
 public:
  static constexpr std::uint64_t kInstance = 0xFEDCBA9876543210;

  // Nothing is written, and is_written() says so, when the event exceeds a limit.
  explicit WrittenRecord(const TraceEvent& event, RecordStamp stamp = {7, 3}) {
    const FriendlyRecord record(event, EventType::find(event.event_type), true);
    words_.resize(record.size() / 8);
    if (is_written()) record.write(reinterpret_cast<char*>(words_.data()), stamp);
  }

  bool is_written() const noexcept { return !words_.empty(); }
  EventView view() const noexcept {
    return EventView(reinterpret_cast<const char*>(words_.data()), *context_);
  }

  // All bytes but those that the writer's clock and its producer made.
  std::string comparable_bytes() const {
    std::string bytes(view().record(), view().size_bytes());
    RecordHeader header;
    std::memcpy(&header, bytes.data(), sizeof header);
    header.ticks = 0;
    header.sequence = 0;
    header.producer = 0;
    std::memcpy(bytes.data(), &header, sizeof header);
    return bytes;
  }

 private:
  std::vector<std::uint64_t> words_;
  // Ticks are read as nanoseconds since 1970, which makes some time of them: always the same one.
  std::unique_ptr<const ViewContext> context_{new ViewContext{kInstance, nullptr, true}};
};

}  // namespace tracebus::testing

#endif  // TRACEBUS_TESTS_PROTO_WRITTEN_RECORD_H_
