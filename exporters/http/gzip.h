// SPDX-License-Identifier: Apache-2.0
#ifndef TRACEBUS_EXPORTERS_HTTP_GZIP_H_
#define TRACEBUS_EXPORTERS_HTTP_GZIP_H_

#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace tracebus {
inline namespace v1 {

// GzipWriter: bodies as Content-Encoding: gzip has them (RFC 1952), by zlib at its fastest level.
// Thread safety: one thread at a time.
class GzipWriter {
 public:
  GzipWriter();  // throws std::bad_alloc
  GzipWriter(const GzipWriter&) = delete;
  GzipWriter& operator=(const GzipWriter&) = delete;
  ~GzipWriter();

  // The pieces, one behind the other, in the place of what out held. REQUIRES: each piece is
  // smaller than 4 GiB.
  void compress(std::span<const std::string_view> pieces, std::string& out);

 private:
  struct Stream;
  const std::unique_ptr<Stream> stream_;
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_EXPORTERS_HTTP_GZIP_H_
