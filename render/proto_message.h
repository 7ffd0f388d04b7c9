// SPDX-License-Identifier: Apache-2.0
//
// ProtoMessage: a Protocol Buffers message that grows field by field, for files that are written
// once. Private to render; the encoders of exporters write straight from records.
#ifndef TRACEBUS_RENDER_PROTO_MESSAGE_H_
#define TRACEBUS_RENDER_PROTO_MESSAGE_H_

#include <bit>
#include <cstdint>
#include <string>
#include <string_view>

#include "tracebus/core/protobuf_wire.h"
#include "tracebus/core/utf8.h"

namespace tracebus {
inline namespace v1 {

class ProtoMessage {
 public:
  const std::string& bytes() const noexcept { return bytes_; }

  void varint(std::uint32_t field, std::uint64_t value) {
    append_varint(varint_tag(field));
    append_varint(value);
  }
  void int64(std::uint32_t field, std::int64_t value) {
    varint(field, static_cast<std::uint64_t>(value));
  }
  void fixed64(std::uint32_t field, std::uint64_t value) {
    char room[kVarintBytesMax + sizeof value];
    bytes_.append(+room, write_fixed64_field(room, fixed64_tag(field), value));
  }
  void number(std::uint32_t field, double value) {
    fixed64(field, std::bit_cast<std::uint64_t>(value));
  }
  // What is not UTF-8 becomes U+FFFD, as readers of proto strings may refuse it.
  void text(std::uint32_t field, std::string_view text) {
    if (is_valid_utf8(text)) return bytes(field, text);
    std::string valid;
    for (std::string_view rest = text; !rest.empty();) {
      const Utf8Sequence sequence = first_utf8_sequence(rest);
      valid += sequence.valid ? rest.substr(0, sequence.length) : kReplacementCharacter;
      rest.remove_prefix(sequence.length);
    }
    bytes(field, valid);
  }
  void message(std::uint32_t field, const ProtoMessage& message) { bytes(field, message.bytes_); }

 private:
  void append_varint(std::uint64_t value) {
    char room[kVarintBytesMax];
    bytes_.append(+room, write_varint(room, value));
  }
  void bytes(std::uint32_t field, std::string_view bytes) {
    append_varint(bytes_tag(field));
    append_varint(bytes.size());
    bytes_ += bytes;
  }

  std::string bytes_;
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_RENDER_PROTO_MESSAGE_H_
