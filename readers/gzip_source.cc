// SPDX-License-Identifier: Apache-2.0
#include "tracebus/readers/gzip_source.h"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <new>
#include <string>
#include <utility>
#include <vector>

namespace tracebus {
inline namespace v1 {
namespace {

constexpr int kGzipOnly = 16 + MAX_WBITS;
constexpr std::size_t kPieceBytes = std::size_t{64} << 10;

class GzipSource final : public ByteSource {
 public:
  GzipSource(std::unique_ptr<ByteSource> compressed, std::uint64_t bytes_max)
      : compressed_(std::move(compressed)), bytes_max_(bytes_max) {
    if (inflateInit2(&stream_, kGzipOnly) != Z_OK) throw std::bad_alloc();
  }
  ~GzipSource() override { inflateEnd(&stream_); }

  absl::StatusOr<std::size_t> read(char* out, std::size_t size) override {
    const auto wanted = static_cast<uInt>(std::min(size, kPieceBytes));
    stream_.next_out = reinterpret_cast<Bytef*>(out);
    stream_.avail_out = wanted;
    while (!is_over_ && stream_.avail_out == wanted) {
      if (stream_.avail_in == 0) {
        if (absl::Status status = refill(); !status.ok()) return status;
        if (is_over_) break;
      }
      if (absl::Status status = inflate_some(); !status.ok()) return status;
    }
    const std::size_t got = wanted - stream_.avail_out;
    given_ += got;
    if (given_ > bytes_max_) {
      return absl::ResourceExhaustedError("it holds more than " + std::to_string(bytes_max_) +
                                          " bytes, which is all that may be unpacked");
    }
    return got;
  }

 private:
  // At the end of what is compressed it is over, which only behind a whole member is no damage.
  absl::Status refill() {
    const absl::StatusOr<std::size_t> got = compressed_->read(piece_.data(), piece_.size());
    if (!got.ok()) return got.status();
    stream_.next_in = reinterpret_cast<Bytef*>(piece_.data());
    stream_.avail_in = static_cast<uInt>(*got);
    if (*got != 0) return absl::OkStatus();
    if (!is_between_) return damage();
    is_over_ = true;
    return absl::OkStatus();
  }

  absl::Status inflate_some() {
    if (is_between_ && read_ != 0 && inflateReset(&stream_) != Z_OK) return damage();
    is_between_ = false;
    const uInt before = stream_.avail_in;
    const int code = inflate(&stream_, Z_NO_FLUSH);
    read_ += before - stream_.avail_in;
    if (code == Z_MEM_ERROR) throw std::bad_alloc();
    is_between_ = code == Z_STREAM_END;
    return is_between_ || code == Z_OK ? absl::OkStatus() : damage();
  }

  absl::Status damage() const {
    return absl::InvalidArgumentError("it is no whole gzip: damaged or cut off at byte " +
                                      std::to_string(read_));
  }

  const std::unique_ptr<ByteSource> compressed_;
  const std::uint64_t bytes_max_;
  z_stream stream_{};
  std::array<char, kPieceBytes> piece_;
  std::uint64_t read_ = 0;   // of what is compressed
  std::uint64_t given_ = 0;  // of what it holds
  bool is_between_ = false;  // behind a member, and at no other's
  bool is_over_ = false;
};

}  // namespace

bool is_gzip(std::string_view bytes) noexcept { return bytes.starts_with("\x1f\x8b"); }

std::unique_ptr<ByteSource> gzip_source(std::unique_ptr<ByteSource> compressed,
                                        std::uint64_t bytes_max) {
  return std::make_unique<GzipSource>(std::move(compressed), bytes_max);
}

absl::StatusOr<std::uint64_t> gzip_bytes(std::unique_ptr<ByteSource> compressed,
                                         std::uint64_t bytes_max) {
  const auto source = gzip_source(std::move(compressed), bytes_max);
  std::vector<char> piece(kPieceBytes);
  std::uint64_t bytes = 0;
  for (;;) {
    const auto got = source->read(piece.data(), piece.size());
    if (!got.ok()) return got.status();
    if (*got == 0) return bytes;
    bytes += *got;
  }
}

}  // namespace v1
}  // namespace tracebus
