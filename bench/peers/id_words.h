// SPDX-License-Identifier: Apache-2.0
//
// The 48 bytes of an event's ids as six numbers, for peers that know numbers only.
#ifndef TRACEBUS_BENCH_PEERS_ID_WORDS_H_
#define TRACEBUS_BENCH_PEERS_ID_WORDS_H_

#include <array>
#include <bit>
#include <cstdint>

#include "tracebus/core/ids.h"

namespace tracebus::bench {

using IdWords = std::array<std::uint64_t, 6>;
inline IdWords id_words(const EventIds& ids) noexcept {
  static_assert(sizeof(EventIds) == sizeof(IdWords));
  return std::bit_cast<IdWords>(ids);
}

}  // namespace tracebus::bench

#endif  // TRACEBUS_BENCH_PEERS_ID_WORDS_H_
