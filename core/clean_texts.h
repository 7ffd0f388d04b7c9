// SPDX-License-Identifier: Apache-2.0
//
// CleanTexts: remembers short texts that were looked through, so that the names and values that
// most events have in common are looked through once. Exact: it knows a text only by all its bytes.
//
// Bounded: a text takes the place of another whose hash has the same last bits.
// Thread safety: none.
#ifndef TRACEBUS_CORE_CLEAN_TEXTS_H_
#define TRACEBUS_CORE_CLEAN_TEXTS_H_

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <vector>

#include "tracebus/core/hash.h"

namespace tracebus {
inline namespace v1 {

class CleanTexts {
 public:
  static constexpr std::size_t kTextBytesMax = 60;

  // Whether the text was added and not replaced since.
  bool contain(std::string_view text) const noexcept {
    if (text.size() > kTextBytesMax || text.empty()) return false;
    const Place& place = places_[index_of(text)];
    return place.size == text.size() && std::memcmp(place.text, text.data(), text.size()) == 0;
  }

  void add(std::string_view text) noexcept {
    if (text.size() > kTextBytesMax || text.empty()) return;
    Place& place = places_[index_of(text)];
    place.size = static_cast<std::uint32_t>(text.size());
    std::memcpy(place.text, text.data(), text.size());
  }

 private:
  struct Place {
    std::uint32_t size = 0;  // 0: none
    char text[kTextBytesMax];
  };
  static constexpr std::size_t kPlaces = 512;

  static std::size_t index_of(std::string_view text) noexcept { return hash_bytes(text) % kPlaces; }

  std::vector<Place> places_{kPlaces};
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_CORE_CLEAN_TEXTS_H_
