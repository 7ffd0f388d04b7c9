// SPDX-License-Identifier: Apache-2.0
//
// KeyRegistry: all attribute keys and their classes, for those who look up many.
#ifndef TRACEBUS_CORE_KEY_REGISTRY_H_
#define TRACEBUS_CORE_KEY_REGISTRY_H_

#include <array>
#include <atomic>
#include <cstdint>
#include <string_view>

#include "tracebus/core/attribute_key.h"
#include "tracebus/core/limits.h"
#include "tracebus/core/name_registry.h"

namespace tracebus {
inline namespace v1 {

// Constant-initialised; the reserved keys are entered first, so that their numbers are fixed.
//
// Thread safety: as NameRegistry. What the name says of the class (core/content.h) is set before
// the key can be found, the rest before its first event (see AttributeKey::registered_content).
using KeyNames = NameRegistry<kAttributeKeysMax>;

class KeyRegistry {
 public:
  enum Class : std::uint8_t {
    kIsContent = 1,
    kIsReserved = 2,
    kIsUnknown = 4,  // of number 0, so that one look tells an ordinary key from all others
  };

  // With the vocabulary, whoever comes first.
  const KeyNames& names() noexcept {
    if (!ready_.load(std::memory_order_acquire)) [[unlikely]]  // pairs with enter_vocabulary
      enter_vocabulary();
    return names_;
  }

  // Bits of Class. REQUIRES: number < kAttributeKeysMax.
  std::uint8_t classes(std::uint32_t number) const noexcept {
    // Relaxed: see thread safety.
    return classes_[number].load(std::memory_order_relaxed);
  }

  // The number of the key called name, made if need be; 0 as NameRegistry::intern.
  std::uint32_t intern(std::string_view name) noexcept;
  std::uint32_t intern_content(std::string_view name) noexcept;  // likewise, and content it is

 private:
  std::uint32_t enter(std::string_view name, std::uint8_t classes) noexcept;
  void mark(std::uint32_t number, std::uint8_t classes) noexcept {
    if (number == 0 && classes != kIsUnknown) return;
    classes_[number].fetch_or(classes, std::memory_order_relaxed);  // as in classes
  }

  // By several threads at once, perhaps: each enters all of it, and what is there already stays.
  [[gnu::noinline, gnu::cold]] void enter_vocabulary() noexcept;

  KeyNames names_;
  std::array<std::atomic<std::uint8_t>, kAttributeKeysMax> classes_{};
  std::atomic<bool> ready_{false};
};

extern constinit KeyRegistry g_key_registry;

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_CORE_KEY_REGISTRY_H_
