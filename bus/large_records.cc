// SPDX-License-Identifier: Apache-2.0
#include "tracebus/bus/large_records.h"

namespace tracebus {
inline namespace v1 {
namespace {

char* map_unless_empty(Arena& arena, std::uint64_t bytes) noexcept {
  return bytes == 0 ? nullptr : static_cast<char*>(arena.map(round_up_to_pages(bytes)));
}

}  // namespace

LargeRecords::LargeRecords(Arena& arena, std::uint64_t bytes) noexcept
    : arena_(arena), storage_(map_unless_empty(arena, bytes)),
      space_(storage_ == nullptr ? 0 : round_up_to_pages(bytes)) {}

LargeRecords::~LargeRecords() {
  if (storage_ != nullptr) arena_.unmap(storage_, space_.capacity());
}

}  // namespace v1
}  // namespace tracebus
