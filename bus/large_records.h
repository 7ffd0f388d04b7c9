// SPDX-License-Identifier: Apache-2.0
//
// LargeRecords: where records lie that are too large for a ring. The ring carries a reference.
//
// One circular stretch of bytes with a budget that never changes: any thread takes from its end,
// the dispatcher gives back. See LargeSpace.
//
// Thread safety. take may be called from any thread, also from signal handlers; give_back belongs
// to the dispatcher.
#ifndef TRACEBUS_BUS_LARGE_RECORDS_H_
#define TRACEBUS_BUS_LARGE_RECORDS_H_

#include <cstdint>

#include "tracebus/bus/arena.h"
#include "tracebus/bus/large_space.h"

namespace tracebus {
inline namespace v1 {

class LargeRecords {
 public:
  // Takes no memory before it is written. Without storage if the system refuses the addresses.
  LargeRecords(Arena& arena, std::uint64_t bytes) noexcept;
  LargeRecords(const LargeRecords&) = delete;
  LargeRecords& operator=(const LargeRecords&) = delete;
  ~LargeRecords();

  // --- Any thread ---
  // Room for a record of size bytes, a multiple of eight; none if too much is in use.
  LargeRange take(std::uint64_t size) noexcept { return space_.take(size); }
  char* place(const LargeRange& range, std::uint64_t size) noexcept {
    return storage_ + space_.offset(range, size);
  }
  std::uint64_t used_bytes() const noexcept { return space_.used_bytes(); }

  // --- Dispatcher ---
  void give_back(const LargeRange& range) { space_.give_back(range); }

 private:
  Arena& arena_;
  char* const storage_;
  LargeSpace space_;
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_BUS_LARGE_RECORDS_H_
