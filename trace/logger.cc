// SPDX-License-Identifier: Apache-2.0
#include "tracebus/trace/logger.h"

#include <errno.h>
#include <unistd.h>

#include <span>
#include <stdexcept>
#include <typeinfo>
#include <vector>

#include "tracebus/core/type_name.h"
#include "tracebus/trace/context.h"
#include "tracebus/trace/log_line.h"

namespace tracebus {
inline namespace v1 {
namespace {

void write_to_standard_error(std::string_view line) {
  while (!line.empty()) {
    const ssize_t written = ::write(STDERR_FILENO, line.data(), line.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) throw std::runtime_error("standard error refuses the line");
    line.remove_prefix(static_cast<std::size_t>(written));
  }
}

// The texts of the ids of a context.
class IdTexts {
 public:
  explicit IdTexts(const EventIds& ids) {
    add("run_id", ids.run_id);
    add("trace_id", ids.trace_id);
    add("span_id", ids.span_id);
  }
  IdTexts(const IdTexts&) = delete;
  IdTexts& operator=(const IdTexts&) = delete;

  std::span<const Attribute> attributes() const noexcept { return attributes_; }

 private:
  template <class Id>
  void add(std::string_view key, const Id& id) {
    if (id) attributes_.push_back({key, texts_[attributes_.size()] = id.hex()});
  }

  std::string texts_[3];
  std::vector<Attribute> attributes_;
};

}  // namespace

void Logger::exception(std::string_view message, const std::exception& thrown,
                       const Payload& fields) noexcept {
  if (!logs(LogLevel::kError)) return;
  try {
    const std::string text = type_name_of(typeid(thrown)) + ": " + thrown.what();
    write(LogLevel::kError, message, fields, text);
  } catch (...) {  // no memory for the text
    write(LogLevel::kError, message, fields, thrown.what());
  }
}

void Logger::write(LogLevel level, std::string_view message, const Payload& fields,
                   std::string_view exception) noexcept {
  try {
    const Context& context = Context::current();
    const ClockSource* const clock = options_.clock;
    const IdTexts ids(options_.ids ? context.ids() : EventIds{});
    std::vector<Attribute> bound(ids.attributes().begin(), ids.attributes().end());
    bound.insert(bound.end(), context.log_fields().begin(), context.log_fields().end());
    std::string line;
    append_log_line(line, {.timestamp = clock != nullptr ? Timestamp::from_unix_ns(clock->unix_ns())
                                                         : Timestamp::now(),
                           .level = level,
                           .logger = name_,
                           .message = message,
                           .context = bound,
                           .fields = {fields.begin(), fields.end()},
                           .exception = exception});
    line += '\n';
    options_.sink ? options_.sink(line) : write_to_standard_error(line);
  } catch (...) {
    failures_.fetch_add(1, std::memory_order_relaxed);  // a count, and nothing beside it
  }
}

}  // namespace v1
}  // namespace tracebus
