// SPDX-License-Identifier: Apache-2.0
//
// DelimitedReader: length-delimited messages out of bytes, within bounded memory. It believes no
// length: memory grows with the bytes that are there, not with those that a length promises.
#ifndef TRACEBUS_READERS_DELIMITED_READER_H_
#define TRACEBUS_READERS_DELIMITED_READER_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "tracebus/readers/byte_source.h"

namespace tracebus {
inline namespace v1 {

class DelimitedReader {
 public:
  static constexpr std::size_t kChunkBytes = std::size_t{256} << 10;

  explicit DelimitedReader(std::unique_ptr<ByteSource> source) : source_(std::move(source)) {}

  // The next message without its length; valid until the next call. False at the end, or where
  // nothing more can be found: fault() then says why.
  bool next(std::string_view& message);

  // Of the length of the message that next gave, or of what could not be read.
  std::uint64_t offset() const noexcept { return offset_; }
  // Empty when the bytes ended with a message.
  const std::string& fault() const noexcept { return fault_; }

 private:
  // Makes that many unread bytes available. False: there are not so many.
  bool fill(std::size_t bytes);
  void refill(std::size_t bytes);
  bool stop(std::string fault);
  std::string_view unread() const noexcept { return {buffer_.data() + begin_, end_ - begin_}; }

  std::unique_ptr<ByteSource> source_;
  std::vector<char> buffer_;
  std::size_t begin_ = 0;  // of what was not handed out yet
  std::size_t end_ = 0;    // of what was filled
  std::uint64_t offset_ = 0;
  std::size_t taken_ = 0;  // bytes of the message that next gave, with its length
  bool is_at_end_ = false;
  bool is_stopped_ = false;
  std::string fault_;
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_READERS_DELIMITED_READER_H_
