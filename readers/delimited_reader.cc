// SPDX-License-Identifier: Apache-2.0
#include "tracebus/readers/delimited_reader.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "tracebus/core/proto/proto_file_format.h"

namespace tracebus {
inline namespace v1 {

bool DelimitedReader::next(std::string_view& message) {
  if (is_stopped_) return false;
  begin_ += taken_;
  offset_ += std::exchange(taken_, 0);
  fill(kLengthPrefixBytesMax);
  if (begin_ == end_) return stop({});
  const LengthPrefix prefix = parse_length_prefix(unread());
  if (prefix.state == LengthPrefix::State::kDamaged) {
    return stop("the length of a message is damaged; what follows cannot be found");
  }
  if (prefix.state == LengthPrefix::State::kCut || !fill(prefix.total_bytes())) {
    return stop("the last message is cut short: " + std::to_string(end_ - begin_) +
                " bytes of it are there");
  }
  message = unread().substr(prefix.prefix_bytes, prefix.message_bytes);
  taken_ = prefix.total_bytes();
  return true;
}

bool DelimitedReader::fill(std::size_t bytes) {
  while (end_ - begin_ < bytes && !is_at_end_) refill(bytes);
  return end_ - begin_ >= bytes;
}

void DelimitedReader::refill(std::size_t bytes) {
  if (begin_ != 0) {
    std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
    end_ -= std::exchange(begin_, 0);
  }
  // Twice what is there, so that a length that is not true costs no more than the bytes behind it.
  const std::size_t room = std::max(kChunkBytes, std::min(bytes, 2 * end_));
  if (buffer_.size() < room) buffer_.resize(room);
  const absl::StatusOr<std::size_t> got =
      source_->read(buffer_.data() + end_, buffer_.size() - end_);
  if (!got.ok()) stop(std::string(got.status().message()));
  is_at_end_ = !got.ok() || *got == 0;
  if (got.ok()) end_ += *got;
}

bool DelimitedReader::stop(std::string fault) {
  is_stopped_ = true;
  if (fault_.empty()) fault_ = std::move(fault);
  return false;
}

}  // namespace v1
}  // namespace tracebus
