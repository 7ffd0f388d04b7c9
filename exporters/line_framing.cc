// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <string>

#include "tracebus/exporters/framing.h"

namespace tracebus {
inline namespace v1 {
namespace {

constexpr std::size_t kTailReadBytes = std::size_t{64} << 10;

class LineFraming final : public Framing {
 public:
  std::string_view terminator() const noexcept override { return "\n"; }

  std::size_t whole_bytes(std::string_view bytes) const noexcept override {
    return bytes.rfind('\n') + 1;  // none: npos + 1, which is 0
  }

  absl::StatusOr<End> find_end(const FileBytes& file) const override {
    std::string tail;
    std::uint64_t end = file.size_bytes();
    while (end > 0) {
      tail.resize(static_cast<std::size_t>(std::min<std::uint64_t>(end, kTailReadBytes)));
      const absl::Status read = file.read(end - tail.size(), tail);
      if (!read.ok()) return read;
      end -= tail.size();
      const std::size_t last = tail.find_last_not_of('\0');
      if (last != std::string::npos) return End{end + last + 1, tail[last] != '\n'};
    }
    return End{};
  }
};

}  // namespace

const Framing& line_framing() noexcept {
  // Never destroyed: exporters may outlive the statics of the process.
  static const LineFraming& framing = *new LineFraming;
  return framing;
}

}  // namespace v1
}  // namespace tracebus
