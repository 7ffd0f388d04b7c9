// SPDX-License-Identifier: Apache-2.0
//
// Proves bytes from outside to be a well-formed event record, before any view looks at them.
#ifndef TRACEBUS_CORE_RECORD_CHECK_H_
#define TRACEBUS_CORE_RECORD_CHECK_H_

#include <absl/status/status.h>

#include <cstddef>
#include <span>

namespace tracebus {
inline namespace v1 {

// OK if bytes begin with an event record that EventView can read without leaving it: size, flags,
// offsets and lengths, registered numbers, nested values. InvalidArgument with the offset and the
// fault otherwise. REQUIRES: bytes are 8-byte aligned.
absl::Status check_record(std::span<const std::byte> bytes);

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_CORE_RECORD_CHECK_H_
