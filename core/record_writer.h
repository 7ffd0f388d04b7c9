// SPDX-License-Identifier: Apache-2.0
//
// Writes records in place: TypedRecord for the hot way to emit, FriendlyRecord for a TraceEvent.
// Both are two steps, size and write, so that the place can be claimed between them.
#ifndef TRACEBUS_CORE_RECORD_WRITER_H_
#define TRACEBUS_CORE_RECORD_WRITER_H_

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string_view>
#include <type_traits>

#include "tracebus/core/attr.h"
#include "tracebus/core/clock.h"
#include "tracebus/core/copy_text.h"
#include "tracebus/core/event.h"
#include "tracebus/core/event_type.h"
#include "tracebus/core/name.h"
#include "tracebus/core/record_format.h"

namespace tracebus {
inline namespace v1 {

// What the producer adds to every record.
struct RecordStamp {
  std::uint64_t sequence;
  std::uint32_t producer;
};

// A record whose shape the compiler knows.
template <class Ids, class... Attributes>
class TypedRecord {
  static_assert(std::is_same_v<Ids, EventIds> || std::is_same_v<Ids, NoIds>,
                "ids are EventIds or kNoIds");
  static constexpr bool kWithIds = std::is_same_v<Ids, EventIds>;
  static constexpr std::size_t kSlots = sizeof...(Attributes);
  static constexpr std::size_t kFixedBytes =
      sizeof(RecordHeader) + (kWithIds ? sizeof(EventIds) : 0) + 8 * kSlots;

 public:
  static std::size_t size(const Name& agent, const Name& pattern,
                          const Attributes&... attributes) noexcept {
    return round_up_8(kFixedBytes + agent.text().size() + pattern.text().size() +
                      (std::size_t{0} + ... + text_size(attributes)));
  }

  // REQUIRES: place has size bytes as returned by size for the same arguments, and is 8-byte
  // aligned.
  static void write(char* place, std::size_t size, EventType type, const Ids& ids,
                    const Name& agent, const Name& pattern, std::uint16_t schema, RecordStamp stamp,
                    const Attributes&... attributes) noexcept {
    // The last word holds the padding of the text; without text the slots overwrite it.
    std::memset(place + size - 8, 0, 8);
    if constexpr (kWithIds) std::memcpy(place + sizeof(RecordHeader), &ids, sizeof ids);
    char* text = place + kFixedBytes;
    text = copy_text(text, agent.text().data(), agent.text().size());
    text = copy_text(text, pattern.text().data(), pattern.text().size());
    [[maybe_unused]] char* slot = place + kFixedBytes - 8 * kSlots;
    (write_slot(place, slot, text, attributes), ...);
    auto& header = *reinterpret_cast<RecordHeader*>(place);
    header.size = static_cast<std::uint32_t>(size);
    header.type = type.number();
    header.flags = static_cast<std::uint16_t>((kWithIds ? kHasIds : 0) |
                                              (agent.handle().is_valid() ? kAgentIsHandle : 0) |
                                              (pattern.handle().is_valid() ? kPatternIsHandle : 0));
    header.sequence = stamp.sequence;
    header.ticks = Clock::ticks();
    header.producer = stamp.producer;
    header.agent = agent.handle().is_valid() ? agent.handle().number()
                                             : static_cast<std::uint32_t>(agent.text().size());
    header.pattern = pattern.handle().is_valid()
                         ? pattern.handle().number()
                         : static_cast<std::uint32_t>(pattern.text().size());
    header.schema = schema;
    header.attributes = static_cast<std::uint16_t>(kSlots);
  }

 private:
  template <class Attribute>
  static std::size_t text_size(const Attribute& attribute) noexcept {
    if constexpr (Attribute::kIsText) return attribute.value.size();
    return 0;
  }

  template <class Attribute>
  static void write_slot(const char* place, char*& slot, char*& text,
                         const Attribute& attribute) noexcept {
    if constexpr (Attribute::kIsText) {
      const TextRef ref = {static_cast<std::uint32_t>(text - place),
                           static_cast<std::uint32_t>(attribute.value.size())};
      std::memcpy(slot, &ref, sizeof ref);
      text = copy_text(text, reinterpret_cast<const char*>(attribute.value.data()),
                       attribute.value.size());
    } else if constexpr (Attribute::kType == ValueType::kBool) {
      const std::uint64_t word = attribute.value ? 1 : 0;
      std::memcpy(slot, &word, sizeof word);
    } else {
      std::memcpy(slot, &attribute.value, 8);
    }
    slot += 8;
  }
};

// A record that describes itself. Borrows the event.
class FriendlyRecord {
 public:
  // with_content: keep attributes of the content class. text_bytes_max: longer texts are cut, never
  // within a UTF-8 sequence, and larger arrays and objects become null; kTruncatedBytes then says
  // by how many bytes the event shrank.
  FriendlyRecord(const TraceEvent& event, EventType type, bool with_content,
                 std::size_t text_bytes_max = kUncut) noexcept;
  FriendlyRecord(const FriendlyRecord&) = delete;
  FriendlyRecord& operator=(const FriendlyRecord&) = delete;

  // In bytes; 0 when the event exceeds a limit of limits.h (attributes, depth, size).
  std::size_t size() const noexcept { return size_; }

  // REQUIRES: size() != 0; place has size() bytes and is 8-byte aligned.
  void write(char* place, RecordStamp stamp) const noexcept;

 private:
  class Output;
  struct LeftOut {
    std::uint32_t attributes;
    std::uint32_t key_bytes;  // of inline ones
  };

  void measure(std::uint32_t flags, std::size_t text_bytes, bool with_content) noexcept;
  [[gnu::noinline]] void resolve_foreign_ids() noexcept;
  [[gnu::noinline]] std::size_t foreign_bytes() noexcept;
  std::size_t fixed_bytes() const noexcept;
  std::size_t text_bytes_of(const Attribute& attribute, bool with_content) noexcept;
  [[gnu::noinline]] std::size_t nested_bytes_of(const Attribute& attribute,
                                                bool with_content) noexcept;
  [[gnu::noinline]] LeftOut leave_out_nested() noexcept;
  [[gnu::noinline]] std::size_t cut_bytes_of(const Value& value) noexcept;
  // The value itself, or what is left of it.
  Value cut(const Value& value) const noexcept;
  char* write_fields(char* field) const noexcept;
  [[gnu::noinline]] Output write_foreign_ids(Output output) const noexcept;
  void write_attributes(Output output) const noexcept;
  [[gnu::noinline]] void write_cut_attributes(Output output) const noexcept;
  void write_header(char* place, RecordStamp stamp) const noexcept;

  static constexpr std::uint16_t kDropped = 0xFFFF;
  static constexpr std::size_t kUncut = ~std::size_t{0};

  const TraceEvent& event_;
  const EventIds* ids_;
  const std::size_t text_bytes_max_;
  std::uint64_t truncated_bytes_ = 0;
  std::size_t size_ = 0;
  const EventType type_;
  std::uint16_t flags_ = 0;
  std::uint16_t attributes_ = 0;
  bool has_inline_keys_ = false;
  bool nested_content_ = false;           // something nested holds content
  std::optional<EventIds> resolved_ids_;  // only if some are foreign
  std::uint16_t keys_[1024];  // of the payload, in order; kDropped: left out. Not initialised.
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_CORE_RECORD_WRITER_H_
