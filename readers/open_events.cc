// SPDX-License-Identifier: Apache-2.0
#include "tracebus/readers/open_events.h"

#include <absl/status/status.h>

#include <algorithm>
#include <cstddef>
#include <string_view>
#include <utility>

#include "tracebus/core/proto/proto_file_format.h"
#include "tracebus/readers/gzip_source.h"
#include "tracebus/readers/json_document.h"
#include "tracebus/readers/jsonl_reader.h"
#include "tracebus/readers/line_reader.h"
#include "tracebus/readers/proto_file_reader.h"

namespace tracebus {
inline namespace v1 {
namespace {

constexpr std::size_t kLookBytes = 64;  // enough to know a header by

std::string_view text_begin(std::string_view front) noexcept {
  const std::size_t first = front.find_first_not_of("\xEF\xBB\xBF \t\r\n");
  return first == front.npos ? std::string_view() : front.substr(first);
}

// Reads on to the end of the first line. False: it is longer than a line may be.
absl::StatusOr<bool> read_first_line(ByteSource& source, std::string& front) {
  for (std::size_t looked_at = 0;;) {
    const std::size_t end = front.find('\n', looked_at);
    looked_at = front.size();
    if (std::min(end, looked_at) > LineReader::kLineBytesMax) return false;
    if (end != front.npos) return true;
    const std::size_t room =
        LineReader::kLineBytesMax + 1 - std::min(looked_at, LineReader::kLineBytesMax);
    front.resize(looked_at + std::min(std::max(looked_at, LineReader::kPaddingBytes), room));
    const absl::StatusOr<std::size_t> got =
        source.read(&front[looked_at], front.size() - looked_at);
    front.resize(looked_at + got.value_or(0));
    if (!got.ok()) return got.status();
    if (*got == 0) return true;
  }
}

// Gives what was looked at once more, and then what follows it.
class RewoundSource final : public ByteSource {
 public:
  RewoundSource(std::string front, std::unique_ptr<ByteSource> rest)
      : front_(std::move(front)), rest_(std::move(rest)) {}

  absl::StatusOr<std::size_t> read(char* out, std::size_t size) override {
    if (given_ == front_.size()) return rest_->read(out, size);
    const std::size_t bytes = front_.copy(out, size, given_);
    given_ += bytes;
    if (given_ == front_.size()) {
      given_ = 0;
      front_ = std::string();  // which may be large
    }
    return bytes;
  }

 private:
  std::string front_;
  std::size_t given_ = 0;
  const std::unique_ptr<ByteSource> rest_;
};

struct Compression {
  std::string_view magic;
  std::string_view name;
  std::string_view words;  // for what_is_no_lines
  std::string_view command;
};
constexpr Compression kCompressions[] = {
    {"\x1f\x8b", "gzip", "compressed by gzip", "gunzip"},
    {"\x28\xb5\x2f\xfd", "zstd", "compressed by zstd", "zstd -d"},
    {{"\xfd\x37zXZ\0", 6}, "xz", "compressed by xz", "unxz"},
    {"BZh", "bzip2", "compressed by bzip2", "bunzip2"},
    {"\x04\x22\x4d\x18", "lz4", "compressed by lz4", "lz4 -d"},
    {"PK\x03\x04", "zip", "compressed by zip", "unzip"},
};
const Compression* compression_of(std::string_view front) noexcept {
  for (const Compression& each : kCompressions) {
    if (front.starts_with(each.magic)) return &each;
  }
  return nullptr;
}

absl::StatusOr<std::unique_ptr<EventReader>> read_compressed(const Compression& how,
                                                             std::unique_ptr<ByteSource> source,
                                                             const ReadLimits& limits) {
#ifdef TRACEBUS_WITH_ZLIB
  if (how.name == "gzip" && limits.inflated_bytes_max != 0) {
    return read_events(gzip_source(std::move(source), limits.inflated_bytes_max),
                       {.inflated_bytes_max = 0});
  }
#else
  static_cast<void>(source);
  static_cast<void>(limits);
#endif
  return absl::InvalidArgumentError("it is compressed by " + std::string(how.name) +
                                    ": unpack it first (" + std::string(how.command) + ")");
}

}  // namespace

std::string_view what_is_no_lines(std::string_view front) {
  if (const Compression* const how = compression_of(front)) return how->words;
  if (looks_like_proto_file(front)) return "a Protobuf file";
  std::string dense;
  for (const char c : front.substr(0, kLookBytes)) {
    if (c != ' ' && c != '\t') dense += c;
  }
  const bool is_document = looks_like_document(front) || dense.starts_with(R"({"data":[{)");
  return is_document ? "one JSON document" : std::string_view();
}

absl::StatusOr<std::unique_ptr<EventReader>> open_events(const std::string& path) {
  auto source = open_file_source(path);
  if (!source.ok()) return source.status();
  return read_events(*std::move(source));
}

absl::StatusOr<std::unique_ptr<EventReader>> read_events(std::unique_ptr<ByteSource> source,
                                                         const ReadLimits& limits) {
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
  if (const Compression* const how = compression_of(front)) {
    auto compressed = std::make_unique<RewoundSource>(std::move(front), std::move(source));
    return read_compressed(*how, std::move(compressed), limits);
  }
  const bool is_proto = looks_like_proto_file(front);
  bool is_document = looks_like_document(front);
  if (!is_proto && !is_document && text_begin(front).starts_with('{')) {
    // No event has so long a line, but a whole document may.
    const absl::StatusOr<bool> is_line = read_first_line(*source, front);
    if (!is_line.ok()) return is_line.status();
    is_document = !*is_line;
  }
  auto rewound = std::make_unique<RewoundSource>(std::move(front), std::move(source));
  if (is_document) return read_document(std::move(rewound));
  if (is_proto) return std::make_unique<ProtoFileReader>(std::move(rewound));
  return read_jsonl(std::move(rewound));
}

}  // namespace v1
}  // namespace tracebus
