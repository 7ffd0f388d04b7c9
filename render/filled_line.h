// SPDX-License-Identifier: Apache-2.0
//
// FilledLine: a line for people that goes on in the next where its width ends.
//
// Parts stay whole where a line has room for them. A code point is taken to be one column wide.
// Thread safety: none.
#ifndef TRACEBUS_RENDER_FILLED_LINE_H_
#define TRACEBUS_RENDER_FILLED_LINE_H_

#include <cstddef>
#include <string>
#include <string_view>

namespace tracebus {
inline namespace v1 {

class FilledLine {
 public:
  // margin: what the second line and those below it begin with. width_max 0: no bound. REQUIRES:
  // out outlives it; margin is shorter than width_max.
  FilledLine(std::string& out, std::size_t width_max, std::string margin)
      : out_(out), width_max_(width_max), margin_(std::move(margin)) {}

  // Behind gap spaces where it is not the first, or on a line below; nothing for an empty part.
  void add(std::string_view part, std::size_t gap);
  // The same at a column, or one space behind what is there.
  void add_at(std::size_t column, std::string_view part);

 private:
  void begin_line();
  void add_broken(std::string_view part);

  std::string& out_;
  const std::size_t width_max_;
  const std::string margin_;
  std::size_t column_ = 0;
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_RENDER_FILLED_LINE_H_
