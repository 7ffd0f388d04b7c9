// SPDX-License-Identifier: Apache-2.0
//
// EventFrames: what a server sends as text/event-stream (HTML Standard, 9.2.6 "Interpreting an
// event stream"), cut into its events.
//
// Thread safety: none.
#ifndef TRACEBUS_TOOLS_LOOK_EVENT_FRAMES_H_
#define TRACEBUS_TOOLS_LOOK_EVENT_FRAMES_H_

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace tracebus {
inline namespace v1 {

struct EventFrame {
  std::string id = {};  // the last that was said until then
  std::string type = {};
  std::string data = {};
};

class EventFrames {
 public:
  static constexpr std::size_t kBytesMax = std::size_t{32} << 20;

  // Appends the events that end in bytes. False: one is longer than kBytesMax.
  bool read(std::string_view bytes, std::vector<EventFrame>& frames);

 private:
  void take_line(std::string_view line, std::vector<EventFrame>& frames);

  std::string line_;  // what has come of it
  bool after_cr_ = false;
  bool has_data_ = false;
  EventFrame frame_;
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_TOOLS_LOOK_EVENT_FRAMES_H_
