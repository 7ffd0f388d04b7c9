// SPDX-License-Identifier: Apache-2.0
#include "tracebus/tools/look/terminal.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <optional>

namespace tracebus {
inline namespace v1 {
namespace {

// Null and empty say nothing.
std::string_view variable(const char* name) noexcept {
  const char* const value = std::getenv(name);
  return value == nullptr ? std::string_view() : std::string_view(value);
}

std::optional<std::size_t> said_width() {
  const std::string_view text = variable("COLUMNS");
  std::size_t width = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), width);
  if (parsed.ec == std::errc() && parsed.ptr == text.data() + text.size() && width != 0) {
    return width;
  }
  winsize size = {};
  if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col != 0) return size.ws_col;
  return std::nullopt;
}

}  // namespace

Terminal Terminal::of_output(ColorWhen when) {
  Terminal terminal;
  if (const auto said = said_width()) terminal.width = std::clamp(*said, kWidthMin, kWidthMax);
  terminal.color =
      when == ColorWhen::kAlways || (when == ColorWhen::kAuto && isatty(STDOUT_FILENO) == 1 &&
                                     variable("NO_COLOR").empty() && variable("TERM") != "dumb");
  return terminal;
}

std::string Terminal::inked(std::string_view text, Ink ink) const {
  constexpr std::string_view kCodes[] = {"0", "1", "31", "33", "32"};
  if (!color || ink == Ink::kPlain) return std::string(text);
  std::string out = "\x1b[";
  out.append(kCodes[static_cast<std::size_t>(ink)]).append("m");
  return out.append(text).append("\x1b[0m");
}

}  // namespace v1
}  // namespace tracebus
