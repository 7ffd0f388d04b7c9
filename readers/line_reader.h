// SPDX-License-Identifier: Apache-2.0
//
// LineReader: lines out of bytes, within bounded memory.
#ifndef TRACEBUS_READERS_LINE_READER_H_
#define TRACEBUS_READERS_LINE_READER_H_

#include <absl/status/status.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "tracebus/core/limits.h"
#include "tracebus/readers/byte_source.h"

namespace tracebus {
inline namespace v1 {

struct Line {
  std::string_view text{};   // without its line feed; empty if too long
  std::uint64_t number = 0;  // from 1
  std::uint64_t offset = 0;  // of its first byte
  bool too_long = false;     // exceeds kLineBytesMax, and was skipped without being kept
  bool terminated = true;    // a line feed followed
};

class LineReader {
 public:
  static constexpr std::size_t kLineBytesMax = kRecordBytesMax;
  static constexpr std::size_t kChunkBytes = std::size_t{256} << 10;
  // So many bytes behind a line may be read by whoever parses it; the first is no JSON token.
  static constexpr std::size_t kPaddingBytes = 64;

  explicit LineReader(std::unique_ptr<ByteSource> source);

  // The next line, or false at the end. Its text is valid until the next call.
  bool next(Line& line);

  // OK, or what ended the lines before the end of the source.
  const absl::Status& status() const noexcept { return status_; }

 private:
  char* find_line_feed() noexcept;  // null: not in the buffer
  bool refill();                    // false: there is no more
  void skip_line(Line& line);
  void take(Line& line, std::size_t length) noexcept;
  void move_to(std::size_t index) noexcept;

  std::unique_ptr<ByteSource> source_;
  absl::Status status_;
  std::vector<char> buffer_;  // kPaddingBytes more than are ever filled
  std::size_t begin_ = 0;     // of what was not handed out yet
  std::size_t scanned_ = 0;   // there is no line feed in [begin_, scanned_)
  std::size_t end_ = 0;       // of what was filled
  std::uint64_t base_ = 0;    // offset of the buffer's first byte
  std::uint64_t last_line_ = 0;
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_READERS_LINE_READER_H_
