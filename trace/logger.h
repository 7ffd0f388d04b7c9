// SPDX-License-Identifier: Apache-2.0
//
// Logger: lines of a log, as JSON (log_line.h), with what the current context says (log_context.h).
//
//   Logger log("agents.alpha", {.level_min = LogLevel::kInfo});
//   const LogContext bound({{"task_id", "t-1"}});
//   log.info("step completed", {{"tokens", 412}});
//   try {
//     call();
//   } catch (const std::exception& exception) {
//     log.exception("the call failed", exception);
//   }
//
// Thread safety: every method may be called from any thread. A sink is called by whoever logs, by
// several threads at once. Not for signal handlers.
#ifndef TRACEBUS_TRACE_LOGGER_H_
#define TRACEBUS_TRACE_LOGGER_H_

#include <atomic>
#include <cstdint>
#include <exception>
#include <functional>
#include <string>
#include <string_view>
#include <utility>

#include "tracebus/core/clock.h"
#include "tracebus/core/value.h"
#include "tracebus/trace/log_level.h"

namespace tracebus {
inline namespace v1 {

// Takes one line, which ends with its line feed. What it throws is counted as a line that failed.
using LogLineSink = std::function<void(std::string_view line)>;

struct LoggerOptions {
  LogLevel level_min = LogLevel::kWarning;  // lines below cost a comparison
  LogLineSink sink = {};                    // none: standard error, each line by one write
  bool ids = false;  // adds run_id, trace_id and span_id to extra, within a span
  // Of timestamps; null: the system's. Outlives this.
  const ClockSource* clock = nullptr;
};

class Logger {
 public:
  explicit Logger(std::string name, LoggerOptions options = {})
      : name_(std::move(name)), options_(std::move(options)), level_min_(options_.level_min) {}
  Logger(const Logger&) = delete;
  Logger& operator=(const Logger&) = delete;

  std::string_view name() const noexcept { return name_; }
  // Relaxed: a line beside the change may be by the one level or by the other.
  LogLevel level_min() const noexcept { return level_min_.load(std::memory_order_relaxed); }
  void set_level_min(LogLevel level) noexcept {
    level_min_.store(level, std::memory_order_relaxed);  // as said
  }
  bool logs(LogLevel level) const noexcept { return level >= level_min(); }

  // fields go into extra, over those of the context. Never throws: a line that found no memory, or
  // that its sink refused, is counted.
  void log(LogLevel level, std::string_view message, const Payload& fields = {}) noexcept {
    if (logs(level)) write(level, message, fields, {});
  }
  void debug(std::string_view message, const Payload& fields = {}) noexcept {
    log(LogLevel::kDebug, message, fields);
  }
  void info(std::string_view message, const Payload& fields = {}) noexcept {
    log(LogLevel::kInfo, message, fields);
  }
  void warning(std::string_view message, const Payload& fields = {}) noexcept {
    log(LogLevel::kWarning, message, fields);
  }
  void error(std::string_view message, const Payload& fields = {}) noexcept {
    log(LogLevel::kError, message, fields);
  }
  void critical(std::string_view message, const Payload& fields = {}) noexcept {
    log(LogLevel::kCritical, message, fields);
  }
  // An error, with the type of the exception and what it says.
  void exception(std::string_view message, const std::exception& thrown,
                 const Payload& fields = {}) noexcept;

  std::uint64_t failures() const noexcept {
    return failures_.load(std::memory_order_relaxed);  // a count, and nothing beside it
  }

 private:
  void write(LogLevel level, std::string_view message, const Payload& fields,
             std::string_view exception) noexcept;

  const std::string name_;
  const LoggerOptions options_;
  std::atomic<LogLevel> level_min_;
  std::atomic<std::uint64_t> failures_{0};
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_TRACE_LOGGER_H_
