// SPDX-License-Identifier: Apache-2.0
#include "tracebus/readers/document_text.h"

#include <absl/status/status.h>

#include <algorithm>
#include <functional>
#include <string>

#include "tracebus/readers/line_reader.h"

namespace tracebus {
inline namespace v1 {

// Large blocks are moved by their pages, without a second copy (mremap).
absl::StatusOr<bool> DocumentText::read_all(ByteSource& source, std::size_t bytes_max) {
  std::size_t room = 0;
  for (;;) {
    if (size_ > bytes_max) return false;
    if (size_ == room) {
      room = std::min(std::max(2 * room, LineReader::kChunkBytes), bytes_max + 1);
      auto* const larger = static_cast<char*>(std::realloc(bytes_.get(), room));
      if (larger == nullptr) {
        return absl::ResourceExhaustedError("no memory for a JSON document of more than " +
                                            std::to_string(size_) + " bytes");
      }
      static_cast<void>(bytes_.release());
      bytes_.reset(larger);
    }
    const absl::StatusOr<std::size_t> got = source.read(bytes_.get() + size_, room - size_);
    if (!got.ok()) return got.status();
    if (*got == 0) return true;
    size_ += *got;
  }
}

std::uint64_t DocumentText::offset_of(const char* at) const noexcept {
  const std::string_view text = view();
  const std::less_equal<const char*> before;
  const bool is_within =
      at != nullptr && before(text.data(), at) && before(at, text.data() + text.size());
  return is_within ? static_cast<std::uint64_t>(at - text.data()) : 0;
}

}  // namespace v1
}  // namespace tracebus
