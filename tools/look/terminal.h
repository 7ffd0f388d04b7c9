// SPDX-License-Identifier: Apache-2.0
//
// Terminal: how wide standard output is, and whether it shows colours.
#ifndef TRACEBUS_TOOLS_LOOK_TERMINAL_H_
#define TRACEBUS_TOOLS_LOOK_TERMINAL_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace tracebus {
inline namespace v1 {

enum class Ink : std::uint8_t { kPlain, kBold, kRed, kYellow, kGreen };
enum class ColorWhen : std::uint8_t { kAuto, kAlways, kNever };

struct Terminal {
  static constexpr std::size_t kWidthMin = 40;
  static constexpr std::size_t kWidthMax = 1000;

  std::size_t width = 100;  // in code points
  bool color = false;

  // Of standard output. The width is that of COLUMNS, else the terminal's, else 100, within the
  // bounds above. kAuto: colours on a terminal, unless NO_COLOR is set (no-color.org) or TERM is
  // dumb.
  static Terminal of_output(ColorWhen when);

  // Between ANSI escapes, where there are colours.
  std::string inked(std::string_view text, Ink ink) const;
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_TOOLS_LOOK_TERMINAL_H_
