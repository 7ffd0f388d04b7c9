// SPDX-License-Identifier: Apache-2.0
//
// The bytes of a record: constants and layout. core/record_format.md explains them byte by byte.
//
//   RecordHeader                                                     40 bytes
//   [given wall time: i64 seconds, u32 nanoseconds, u32 zero]        16 bytes   kHasWallTime
//   [ids: run 16, trace 16, span 8, parent 8]                        48 bytes   kHasIds
//   [origin: u64 instance, u64 sequence, u32 producer, u32 zero]     24 bytes   kHasOrigin
//   [inline type: u32 offset, u32 length]                             8 bytes   type == 0
//   [descriptors: u16 key, u8 value type, u8 zero, u32 key length]    8 bytes each   schema == 0
//   slots: the values, or {u32 offset, u32 length} of text            8 bytes each
//   text: type, agent, pattern, inline keys in order, values in order; zero-padded to eight bytes
//
// All numbers are little-endian. Offsets count from the start of the record.
#ifndef TRACEBUS_CORE_RECORD_FORMAT_H_
#define TRACEBUS_CORE_RECORD_FORMAT_H_

#include <bit>
#include <cstddef>
#include <cstdint>

#include "tracebus/core/ids.h"
#include "tracebus/core/ring.h"

namespace tracebus {
inline namespace v1 {

static_assert(std::endian::native == std::endian::little,
              "records are written as they lie in memory");

inline constexpr std::uint16_t kRecordVersion = 1;

enum RecordFlag : std::uint16_t {
  kHasWallTime = 1,  // the caller gave the time; header.ticks still orders delivery
  kHasIds = 2,
  kHasOrigin = 4,      // first emitted elsewhere
  kAgentIsHandle = 8,  // header.agent is a NameHandle's number, not a length
  kPatternIsHandle = 16,
  kHasContent = 32,  // some attribute is content, by its key, its inline name or what is in it
  // In rings only: the producer waited in vain for a subscription that blocks.
  kGaveUpWaiting = 64,
};

struct RecordHeader {
  std::uint32_t size;      // of the whole record in bytes, a multiple of eight
  std::uint16_t type;      // EventType number; 0: inline; from kFirstControlType on: no event
  std::uint16_t flags;     // RecordFlag
  std::uint64_t sequence;  // of its producer, from 1
  std::uint64_t ticks;     // of Clock in a ring; nanoseconds since 1970 once in a block
  std::uint32_t producer;
  std::uint32_t agent;    // length in bytes, or a handle's number
  std::uint32_t pattern;  // likewise
  std::uint16_t schema;   // 0: the descriptors are in the record
  std::uint16_t attributes;
};
static_assert(sizeof(RecordHeader) == 40);
static_assert(offsetof(RecordHeader, sequence) == 8 && offsetof(RecordHeader, producer) == 24);

struct WallTimeField {
  std::int64_t seconds;
  std::uint32_t nanoseconds;
  std::uint32_t zero;
};
static_assert(sizeof(WallTimeField) == 16);

struct OriginField {
  std::uint64_t instance;
  std::uint64_t sequence;
  std::uint32_t producer;
  std::uint32_t zero;
};
static_assert(sizeof(OriginField) == 24);

struct TextRef {
  std::uint32_t offset;
  std::uint32_t length;
};
static_assert(sizeof(TextRef) == 8);

struct AttributeDescriptor {
  std::uint16_t key;  // AttributeKey number; 0: the key's text is inline
  std::uint8_t type;  // ValueType
  std::uint8_t zero;
  std::uint32_t key_length;  // of an inline key
};
static_assert(sizeof(AttributeDescriptor) == 8);

enum class ValueType : std::uint8_t;

// An AttributeDescriptor as a word, for who writes it in one piece: what reads it whole soon after
// does not wait for its parts.
constexpr std::uint64_t descriptor_word(std::uint16_t key, ValueType type,
                                        std::size_t key_length = 0) noexcept {
  return key | std::uint64_t{static_cast<std::uint8_t>(type)} << 16 |
         static_cast<std::uint64_t>(key_length) << 32;
}

// Records of these types are no events. Readers skip those they do not know by their size.
inline constexpr std::uint16_t kFirstControlType = 0xFFF0;
inline constexpr std::uint16_t kDefineEventType = 0xFFF1;  // in streams: see record_stream.h
inline constexpr std::uint16_t kDefineAttributeKey = 0xFFF2;
inline constexpr std::uint16_t kDefineSchema = 0xFFF3;
inline constexpr std::uint16_t kDefineName = 0xFFF4;
// In rings only: the record itself lies beside the ring.
inline constexpr std::uint16_t kLargeRecord = 0xFFF5;
static_assert(kPaddingRecordType >= kFirstControlType && kLinkRecordType >= kFirstControlType);

// The first members as those of RecordHeader.
struct LargeStub {
  std::uint32_t size;
  std::uint16_t type;  // kLargeRecord
  std::uint16_t flags;
  std::uint64_t begin;  // of the range that is given back once the record is read
  std::uint64_t ticks;
  std::uint64_t end;
  const char* record;
};
static_assert(sizeof(LargeStub) == 40 && offsetof(LargeStub, ticks) == 16);
static_assert(offsetof(RecordHeader, ticks) == offsetof(LargeStub, ticks));

// The bytes of a record stream besides its events. Every record, control records too, begins with
// these eight bytes.
inline constexpr char kStreamMagic[8] = {'t', 'r', 'a', 'c', 'e', 'b', 'u', 's'};
inline constexpr std::uint16_t kStreamByteOrder = 0x0102;

struct RecordPrefix {
  std::uint32_t size;
  std::uint16_t type;
  std::uint16_t flags;  // zero in a control record
};
static_assert(sizeof(RecordPrefix) == 8);

// A definition is the prefix, this, and then the text or the fields, zero-padded to eight bytes.
struct DefinitionField {
  std::uint32_t number;
  std::uint32_t length;  // of the text in bytes, or how many fields
};
inline constexpr std::size_t kDefinitionBytes = sizeof(RecordPrefix) + sizeof(DefinitionField);

struct FieldDefinition {  // of a schema
  std::uint16_t key;
  std::uint8_t type;
  std::uint8_t zero;
};
static_assert(sizeof(FieldDefinition) == 4);

constexpr std::size_t round_up_8(std::size_t bytes) noexcept {
  return (bytes + 7) & ~std::size_t{7};
}

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_CORE_RECORD_FORMAT_H_
