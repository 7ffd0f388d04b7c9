// SPDX-License-Identifier: Apache-2.0
#include "tracebus/exporters/http/gzip.h"

#define ZLIB_CONST
#include <zlib.h>

#include <new>

namespace tracebus {
inline namespace v1 {
namespace {

constexpr int kGzipWindowBits = 15 + 16;  // zlib's way to say: with gzip's header
constexpr int kMemoryLevel = 8;

}  // namespace

struct GzipWriter::Stream {
  z_stream state{};
};

GzipWriter::GzipWriter() : stream_(std::make_unique<Stream>()) {
  const int made = deflateInit2(&stream_->state, Z_BEST_SPEED, Z_DEFLATED, kGzipWindowBits,
                                kMemoryLevel, Z_DEFAULT_STRATEGY);
  if (made != Z_OK) throw std::bad_alloc();
}

GzipWriter::~GzipWriter() { deflateEnd(&stream_->state); }

void GzipWriter::compress(std::span<const std::string_view> pieces, std::string& out) {
  z_stream& state = stream_->state;
  deflateReset(&state);
  std::size_t bytes = 0;
  for (const std::string_view piece : pieces) bytes += piece.size();
  // Room for all of it, whatever the bytes are, so that deflate never has to be called again.
  out.resize(deflateBound(&state, static_cast<uLong>(bytes)));
  state.next_out = reinterpret_cast<Bytef*>(out.data());
  state.avail_out = static_cast<uInt>(out.size());
  for (const std::string_view piece : pieces) {
    state.next_in = reinterpret_cast<const Bytef*>(piece.data());
    state.avail_in = static_cast<uInt>(piece.size());
    deflate(&state, Z_NO_FLUSH);
  }
  deflate(&state, Z_FINISH);
  out.resize(out.size() - state.avail_out);
}

}  // namespace v1
}  // namespace tracebus
