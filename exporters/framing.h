// SPDX-License-Identifier: Apache-2.0
//
// Framing: how an appended file is cut into units (lines, messages), and what becomes of a torn
// one.
// Thread safety: const, so any number of threads may share one.
#ifndef TRACEBUS_EXPORTERS_FRAMING_H_
#define TRACEBUS_EXPORTERS_FRAMING_H_

#include <absl/status/statusor.h>

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "tracebus/exporters/file_bytes.h"

namespace tracebus {
inline namespace v1 {

class Framing {
 public:
  Framing() = default;
  Framing(const Framing&) = delete;
  Framing& operator=(const Framing&) = delete;
  virtual ~Framing() = default;

  // What an empty file is begun with, before its first unit.
  virtual std::string_view preamble() const noexcept { return {}; }

  // One byte that makes an end of a torn unit, so that it stands alone and spoils nothing after it.
  // Empty: there is no such thing, and a torn unit must be cut off before anything is appended.
  virtual std::string_view terminator() const noexcept { return {}; }

  // How many bytes at the front of bytes are whole units. REQUIRES: bytes begin with a unit, or
  // with the preamble.
  virtual std::size_t whole_bytes(std::string_view bytes) const noexcept = 0;

  struct End {
    std::uint64_t offset = 0;  // what stands behind it is of no use, and may be cut off
    bool is_torn = false;      // what stands before it wants a terminator
  };
  // Where a file ends that was left by a crash, if not by us. An error, which says what to do,
  // where nothing can be appended without harm.
  virtual absl::StatusOr<End> find_end(const FileBytes& file) const = 0;
};

// Lines, each with its line feed. At the end of a file, NUL bytes (space that a power loss left
// unwritten) are of no use, and a last line without its line feed is given one.
const Framing& line_framing() noexcept;

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_EXPORTERS_FRAMING_H_
