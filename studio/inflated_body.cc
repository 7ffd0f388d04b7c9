// SPDX-License-Identifier: Apache-2.0
#include "tracebus/studio/inflated_body.h"

#include <zlib.h>

#include <algorithm>
#include <new>

namespace tracebus {
inline namespace v1 {
namespace {

constexpr int kGzipOnly = 16 + MAX_WBITS;
constexpr std::size_t kPieceBytes = std::size_t{64} << 10;

struct Inflater {
  Inflater() {
    if (inflateInit2(&stream, kGzipOnly) != Z_OK) throw std::bad_alloc();
  }
  ~Inflater() { inflateEnd(&stream); }
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;
  z_stream stream{};
};

}  // namespace

absl::Status inflate_body(std::string_view compressed, std::size_t bytes_max, std::string& out) {
  Inflater inflater;
  z_stream& stream = inflater.stream;
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(compressed.data()));
  stream.avail_in = static_cast<uInt>(compressed.size());
  out.clear();
  std::size_t filled = 0;
  for (;;) {
    // One byte more than is allowed shows that there is more.
    const std::size_t wanted = std::min(std::max(filled, kPieceBytes), bytes_max + 1 - filled);
    out.resize(filled + wanted);
    stream.next_out = reinterpret_cast<Bytef*>(out.data() + filled);
    stream.avail_out = static_cast<uInt>(wanted);
    const int code = inflate(&stream, Z_NO_FLUSH);
    filled += wanted - stream.avail_out;
    if (filled > bytes_max) {
      out.resize(bytes_max);
      return absl::ResourceExhaustedError("the body holds more than " + std::to_string(bytes_max) +
                                          " bytes: send smaller batches");
    }
    if (code == Z_STREAM_END) {
      if (stream.avail_in == 0) break;
      if (inflateReset(&stream) == Z_OK) continue;
    }
    if (code != Z_OK || (stream.avail_in == 0 && stream.avail_out != 0)) {
      return absl::InvalidArgumentError("the body is no whole gzip");
    }
  }
  out.resize(filled);
  return absl::OkStatus();
}

}  // namespace v1
}  // namespace tracebus
