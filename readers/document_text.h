// SPDX-License-Identifier: Apache-2.0
//
// DocumentText: all that a source has, in memory once: room that is not filled yet costs none.
//
// Thread safety: none.
#ifndef TRACEBUS_READERS_DOCUMENT_TEXT_H_
#define TRACEBUS_READERS_DOCUMENT_TEXT_H_

#include <absl/status/statusor.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string_view>

#include "tracebus/readers/byte_source.h"

namespace tracebus {
inline namespace v1 {

class DocumentText {
 public:
  // False: there is more than bytes_max. ResourceExhausted without memory, else as source.
  absl::StatusOr<bool> read_all(ByteSource& source, std::size_t bytes_max);

  std::string_view view() const noexcept { return {bytes_.get(), size_}; }
  // Of a place in view(); 0 for any other.
  std::uint64_t offset_of(const char* at) const noexcept;

 private:
  struct Free {
    void operator()(char* bytes) const noexcept { std::free(bytes); }
  };
  std::unique_ptr<char, Free> bytes_;
  std::size_t size_ = 0;
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_READERS_DOCUMENT_TEXT_H_
