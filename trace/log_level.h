// SPDX-License-Identifier: Apache-2.0
//
// LogLevel: how much a line of a log matters.
#ifndef TRACEBUS_TRACE_LOG_LEVEL_H_
#define TRACEBUS_TRACE_LOG_LEVEL_H_

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace tracebus {
inline namespace v1 {

// With the numbers of Python's logging.
enum class LogLevel : std::uint8_t {
  kDebug = 10,
  kInfo = 20,
  kWarning = 30,
  kError = 40,
  kCritical = 50
};

inline constexpr std::array kLogLevels = {LogLevel::kDebug, LogLevel::kInfo, LogLevel::kWarning,
                                          LogLevel::kError, LogLevel::kCritical};

constexpr std::string_view to_string(LogLevel level) noexcept {
  switch (level) {
    case LogLevel::kDebug:
      return "DEBUG";
    case LogLevel::kInfo:
      return "INFO";
    case LogLevel::kWarning:
      return "WARNING";
    case LogLevel::kError:
      return "ERROR";
    case LogLevel::kCritical:
      return "CRITICAL";
  }
  return "";
}

// By the names above, in letters of either case; nothing for others.
constexpr std::optional<LogLevel> log_level_called(std::string_view name) noexcept {
  const auto is_called = [name](std::string_view level) {
    if (level.size() != name.size()) return false;
    for (std::size_t i = 0; i < name.size(); ++i) {
      const char c = name[i];
      if ((c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c) != level[i]) return false;
    }
    return true;
  };
  for (const LogLevel level : kLogLevels) {
    if (is_called(to_string(level))) return level;
  }
  return std::nullopt;
}

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_TRACE_LOG_LEVEL_H_
