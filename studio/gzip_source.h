// SPDX-License-Identifier: Apache-2.0
//
// GzipSource: what gzip (RFC 1952) holds, several members one behind the other, piece by piece.
#ifndef TRACEBUS_STUDIO_GZIP_SOURCE_H_
#define TRACEBUS_STUDIO_GZIP_SOURCE_H_

#include <absl/status/statusor.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

#include "tracebus/readers/byte_source.h"

namespace tracebus {
inline namespace v1 {

// Whether bytes begin as gzip does.
bool is_gzip(std::string_view bytes) noexcept;

// InvalidArgument from read for what is damaged or cut off. REQUIRES: compressed outlives it, and
// has less than 4 GiB. Throws std::bad_alloc.
std::unique_ptr<ByteSource> gzip_source(std::string_view compressed);

// How many bytes it holds, without keeping them. As read; ResourceExhausted once it has more than
// bytes_max, which is as far as it is looked at.
absl::StatusOr<std::uint64_t> gzip_bytes(std::string_view compressed, std::uint64_t bytes_max);

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_STUDIO_GZIP_SOURCE_H_
