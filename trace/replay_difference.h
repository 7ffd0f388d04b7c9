// SPDX-License-Identifier: Apache-2.0
//
// How far a request is from a recorded one, and where they part.
#ifndef TRACEBUS_TRACE_REPLAY_DIFFERENCE_H_
#define TRACEBUS_TRACE_REPLAY_DIFFERENCE_H_

#include <cstddef>
#include <span>
#include <string>

#include "tracebus/trace/recorded_entry.h"

namespace tracebus {
inline namespace v1 {

struct RequestDifference {
  std::size_t distance = 0;  // bytes that differ, roughly; 0: they are the same
  // Of the first message that differs, with what stands there, safe to print: "message 2 (user)
  // differs from byte 17 on: recorded "kitten", asked "sitting"".
  std::string text = {};
};

RequestDifference difference_of(std::span<const RecordedMessage> recorded,
                                std::span<const RecordedMessage> asked);

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_TRACE_REPLAY_DIFFERENCE_H_
