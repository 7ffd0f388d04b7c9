// SPDX-License-Identifier: Apache-2.0
#include "tracebus/core/proto/proto_file_format.h"

#include <google/protobuf/message_lite.h>

#include <algorithm>
#include <optional>

#include "tracebus/core/proto/event.pb.h"

namespace tracebus {
inline namespace v1 {
namespace {

constexpr char kTimestampTag = 0x0A;  // field 1, length-delimited

// What a header begins with, of any version. The length before it may differ between versions.
constexpr std::string_view kHeaderFront = "\x0A\x1Ctracebus.proto.v1.TraceEvent";
static_assert(kHeaderFront[1] == kProtoFileMessageType.size() &&
              kHeaderFront.substr(2) == kProtoFileMessageType);

// Protobuf's wire types (Protocol Buffers documentation, "Encoding"). Groups are not used.
enum WireType : std::uint32_t { kVarint = 0, kFixed64 = 1, kLengthDelimited = 2, kFixed32 = 5 };

// Walks the fields of a message that may end anywhere.
class FieldWalk {
 public:
  explicit FieldWalk(std::string_view bytes) noexcept : left_(bytes) {}

  // False when what follows is no field, or only the beginning of one: is_cut() tells which.
  bool skip_field() noexcept {
    const std::optional<std::uint64_t> tag = read_varint();
    if (!tag || *tag >> 3 == 0) return false;
    switch (*tag & 7) {
      case kVarint:
        return read_varint().has_value();
      case kFixed64:
        return skip(8);
      case kFixed32:
        return skip(4);
      case kLengthDelimited: {
        const std::optional<std::uint64_t> length = read_varint();
        return length && *length <= kProtoMessageBytesMax && skip(*length);
      }
      default:
        return false;
    }
  }
  bool is_cut() const noexcept { return cut_; }
  bool is_at_end() const noexcept { return left_.empty(); }

 private:
  bool skip(std::uint64_t bytes) noexcept {
    if (left_.size() < bytes) {
      cut_ = true;
      return false;
    }
    left_.remove_prefix(bytes);
    return true;
  }

  std::optional<std::uint64_t> read_varint() noexcept {
    constexpr std::size_t kVarintBytesMax = 10;
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < std::min(left_.size(), kVarintBytesMax); ++i) {
      const auto byte = static_cast<std::uint8_t>(left_[i]);
      value |= static_cast<std::uint64_t>(byte & 0x7F) << (7 * i);
      if (byte >= 0x80) continue;
      left_.remove_prefix(i + 1);
      return value;
    }
    cut_ = left_.size() < kVarintBytesMax;
    return std::nullopt;
  }

  std::string_view left_;
  bool cut_ = false;
};

}  // namespace

LengthPrefix parse_length_prefix(std::string_view bytes) noexcept {
  using State = LengthPrefix::State;
  std::uint32_t length = 0;
  for (std::uint32_t i = 0; i < std::min(bytes.size(), kLengthPrefixBytesMax); ++i) {
    const auto byte = static_cast<std::uint8_t>(bytes[i]);
    length |= static_cast<std::uint32_t>(byte & 0x7F) << (7 * i);
    if (byte >= 0x80) continue;
    if (byte == 0 || length > kProtoMessageBytesMax) return {State::kDamaged, i + 1, 0};
    return {State::kComplete, i + 1, length};
  }
  return {bytes.size() < kLengthPrefixBytesMax ? State::kCut : State::kDamaged, 0, 0};
}

bool append_delimited(std::string& out, const google::protobuf::MessageLite& message) {
  const std::size_t bytes = message.ByteSizeLong();
  if (bytes > kProtoMessageBytesMax) return false;
  std::size_t length = bytes;
  for (; length >= 0x80; length >>= 7) out.push_back(static_cast<char>(length | 0x80));
  out.push_back(static_cast<char>(length));
  const std::size_t at = out.size();
  out.resize(at + bytes);
  message.SerializeWithCachedSizesToArray(reinterpret_cast<std::uint8_t*>(out.data() + at));
  return true;
}

std::string proto_file_header() {
  proto::v1::FileHeader header;
  header.mutable_message_type()->assign(kProtoFileMessageType);
  header.set_version(kProtoFileVersion);
  std::string out;
  append_delimited(out, header);
  return out;
}

bool looks_like_proto_file(std::string_view bytes) noexcept {
  if (bytes.size() < 2 || static_cast<std::uint8_t>(bytes[0]) <= kHeaderFront.size()) return false;
  return kHeaderFront.starts_with(bytes.substr(1, kHeaderFront.size()));
}

bool is_proto_file_header(std::string_view message) noexcept {
  return message.starts_with(kHeaderFront);
}

absl::Status check_proto_file_header(std::string_view message) {
  proto::v1::FileHeader header;
  if (!is_proto_file_header(message) ||
      !header.ParseFromArray(message.data(), static_cast<int>(message.size()))) {
    return absl::InvalidArgumentError("the header is not that of a Protobuf file of events");
  }
  if (header.version() == 0 || header.version() > kProtoFileVersion) {
    return absl::InvalidArgumentError("the file is of version " + std::to_string(header.version()) +
                                      "; this reads up to " + std::to_string(kProtoFileVersion));
  }
  return absl::OkStatus();
}

bool is_cut_event(std::string_view bytes) noexcept {
  if (bytes.empty()) return true;
  if (bytes.front() != kTimestampTag) return false;
  FieldWalk walk(bytes);
  while (!walk.is_at_end()) {
    if (!walk.skip_field()) return walk.is_cut();
  }
  return true;
}

}  // namespace v1
}  // namespace tracebus
