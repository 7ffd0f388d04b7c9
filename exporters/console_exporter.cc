// SPDX-License-Identifier: Apache-2.0
#include "tracebus/exporters/console_exporter.h"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>

#include "tracebus/exporters/file_error.h"

namespace tracebus {
inline namespace v1 {
namespace {

constexpr std::size_t kTextBytesKept = std::size_t{1} << 20;
constexpr std::chrono::milliseconds kStopCheckedEvery{20};

bool wants_color(ConsoleColor color, int descriptor) {
  if (color != ConsoleColor::kAuto) return color == ConsoleColor::kAlways;
  const char* const no_color = std::getenv("NO_COLOR");
  if (no_color != nullptr && no_color[0] != '\0') return false;
  const char* const terminal = std::getenv("TERM");
  if (terminal == nullptr || std::string_view(terminal) == "dumb") return false;
  return ::isatty(descriptor) == 1;
}

// False when there is no time left, or none is to be taken.
bool wait_writable(int descriptor, const ExportContext& context) {
  for (;;) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(
        context.deadline - std::chrono::steady_clock::now());
    if (left.count() <= 0 || context.stop.stop_requested()) return false;
    pollfd waited = {descriptor, POLLOUT, 0};
    const int ready =
        ::poll(&waited, 1, static_cast<int>(std::min(left, kStopCheckedEvery).count()));
    if (ready > 0) return true;
    if (ready < 0 && errno != EINTR) return false;
  }
}

}  // namespace

ConsoleExporter::ConsoleExporter(ConsoleOptions options, int descriptor)
    : format_(options.format), with_color_(wants_color(options.color, descriptor)),
      file_system_(options.file_system ? *options.file_system : FileSystem::posix()),
      descriptor_(descriptor) {}

ExportResult ConsoleExporter::export_batch(const Batch& batch, const ExportContext& context) {
  if (batch.empty()) return ExportResult::ok();
  if (text_.capacity() > kTextBytesKept) text_ = std::string();
  text_.clear();
  if (is_torn_) text_ += '\n';
  const std::size_t begin = text_.size();
  for (const EventView& event : batch) append_line(event);
  const std::size_t written = write_text(context);
  if (written > 0) is_torn_ = text_[written - 1] != '\n';
  if (written == text_.size()) return ExportResult::ok();
  const std::string_view shown =
      std::string_view(text_).substr(begin, written - std::min(begin, written));
  const auto lines = static_cast<std::size_t>(std::count(shown.begin(), shown.end(), '\n'));
  return ExportResult::failure(batch.size() - lines);
}

void ConsoleExporter::append_line(const EventView& event) {
  switch (format_) {
    case ConsoleFormat::kSeed:
      return append_seed_line(text_, event);
    case ConsoleFormat::kPretty:
      return append_pretty_line(text_, event, with_color_);
    case ConsoleFormat::kJson:
      return append_json_line(text_, event);
  }
}

std::size_t ConsoleExporter::write_text(const ExportContext& context) {
  std::size_t written = 0;
  while (written < text_.size()) {
    const IoResult wrote = file_system_.write(descriptor_, std::string_view(text_).substr(written));
    if (wrote.ok() && wrote.value > 0) {
      written += static_cast<std::size_t>(wrote.value);
      continue;
    }
    if (wrote.error == EAGAIN && wait_writable(descriptor_, context)) continue;
    const int error = wrote.ok() ? EIO : wrote.error;
    last_error_ = std::string(file_error(error, "write to", "the console").message());
    break;
  }
  return written;
}

}  // namespace v1
}  // namespace tracebus
