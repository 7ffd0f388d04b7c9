// SPDX-License-Identifier: Apache-2.0
//
// A file of events as length-delimited Protobuf messages:
//
//   file    := message of FileHeader, then messages of TraceEvent
//   message := length in bytes as a varint, that many bytes of Protobuf
//
// Invariants of files written here
//  1. Every message is 1 to kProtoMessageBytesMax bytes long, with its length in the shortest form.
//  2. An event's message begins with its timestamp, field 1.
// They let a reader tell damage from data although messages carry no checksum, and tell a message
// cut short by a crash from a damaged length. README.md has the compromise.
#ifndef TRACEBUS_CORE_PROTO_PROTO_FILE_FORMAT_H_
#define TRACEBUS_CORE_PROTO_PROTO_FILE_FORMAT_H_

#include <absl/status/status.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "tracebus/core/limits.h"

namespace google::protobuf {
class MessageLite;
}

namespace tracebus {
inline namespace v1 {

inline constexpr std::uint32_t kProtoFileVersion = 1;
inline constexpr std::string_view kProtoFileMessageType = "tracebus.proto.v1.TraceEvent";

// No record makes a longer message: nothing in a record takes more than twice its bytes here, but
// registered names, which a record holds as numbers.
inline constexpr std::size_t kProtoMessageBytesMax =
    2 * kRecordBytesMax + (kAttributesMax + 4) * (kNameBytesMax + 8);
inline constexpr std::size_t kLengthPrefixBytesMax = 4;
static_assert(kProtoMessageBytesMax < std::size_t{1} << (7 * kLengthPrefixBytesMax));

// Nested values are three messages deep a level, beyond the 100 levels that parsers allow unasked.
inline constexpr int kProtoDepthMax = static_cast<int>(3 * kValueDepthMax + 8);

// The length before a message.
struct LengthPrefix {
  enum class State : std::uint8_t {
    kComplete,
    kCut,      // the bytes end within it
    kDamaged,  // 0, above kProtoMessageBytesMax, or not in its shortest form
  };
  State state = State::kCut;
  std::uint32_t prefix_bytes = 0;   // of the length itself
  std::uint32_t message_bytes = 0;  // of the message after it

  std::size_t total_bytes() const noexcept { return std::size_t{prefix_bytes} + message_bytes; }
};
LengthPrefix parse_length_prefix(std::string_view bytes) noexcept;

// Appends the length of message and message. Returns false, and appends nothing, when it is longer
// than kProtoMessageBytesMax.
bool append_delimited(std::string& out, const google::protobuf::MessageLite& message);

// The first message of a file, delimited.
std::string proto_file_header();

// Whether bytes begin as such a file does. Few bytes are judged as far as they go; none are not.
bool looks_like_proto_file(std::string_view bytes) noexcept;

// Whether message, without its length, is a header and no event.
bool is_proto_file_header(std::string_view message) noexcept;

// OK if message is the header of a file that this version can read.
absl::Status check_proto_file_header(std::string_view message);

// Whether bytes, which follow a complete length prefix, can be the beginning of an event's message
// cut short, by its first field and the tags and lengths of the others.
bool is_cut_event(std::string_view bytes) noexcept;

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_CORE_PROTO_PROTO_FILE_FORMAT_H_
