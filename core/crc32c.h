// SPDX-License-Identifier: Apache-2.0
//
// CRC-32C (Castagnoli; RFC 3720, appendix B.4), by an instruction of the processor if it has one.
#ifndef TRACEBUS_CORE_CRC32C_H_
#define TRACEBUS_CORE_CRC32C_H_

#include <cstdint>
#include <string_view>

namespace tracebus {
inline namespace v1 {

// Of bytes, or of what crc is of followed by bytes.
std::uint32_t crc32c(std::string_view bytes, std::uint32_t crc = 0) noexcept;

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_CORE_CRC32C_H_
