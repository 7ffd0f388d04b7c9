// SPDX-License-Identifier: Apache-2.0
//
// A batch as bytes that another process can read, and back.
//
// The bytes are a record stream (core/record_stream.h) of their own. Thread safety: none.
#ifndef TRACEBUS_EXPORTERS_SPOOL_BATCH_BYTES_H_
#define TRACEBUS_EXPORTERS_SPOOL_BATCH_BYTES_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tracebus/core/exporter.h"

namespace tracebus {
inline namespace v1 {

// Appends the batch to out, and returns how many events of it are too large, and left out.
std::uint64_t append_batch_bytes(std::string& out, const Batch& batch);

// Events as they were, with the origin, the ids and the time of each. Their content is visible, as
// bytes hold only what the writer was granted.
class ReadBatch {
 public:
  // Replaces what was read before. REQUIRES: bytes are aligned to 8 bytes.
  void read(std::string_view bytes);

  // Valid until the next read.
  Batch batch() const noexcept { return {.events = views_}; }
  std::uint64_t unreadable() const noexcept { return unreadable_; }  // events, as far as is known

 private:
  std::vector<std::uint64_t> words_;
  std::vector<std::size_t> begins_;  // of records in words_
  std::vector<EventView> views_;
  ViewContext context_{0, nullptr, true};
  std::uint64_t unreadable_ = 0;
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_EXPORTERS_SPOOL_BATCH_BYTES_H_
