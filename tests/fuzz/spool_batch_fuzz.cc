// SPDX-License-Identifier: Apache-2.0
//
// Any bytes as a batch out of a spool. What was read is written again, and comes back: the same
// events, with the same origins.
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "tracebus/core/json_writer.h"
#include "tracebus/exporters/spool/batch_bytes.h"
#include "tracebus/tests/fuzz/fuzz_input.h"

namespace {

using namespace tracebus;
using testing::require;

// Aligned as ReadBatch asks for it.
class AlignedBytes {
 public:
  explicit AlignedBytes(std::string_view bytes)
      : words_((bytes.size() + 7) / 8), size_(bytes.size()) {
    if (size_ != 0) std::memcpy(words_.data(), bytes.data(), size_);
  }
  std::string_view view() const { return {reinterpret_cast<const char*>(words_.data()), size_}; }

 private:
  std::vector<std::uint64_t> words_;
  std::size_t size_;
};

std::string lines_of(const Batch& batch) {
  std::string lines;
  for (const EventView& event : batch) {
    append_json_event(lines, event);
    lines += '\n';
  }
  return lines;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const AlignedBytes bytes({reinterpret_cast<const char*>(data), size});
  ReadBatch first;
  first.read(bytes.view());
  std::string written;
  if (append_batch_bytes(written, first.batch()) != 0) return 0;
  const AlignedBytes again(written);
  ReadBatch second;
  second.read(again.view());
  require(second.unreadable() == 0);
  require(second.batch().size() == first.batch().size());
  require(lines_of(second.batch()) == lines_of(first.batch()));
  return 0;
}
