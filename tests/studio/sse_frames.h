// SPDX-License-Identifier: Apache-2.0
//
// What a client makes of Server-Sent Events (HTML Living Standard, section 9.2.6).
#ifndef TRACEBUS_TESTS_STUDIO_SSE_FRAMES_H_
#define TRACEBUS_TESTS_STUDIO_SSE_FRAMES_H_

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

namespace tracebus::testing {

struct SseFrame {
  std::uint64_t id = 0;
  std::string event;
  std::string data;
};

// The whole frames at the beginning of text, which are taken away from it. Comments and retry are
// passed over.
inline std::vector<SseFrame> take_frames(std::string& text) {
  std::vector<SseFrame> frames;
  for (std::size_t end = 0; (end = text.find("\n\n")) != std::string::npos;) {
    SseFrame frame;
    bool has_data = false;
    for (std::size_t at = 0; at < end;) {
      const std::size_t next = text.find('\n', at);
      const std::string_view line = std::string_view(text).substr(at, next - at);
      if (line.starts_with("id: ")) frame.id = std::strtoull(line.data() + 4, nullptr, 10);
      if (line.starts_with("event: ")) frame.event = line.substr(7);
      if (line.starts_with("data: ")) {
        frame.data += line.substr(6);
        has_data = true;
      }
      at = next + 1;
    }
    text.erase(0, end + 2);
    if (has_data) frames.push_back(std::move(frame));
  }
  return frames;
}

}  // namespace tracebus::testing

#endif  // TRACEBUS_TESTS_STUDIO_SSE_FRAMES_H_
