// SPDX-License-Identifier: Apache-2.0
//
// RecordBuffer: one record in a heap block of exactly its size, so that AddressSanitizer sees every
// byte read beyond it.
#ifndef TRACEBUS_TESTS_CORE_RECORD_BUFFER_H_
#define TRACEBUS_TESTS_CORE_RECORD_BUFFER_H_

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <span>
#include <string_view>

#include "tracebus/core/event_view.h"
#include "tracebus/core/record_writer.h"

namespace tracebus::testing {

inline constexpr std::uint64_t kTestInstance = 0x1122334455667788u;
// Ticks are nanoseconds since 1970, and content is granted.
inline constexpr ViewContext kTestContext = {kTestInstance, nullptr, true};

// What the writer would take from the clock and from its producer.
struct Emission {
  std::uint64_t sequence = 1;
  std::uint32_t producer = 1;
  std::uint64_t ticks = 1'750'000'000'123'456'789u;
};

class RecordBuffer {
 public:
  explicit RecordBuffer(std::span<const std::byte> bytes) : RecordBuffer(bytes.size()) {
    if (size_ != 0) std::memcpy(place(), bytes.data(), size_);
  }

  static RecordBuffer friendly(const TraceEvent& event, Emission emission = {}) {
    const FriendlyRecord record(event, EventType::find(event.event_type), true);
    RecordBuffer buffer(record.size());
    if (record.size() == 0) std::abort();
    record.write(buffer.place(), {emission.sequence, emission.producer});
    buffer.header().ticks = emission.ticks;
    return buffer;
  }

  template <class Ids, class... Attributes>
  static RecordBuffer typed(Emission emission, EventType type, const Ids& ids, const Name& agent,
                            const Name& pattern, const Attributes&... attributes) {
    using Record = TypedRecord<Ids, Attributes...>;
    const auto schema = static_cast<std::uint16_t>(CallSiteSchema<Attributes...>::get());
    RecordBuffer buffer(Record::size(agent, pattern, attributes...));
    Record::write(buffer.place(), buffer.size_, type, ids, agent, pattern, schema,
                  {emission.sequence, emission.producer}, attributes...);
    buffer.header().ticks = emission.ticks;
    return buffer;
  }

  char* place() const noexcept { return place_.get(); }
  std::size_t size() const noexcept { return size_; }
  RecordHeader& header() const noexcept { return *reinterpret_cast<RecordHeader*>(place()); }
  std::span<const std::byte> bytes() const noexcept {
    return std::as_bytes(std::span(place(), size_));
  }
  EventView view(const ViewContext& context = kTestContext) const noexcept {
    return EventView(place(), context);
  }

 private:
  explicit RecordBuffer(std::size_t size) : place_(new char[size]), size_(size) {}

  std::unique_ptr<char[]> place_;  // new aligns to 16 bytes
  std::size_t size_;
};

}  // namespace tracebus::testing

#endif  // TRACEBUS_TESTS_CORE_RECORD_BUFFER_H_
