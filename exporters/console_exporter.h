// SPDX-License-Identifier: Apache-2.0
//
// ConsoleExporter: one event a line on a terminal, a pipe, or any other open descriptor.
//
// Texts are escaped in every format, so no event can move the cursor, forge a line or hide what it
// says. A batch is one write. It bypasses stdio: flush what you printed there first if the order
// matters. A reader that went away (EPIPE) fails the batch; the SIGPIPE that comes with it is the
// host's to ignore, as it is for everything else it writes.
#ifndef TRACEBUS_EXPORTERS_CONSOLE_EXPORTER_H_
#define TRACEBUS_EXPORTERS_CONSOLE_EXPORTER_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "tracebus/core/exporter.h"
#include "tracebus/exporters/console_layout.h"
#include "tracebus/exporters/file_system.h"

namespace tracebus {
inline namespace v1 {

// Colors are for the pretty format alone.
enum class ConsoleColor : std::uint8_t {
  kAuto,  // on a terminal, unless NO_COLOR is set and not empty, or TERM is unset or "dumb"
  kAlways,
  kNever,
};

struct ConsoleOptions {
  ConsoleFormat format = ConsoleFormat::kSeed;
  ConsoleColor color = ConsoleColor::kAuto;
  FileSystem* file_system = nullptr;  // null: the process's own
};

class ConsoleExporter final : public Exporter {
 public:
  static constexpr int kStandardOutput = 1;

  // REQUIRES: descriptor stays open while the exporter lives. It is not closed.
  explicit ConsoleExporter(ConsoleOptions options = {}, int descriptor = kStandardOutput);

  std::string_view name() const noexcept override { return "console"; }
  // Waits for a descriptor that takes no more (EAGAIN) until the deadline or a stop request.
  ExportResult export_batch(const Batch& batch, const ExportContext& context) override;
  std::string_view last_error() const noexcept override { return last_error_; }

 private:
  void append_line(const EventView& event);
  std::size_t write_text(const ExportContext& context);

  const ConsoleFormat format_;
  const bool with_color_;
  FileSystem& file_system_;
  const int descriptor_;
  bool is_torn_ = false;  // the last line written was cut short
  std::string text_;
  std::string last_error_;
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_EXPORTERS_CONSOLE_EXPORTER_H_
