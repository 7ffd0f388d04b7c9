// SPDX-License-Identifier: Apache-2.0
//
// TracerNumbers: which tracer the number in a context stands for.
#ifndef TRACEBUS_TRACE_TRACER_NUMBERS_H_
#define TRACEBUS_TRACE_TRACER_NUMBERS_H_

#include <cstdint>

namespace tracebus {
inline namespace v1 {

class Tracer;

// A number is never used again, so that a context that outlives its tracer has none. Thread safety:
// any thread; who uses a tracer that was found sees to it that it lives.
class TracerNumbers {
 public:
  // 0 for the tracers beyond kTracersMax of the process.
  static std::uint16_t enter(const Tracer& tracer) noexcept;
  static void leave(std::uint16_t number) noexcept;
  // Null for 0, and for one that left.
  static const Tracer* find(std::uint16_t number) noexcept;
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_TRACE_TRACER_NUMBERS_H_
