// SPDX-License-Identifier: Apache-2.0
//
// GzipSource: what gzip (RFC 1952) holds, several members one behind the other, piece by piece.
#ifndef TRACEBUS_READERS_GZIP_SOURCE_H_
#define TRACEBUS_READERS_GZIP_SOURCE_H_

#include <absl/status/statusor.h>

#include <cstdint>
#include <limits>
#include <memory>
#include <string_view>

#include "tracebus/readers/byte_source.h"

namespace tracebus {
inline namespace v1 {

// Whether bytes begin as gzip does.
bool is_gzip(std::string_view bytes) noexcept;

// InvalidArgument from read for what is damaged or cut off, after what was whole; ResourceExhausted
// once it gave bytes_max and there is more: a few kilobytes may hold gigabytes. Else errors as of
// compressed. Memory: 64 KiB beside zlib's. Throws std::bad_alloc.
std::unique_ptr<ByteSource> gzip_source(
    std::unique_ptr<ByteSource> compressed,
    std::uint64_t bytes_max = std::numeric_limits<std::uint64_t>::max());

// How many bytes it holds, without keeping them. Errors as above.
absl::StatusOr<std::uint64_t> gzip_bytes(std::unique_ptr<ByteSource> compressed,
                                         std::uint64_t bytes_max);

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_READERS_GZIP_SOURCE_H_
