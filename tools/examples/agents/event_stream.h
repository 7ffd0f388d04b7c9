// SPDX-License-Identifier: Apache-2.0
//
// EventStreamReader: reads Server-Sent Events (WHATWG HTML, section 9.2.6) from bytes as they come,
// however they are cut.
//
// Of the fields, data alone is kept. Stricter than the standard, which passes over what it does not
// know: a line that is no field of an event stream is an error, as a piece of an answer may be lost
// with it. Holds no more than kEventBytesMax.
#ifndef TRACEBUS_TOOLS_EXAMPLES_AGENTS_EVENT_STREAM_H_
#define TRACEBUS_TOOLS_EXAMPLES_AGENTS_EVENT_STREAM_H_

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <utility>

namespace tracebus::examples {

inline constexpr std::size_t kEventBytesMax = std::size_t{1} << 20;  // of a line, and of an event

// Thread safety: none.
class EventStreamReader {
 public:
  using TakeData = std::function<void(std::string_view data)>;

  explicit EventStreamReader(TakeData take) : take_(std::move(take)) {}

  // Calls take with the data of each event that has become whole. Throws ChatError for a line that
  // is too long or none of an event stream; and what take throws.
  void feed(std::string_view bytes);

 private:
  void end_line();
  void add_data(std::string_view data);

  TakeData take_;
  std::string line_;  // as far as it has come
  std::string data_;  // of the event, as far as it has come
  bool has_data_ = false;
  bool is_after_return_ = false;  // the line feed of a "\r\n" is still to come
  bool is_first_line_ = true;     // which may begin with a byte order mark
};

}  // namespace tracebus::examples

#endif  // TRACEBUS_TOOLS_EXAMPLES_AGENTS_EVENT_STREAM_H_
