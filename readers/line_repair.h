// SPDX-License-Identifier: Apache-2.0
//
// LineRepair: what can be saved of a line that is no JSON object as it stands.
//
//   {"a":1}{"b":2}          two records: a line feed got lost
//   {"a":"to{"timestamp"... the beginning of a record whose writer died, and then a whole one
//   \0\0\0\0{"a":1}         a hole that a file system left after a crash
//   {"a":1}\0\0\0"b":2}     a hole that took a line feed and the beginning of the next record
//   {"a":NaN}               Python's literals NaN, Infinity and -Infinity become null
//   {"a":"\ud83d"}          a lone surrogate becomes U+FFFD, as invalid UTF-8 in a string does
//
// It only looks at braces, brackets and strings: whether a record is JSON, the parser says.
#ifndef TRACEBUS_READERS_LINE_REPAIR_H_
#define TRACEBUS_READERS_LINE_REPAIR_H_

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace tracebus {
inline namespace v1 {

class LineRepair {
 public:
  // A stretch of a line: a balanced record, or what is none and has to be skipped.
  struct Part {
    std::size_t offset = 0;          // in the line
    std::string_view fault{};        // why it is skipped; empty for a record
    bool changed = false;            // the record's text is not what the line says
    std::size_t begin = 0, end = 0;  // of a record in the repaired text
  };

  // The parts of line in their order; none if it holds nothing but NUL bytes and white space. Valid
  // until the next call, as line must be.
  const std::vector<Part>& parts_of(std::string_view line);

  // REQUIRES: part is a record. Meets what JsonObject::parse requires.
  std::string_view text_of(const Part& part) const noexcept {
    return std::string_view(text_).substr(part.begin, part.end - part.begin);
  }

 private:
  // Where the first stretch from `at` on that is no record begins, after the records before it were
  // appended to parts_; line_.size() if there is none.
  std::size_t append_records(std::size_t at);
  std::size_t next_start(std::size_t at) const noexcept;
  std::size_t after_space(std::size_t at) noexcept;

  // Each copies what begins at `at` to text_, repaired, and returns where it ends.
  std::size_t copy_record(std::size_t at);  // npos: it does not end
  std::size_t copy_string(std::size_t at);
  std::size_t copy_escape(std::size_t at);
  std::size_t copy_character(std::size_t at);
  std::size_t copy_bare(std::size_t at);
  std::size_t copy(std::size_t at, std::size_t bytes);
  std::size_t replace(std::size_t at, std::size_t bytes, std::string_view replacement);

  std::string_view line_;
  std::string text_;  // of all records, each followed by a line feed
  std::vector<Part> parts_;
  std::string_view fault_;  // of the stretch that append_records found
  bool changed_ = false;    // the record being copied
  bool hole_ = false;       // after_space passed NUL bytes
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_READERS_LINE_REPAIR_H_
