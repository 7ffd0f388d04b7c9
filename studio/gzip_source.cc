// SPDX-License-Identifier: Apache-2.0
#include "tracebus/studio/gzip_source.h"

#include <zlib.h>

#include <algorithm>
#include <new>
#include <string>
#include <vector>

namespace tracebus {
inline namespace v1 {
namespace {

constexpr int kGzipOnly = 16 + MAX_WBITS;
constexpr std::size_t kPieceBytes = std::size_t{64} << 10;

class GzipSource final : public ByteSource {
 public:
  explicit GzipSource(std::string_view compressed) {
    if (inflateInit2(&stream_, kGzipOnly) != Z_OK) throw std::bad_alloc();
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(compressed.data()));
    stream_.avail_in = static_cast<uInt>(compressed.size());
  }
  ~GzipSource() override { inflateEnd(&stream_); }

  absl::StatusOr<std::size_t> read(char* out, std::size_t size) override {
    const auto wanted = static_cast<uInt>(std::min(size, kPieceBytes));
    stream_.next_out = reinterpret_cast<Bytef*>(out);
    stream_.avail_out = wanted;
    while (!is_over_ && stream_.avail_out == wanted) {
      const int code = inflate(&stream_, Z_NO_FLUSH);
      if (code == Z_STREAM_END) {
        is_over_ = stream_.avail_in == 0;
        if (!is_over_ && inflateReset(&stream_) != Z_OK) return damage();
      } else if (code == Z_MEM_ERROR) {
        throw std::bad_alloc();
      } else if (code != Z_OK || (stream_.avail_in == 0 && stream_.avail_out == wanted)) {
        return damage();
      }
    }
    return wanted - stream_.avail_out;
  }

 private:
  absl::Status damage() const {
    return absl::InvalidArgumentError("it is no whole gzip: damaged or cut off at byte " +
                                      std::to_string(stream_.total_in));
  }

  z_stream stream_{};
  bool is_over_ = false;
};

}  // namespace

bool is_gzip(std::string_view bytes) noexcept { return bytes.starts_with("\x1f\x8b"); }

std::unique_ptr<ByteSource> gzip_source(std::string_view compressed) {
  return std::make_unique<GzipSource>(compressed);
}

absl::StatusOr<std::uint64_t> gzip_bytes(std::string_view compressed, std::uint64_t bytes_max) {
  GzipSource source(compressed);
  std::vector<char> piece(kPieceBytes);
  std::uint64_t bytes = 0;
  for (;;) {
    const auto got = source.read(piece.data(), piece.size());
    if (!got.ok()) return got.status();
    if (*got == 0) return bytes;
    bytes += *got;
    if (bytes > bytes_max) {
      return absl::ResourceExhaustedError("it holds more than " + std::to_string(bytes_max) +
                                          " bytes");
    }
  }
}

}  // namespace v1
}  // namespace tracebus
