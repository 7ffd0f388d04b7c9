// SPDX-License-Identifier: Apache-2.0
#include "tracebus/exporters/message_framing.h"

#include <algorithm>
#include <string>

#include "tracebus/core/proto/proto_file_format.h"

namespace tracebus {
inline namespace v1 {
namespace {

constexpr std::size_t kWindowBytes = std::size_t{256} << 10;

std::string_view without_hole(std::string_view bytes) noexcept {
  return bytes.substr(0, bytes.find_last_not_of('\0') + 1);  // none: npos + 1, which is 0
}

// Walks a file from message to message.
class MessageWalk {
 public:
  explicit MessageWalk(const FileBytes& file) noexcept : file_(file) {}

  absl::StatusOr<Framing::End> find_end() {
    absl::Status status = check_header();
    while (status.ok() && !is_done_) status = step();
    if (!status.ok()) return status;
    return Framing::End{.offset = offset_};
  }

 private:
  std::uint64_t left() const noexcept { return file_.size_bytes() - offset_; }

  absl::Status refuse(std::string_view fault) const {
    std::string message = "cannot append to '" + file_.path() + "': ";
    message += fault;
    message += "; move it away, or give another path";
    return absl::FailedPreconditionError(message);
  }

  // A header that was cut short is not worth keeping: the file begins anew.
  absl::Status check_header() {
    const absl::Status looked = look(kWindowBytes);
    if (!looked.ok()) return looked;
    const std::string header = proto_file_header();
    const std::string_view there = without_hole(window_);
    is_done_ = there.size() < header.size() && header.starts_with(there);
    if (is_done_) return absl::OkStatus();
    const LengthPrefix prefix = parse_length_prefix(window_);
    if (!looks_like_proto_file(window_) || prefix.total_bytes() > window_.size()) {
      return refuse("it holds something else than events as Protobuf");
    }
    const absl::Status checked =
        check_proto_file_header(window_.substr(prefix.prefix_bytes, prefix.message_bytes));
    if (checked.ok()) return checked;
    return refuse(std::string_view(checked.message().data(), checked.message().size()));
  }

  absl::Status step() {
    is_done_ = left() == 0;
    if (is_done_) return absl::OkStatus();
    const absl::Status looked = look(kLengthPrefixBytesMax);
    if (!looked.ok()) return looked;
    const LengthPrefix prefix = parse_length_prefix(window_);
    switch (prefix.state) {
      case LengthPrefix::State::kComplete:
        if (prefix.total_bytes() > left()) return check_torn(prefix.prefix_bytes);
        offset_ += prefix.total_bytes();
        return absl::OkStatus();
      case LengthPrefix::State::kCut:
        is_done_ = true;
        return absl::OkStatus();
      case LengthPrefix::State::kDamaged:
        break;
    }
    return check_hole();
  }

  // What is left is shorter than its length says: torn, if it is the beginning of an event at all.
  // A power loss may have left NUL bytes in the place of its end.
  absl::Status check_torn(std::uint32_t prefix_bytes) {
    const absl::Status looked = look(left());
    if (!looked.ok()) return looked;
    if (!is_cut_event(without_hole(window_.substr(prefix_bytes)))) return refuse_damage();
    is_done_ = true;
    return absl::OkStatus();
  }

  // Space that a power loss left unwritten holds nothing but NUL bytes, to the end of the file. The
  // beginning of a length may stand before it; window_ is at it.
  absl::Status check_hole() {
    const std::uint64_t begin = offset_;
    const std::string_view length = without_hole(window_);
    if (parse_length_prefix(length).state != LengthPrefix::State::kCut) return refuse_damage();
    for (offset_ += length.size(); left() != 0; offset_ += window_.size()) {
      const absl::Status looked = look(kWindowBytes);
      if (!looked.ok()) return looked;
      if (!without_hole(window_).empty()) {
        offset_ = begin;
        return refuse_damage();
      }
    }
    offset_ = begin;
    is_done_ = true;
    return absl::OkStatus();
  }

  absl::Status refuse_damage() const {
    return refuse("it is damaged from byte " + std::to_string(offset_) + " on");
  }

  // Makes window_ the bytes at offset_: as many, or all there are.
  absl::Status look(std::uint64_t bytes) {
    const std::uint64_t wanted = std::min(bytes, left());
    if (offset_ < read_from_ || offset_ + wanted > read_from_ + read_.size()) {
      const std::uint64_t ahead = std::min<std::uint64_t>(kWindowBytes, left());
      read_.resize(static_cast<std::size_t>(std::max(wanted, ahead)));
      read_from_ = offset_;
      const absl::Status status = file_.read(offset_, read_);
      if (!status.ok()) return status;
    }
    window_ = std::string_view(read_).substr(static_cast<std::size_t>(offset_ - read_from_),
                                             static_cast<std::size_t>(wanted));
    return absl::OkStatus();
  }

  const FileBytes& file_;
  std::uint64_t offset_ = 0;
  bool is_done_ = false;
  std::string read_;  // of the file, from read_from_ on
  std::uint64_t read_from_ = 0;
  std::string_view window_;  // into read_
};

class MessageFraming final : public Framing {
 public:
  std::string_view preamble() const noexcept override { return preamble_; }

  std::size_t whole_bytes(std::string_view bytes) const noexcept override {
    std::size_t whole = 0;
    while (true) {
      const LengthPrefix prefix = parse_length_prefix(bytes.substr(whole));
      if (prefix.state != LengthPrefix::State::kComplete) return whole;
      if (prefix.total_bytes() > bytes.size() - whole) return whole;
      whole += prefix.total_bytes();
    }
  }

  absl::StatusOr<End> find_end(const FileBytes& file) const override {
    return MessageWalk(file).find_end();
  }

 private:
  const std::string preamble_ = proto_file_header();
};

}  // namespace

const Framing& message_framing() noexcept {
  // Never destroyed: exporters may outlive the statics of the process.
  static const MessageFraming& framing = *new MessageFraming;
  return framing;
}

}  // namespace v1
}  // namespace tracebus
