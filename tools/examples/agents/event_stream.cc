// SPDX-License-Identifier: Apache-2.0
#include "tracebus/tools/examples/agents/event_stream.h"

#include "tracebus/tools/examples/agents/chat_json.h"

namespace tracebus::examples {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

[[noreturn]] void refuse_long() {
  throw ChatError("sent an event of more than " + std::to_string(kEventBytesMax) + " bytes");
}

}  // namespace

void EventStreamReader::feed(std::string_view bytes) {
  while (!bytes.empty()) {
    if (std::exchange(is_after_return_, false) && bytes.front() == '\n') bytes.remove_prefix(1);
    const std::size_t end = bytes.find_first_of("\r\n");
    const std::string_view part = bytes.substr(0, end);
    if (part.size() > kEventBytesMax - line_.size()) refuse_long();
    line_ += part;
    if (end == std::string_view::npos) return;
    is_after_return_ = bytes[end] == '\r';
    bytes.remove_prefix(end + 1);
    end_line();
    line_.clear();
  }
}

void EventStreamReader::end_line() {
  std::string_view line = line_;
  if (std::exchange(is_first_line_, false) && line.starts_with(kByteOrderMark)) {
    line.remove_prefix(kByteOrderMark.size());
  }
  if (line.empty()) {
    if (std::exchange(has_data_, false)) take_(std::exchange(data_, {}));
    return;
  }
  const std::size_t colon = line.find(':');
  const std::string_view field = line.substr(0, colon);
  std::string_view value = colon == std::string_view::npos ? "" : line.substr(colon + 1);
  if (value.starts_with(' ')) value.remove_prefix(1);
  if (field == "data") return add_data(value);
  // An empty name is a comment, such as those that keep the connection alive.
  for (const std::string_view known : {"", "event", "id", "retry"}) {
    if (field == known) return;
  }
  throw ChatError("sent a line that is none of an event stream: " + shown(line));
}

void EventStreamReader::add_data(std::string_view data) {
  if (data.size() + 1 > kEventBytesMax - data_.size()) refuse_long();
  if (std::exchange(has_data_, true)) data_ += '\n';
  data_ += data;
}

}  // namespace tracebus::examples
