// SPDX-License-Identifier: Apache-2.0
//
// A record in memory of exactly its size, so that the sanitizers see every step beyond it.
#ifndef TRACEBUS_TESTS_CORE_BUILT_RECORD_H_
#define TRACEBUS_TESTS_CORE_BUILT_RECORD_H_

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

#include "tracebus/core/attr.h"
#include "tracebus/core/event_view.h"
#include "tracebus/core/record_writer.h"

namespace tracebus::testing {

class BuiltRecord {
 public:
  // Every byte is filler until it is written.
  explicit BuiltRecord(std::size_t size, unsigned char filler = 0xA5)
      : size_(size), words_(new std::uint64_t[size / 8]) {
    EXPECT_EQ(size % 8, 0u);
    std::memset(words_.get(), filler, size);
  }

  char* place() noexcept { return reinterpret_cast<char*>(words_.get()); }
  std::string_view bytes() const noexcept {
    return {reinterpret_cast<const char*>(words_.get()), size_};
  }
  EventView view(const ViewContext& context) const noexcept { return {bytes().data(), context}; }

 private:
  std::size_t size_;
  std::unique_ptr<std::uint64_t[]> words_;
};

inline BuiltRecord build(const TraceEvent& event, bool with_content = true,
                         RecordStamp stamp = {1, 1}, unsigned char filler = 0xA5) {
  const FriendlyRecord friendly(event, EventType::find(event.event_type), with_content);
  EXPECT_NE(friendly.size(), 0u);
  BuiltRecord record(friendly.size(), filler);
  friendly.write(record.place(), stamp);
  return record;
}

template <class Ids, class... Attributes>
BuiltRecord build_typed(EventType type, const Ids& ids, const Name& agent, const Name& pattern,
                        const Attributes&... attributes) {
  using Typed = TypedRecord<Ids, Attributes...>;
  const auto schema = static_cast<std::uint16_t>(CallSiteSchema<Attributes...>::get());
  const std::size_t size = Typed::size(agent, pattern, attributes...);
  BuiltRecord record(size);
  Typed::write(record.place(), size, type, ids, agent, pattern, schema, RecordStamp{17, 3},
               attributes...);
  return record;
}

}  // namespace tracebus::testing

#endif  // TRACEBUS_TESTS_CORE_BUILT_RECORD_H_
