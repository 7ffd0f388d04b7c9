// SPDX-License-Identifier: Apache-2.0
#include "tracebus/readers/open_events.h"

#include <absl/status/status.h>

#include <cstddef>
#include <string_view>
#include <utility>

#include "tracebus/core/proto/proto_file_format.h"
#include "tracebus/readers/json_document.h"
#include "tracebus/readers/jsonl_reader.h"
#include "tracebus/readers/proto_file_reader.h"

namespace tracebus {
inline namespace v1 {
namespace {

constexpr std::size_t kLookBytes = 64;  // enough to know a header by

// Gives what was looked at once more, and then what follows it.
class RewoundSource final : public ByteSource {
 public:
  RewoundSource(std::string front, std::unique_ptr<ByteSource> rest)
      : front_(std::move(front)), rest_(std::move(rest)) {}

  absl::StatusOr<std::size_t> read(char* out, std::size_t size) override {
    if (given_ == front_.size()) return rest_->read(out, size);
    const std::size_t bytes = front_.copy(out, size, given_);
    given_ += bytes;
    return bytes;
  }

 private:
  const std::string front_;
  std::size_t given_ = 0;
  const std::unique_ptr<ByteSource> rest_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<EventReader>> open_events(const std::string& path) {
  auto source = open_file_source(path);
  if (!source.ok()) return source.status();
  return read_events(*std::move(source));
}

absl::StatusOr<std::unique_ptr<EventReader>> read_events(std::unique_ptr<ByteSource> source) {
  std::string front(kLookBytes, '\0');
  std::size_t bytes = 0;
  while (bytes < front.size()) {
    const absl::StatusOr<std::size_t> got = source->read(&front[bytes], front.size() - bytes);
    if (!got.ok()) return got.status();
    if (*got == 0) break;
    bytes += *got;
    // Of a source that is still written to, no more than is needed is waited for.
    if (bytes >= 2 && !looks_like_proto_file({front.data(), bytes})) break;
  }
  front.resize(bytes);
  const bool is_proto = looks_like_proto_file(front);
  const bool is_document = looks_like_document(front);
  auto rewound = std::make_unique<RewoundSource>(std::move(front), std::move(source));
  if (is_document) return read_document(std::move(rewound));
  if (is_proto) return std::make_unique<ProtoFileReader>(std::move(rewound));
  return read_jsonl(std::move(rewound));
}

}  // namespace v1
}  // namespace tracebus
