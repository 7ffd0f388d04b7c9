// SPDX-License-Identifier: Apache-2.0
//
// JsonCursor: steps from member to member, or item to item, of one JSON object or array, without
// parsing what they hold: a document larger than its parsed form may be is read piece by piece.
//
// Only punctuation at this level, and braces, brackets and quotes below it, are looked at: whether
// a piece is JSON its parser says. Each call takes time linear in what it steps over.
#ifndef TRACEBUS_READERS_JSON_CURSOR_H_
#define TRACEBUS_READERS_JSON_CURSOR_H_

#include <string_view>

namespace tracebus {
inline namespace v1 {

// The value that text begins with, after white space; empty if there is no whole one.
std::string_view first_json_value(std::string_view text) noexcept;

class JsonCursor {
 public:
  // Of the object or array that value is; anything else has broken off already.
  explicit JsonCursor(std::string_view value) noexcept;

  // The next item of an array; false at its end, or where it breaks off.
  bool next(std::string_view& item) noexcept;
  // The next member of an object, its key as it is written, without quotes.
  bool next(std::string_view& key, std::string_view& value) noexcept;

  // Whether something stood where it may not. What follows it is not reached.
  bool is_broken() const noexcept { return is_broken_; }
  // Where that is.
  const char* at() const noexcept { return left_.data(); }

 private:
  void step_over_space() noexcept;
  bool step_over(char c) noexcept;
  // Whether another one follows, behind a comma unless it is the first.
  bool has_next() noexcept;
  bool take(std::string_view& value) noexcept;
  bool is_broken_here() noexcept;

  std::string_view left_;
  char end_ = 0;  // the bracket or brace that closes it
  bool is_first_ = true;
  bool is_broken_ = false;
  bool is_over_ = false;
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_READERS_JSON_CURSOR_H_
