// SPDX-License-Identifier: Apache-2.0
#include "tracebus/tools/look/event_frames.h"

#include <utility>

namespace tracebus {
inline namespace v1 {

bool EventFrames::read(std::string_view bytes, std::vector<EventFrame>& frames) {
  while (!bytes.empty()) {
    if (std::exchange(after_cr_, false) && bytes.front() == '\n') {
      bytes.remove_prefix(1);
      continue;
    }
    const std::size_t end = bytes.find_first_of("\r\n");
    line_.append(bytes.substr(0, end));
    if (line_.size() + frame_.data.size() > kBytesMax) return false;
    if (end == bytes.npos) return true;
    after_cr_ = bytes[end] == '\r';
    bytes.remove_prefix(end + 1);
    take_line(line_, frames);
    line_.clear();
  }
  return true;
}

void EventFrames::take_line(std::string_view line, std::vector<EventFrame>& frames) {
  if (line.empty()) {
    if (std::exchange(has_data_, false)) frames.push_back(frame_);
    frame_.type.clear();
    frame_.data.clear();
    return;
  }
  const std::size_t colon = line.find(':');
  const std::string_view field = line.substr(0, colon);
  std::string_view value = colon == line.npos ? std::string_view() : line.substr(colon + 1);
  if (value.starts_with(' ')) value.remove_prefix(1);
  if (field == "data") {
    if (std::exchange(has_data_, true)) frame_.data += '\n';
    frame_.data += value;
  } else if (field == "event") {
    frame_.type = value;
  } else if (field == "id" && value.find('\0') == value.npos) {
    frame_.id = value;
  }
}

}  // namespace v1
}  // namespace tracebus
