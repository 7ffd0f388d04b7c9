// SPDX-License-Identifier: Apache-2.0
#include "tracebus/readers/line_reader.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace tracebus {
inline namespace v1 {

LineReader::LineReader(std::unique_ptr<ByteSource> source)
    : source_(std::move(source)), buffer_(kChunkBytes + kPaddingBytes) {}

bool LineReader::next(Line& line) {
  line = Line{.number = last_line_ + 1, .offset = base_ + begin_};
  while (true) {
    if (const char* const line_feed = find_line_feed()) {
      const auto end = static_cast<std::size_t>(line_feed - buffer_.data());
      take(line, end - begin_);
      move_to(end + 1);
      return true;
    }
    if (end_ - begin_ > kLineBytesMax) {
      skip_line(line);
      return true;
    }
    if (refill()) continue;
    if (begin_ == end_) return false;
    line.terminated = false;
    buffer_[end_] = '\n';
    take(line, end_ - begin_);
    move_to(end_);
    return true;
  }
}

char* LineReader::find_line_feed() noexcept {
  void* const found = std::memchr(buffer_.data() + scanned_, '\n', end_ - scanned_);
  if (found == nullptr) scanned_ = end_;
  return static_cast<char*>(found);
}

void LineReader::take(Line& line, std::size_t length) noexcept {
  line.too_long = length > kLineBytesMax;
  if (!line.too_long) line.text = {buffer_.data() + begin_, length};
  ++last_line_;
}

void LineReader::move_to(std::size_t index) noexcept { begin_ = scanned_ = index; }

bool LineReader::refill() {
  if (!status_.ok()) return false;
  if (begin_ != 0) {
    std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
    base_ += begin_;
    scanned_ -= begin_;
    end_ -= begin_;
    begin_ = 0;
  }
  if (end_ + kPaddingBytes == buffer_.size()) {
    buffer_.resize(std::min(2 * end_, kLineBytesMax + kChunkBytes) + kPaddingBytes);
  }
  const auto got = source_->read(buffer_.data() + end_, buffer_.size() - kPaddingBytes - end_);
  if (!got.ok()) status_ = got.status();
  end_ += got.value_or(0);
  return got.value_or(0) != 0;
}

void LineReader::skip_line(Line& line) {
  line.too_long = true;
  ++last_line_;
  do {
    if (const char* const line_feed = find_line_feed()) {
      return move_to(static_cast<std::size_t>(line_feed - buffer_.data()) + 1);
    }
    move_to(end_);
  } while (refill());
  line.terminated = false;
}

}  // namespace v1
}  // namespace tracebus
