// SPDX-License-Identifier: Apache-2.0
//
// NameRegistry: names to small numbers, for ever.
//
// Thread safety. find and name are lock-free and may run beside intern; intern takes the lock of
// all registries, and may be called from a signal handler.
//
// Invariants
//  1. Id 0 means "no such name". Ids are handed out in order from 1 and never change or go away.
//  2. names_[id] is stored before any slot of the hash table holds id, so whoever finds an id can
//     read its name.
//  3. The table has at least twice as many slots as names, so that every probe ends.
//  4. The registry is bounded: a name that does not fit is refused, never an error. Callers then
//     carry the name inline.
#ifndef TRACEBUS_CORE_NAME_REGISTRY_H_
#define TRACEBUS_CORE_NAME_REGISTRY_H_

#include <array>
#include <atomic>
#include <bit>
#include <cstdint>
#include <new>
#include <string_view>

#include "tracebus/core/hash.h"
#include "tracebus/core/limits.h"
#include "tracebus/core/registry_lock.h"

namespace tracebus {
inline namespace v1 {

template <std::uint32_t kCapacity>
class NameRegistry {
 public:
  constexpr NameRegistry() noexcept = default;
  NameRegistry(const NameRegistry&) = delete;
  NameRegistry& operator=(const NameRegistry&) = delete;

  // The id of name, or 0 if it was never interned.
  std::uint32_t find(std::string_view name) const noexcept {
    const std::uint64_t hash = hash_bytes(name);
    for (std::uint32_t slot = first_slot(hash);; slot = next(slot)) {
      // Acquire pairs with the release in intern: the name behind the id is complete.
      const std::uint64_t entry = slots_[slot].load(std::memory_order_acquire);
      if (entry == 0 || is(entry, hash, name)) return id_of(entry);
    }
  }

  // The id of name, made if need be. 0 if the registry is full, the name is longer than
  // kNameBytesMax, or the system refuses memory.
  std::uint32_t intern(std::string_view name) noexcept {
    if (const std::uint32_t id = find(name)) return id;
    if (name.size() > kNameBytesMax) return 0;
    const RegistryLock lock;
    const std::uint64_t hash = hash_bytes(name);
    std::uint32_t slot = first_slot(hash);
    for (; true; slot = next(slot)) {
      const std::uint64_t entry =
          slots_[slot].load(std::memory_order_relaxed);  // written under the lock
      if (entry == 0) break;
      if (is(entry, hash, name)) return id_of(entry);
    }
    const std::uint32_t id = size_.load(std::memory_order_relaxed) + 1;  // written under the lock
    if (id >= kCapacity) return 0;
    const Name* const copy = copy_of(name);
    if (copy == nullptr) return 0;
    names_[id].store(copy, std::memory_order_release);                 // pairs with name
    slots_[slot].store(tag_of(hash) | id, std::memory_order_release);  // pairs with find
    size_.store(id, std::memory_order_release);                        // pairs with size
    return id;
  }

  // REQUIRES: id came from find or intern.
  std::string_view name(std::uint32_t id) const noexcept {
    // Acquire pairs with the release in intern.
    const Name* name = id < kCapacity ? names_[id].load(std::memory_order_acquire) : nullptr;
    return name == nullptr ? std::string_view{} : *name;
  }

  // How many names there are; ids 1 to size() are in use.
  std::uint32_t size() const noexcept {
    return size_.load(std::memory_order_acquire);  // pairs with intern
  }

 private:
  using Name = std::string_view;

  // Names live as long as the process: views of records point to them. Null without memory.
  static const Name* copy_of(std::string_view name) noexcept {
    void* const memory = registry_memory(sizeof(Name) + name.size() + 1);
    if (memory == nullptr) return nullptr;
    char* const text = static_cast<char*>(memory) + sizeof(Name);
    name.copy(text, name.size());
    text[name.size()] = '\0';
    return new (memory) Name(text, name.size());
  }

  static constexpr std::uint32_t kSlots = std::bit_ceil(2 * kCapacity);
  // An entry of the table is an id and, above it, the upper half of the name's hash, so that hardly
  // ever another name is looked at.
  static constexpr std::uint64_t tag_of(std::uint64_t hash) noexcept {
    return hash & ~std::uint64_t{0xFFFFFFFF};
  }
  static constexpr std::uint32_t id_of(std::uint64_t entry) noexcept {
    return static_cast<std::uint32_t>(entry);
  }
  bool is(std::uint64_t entry, std::uint64_t hash, std::string_view name) const noexcept {
    return tag_of(entry) == tag_of(hash) && same_text(this->name(id_of(entry)), name);
  }
  static constexpr std::uint32_t first_slot(std::uint64_t hash) noexcept {
    return static_cast<std::uint32_t>(hash) & (kSlots - 1);
  }
  static constexpr std::uint32_t next(std::uint32_t slot) noexcept {
    return (slot + 1) & (kSlots - 1);
  }

  std::array<std::atomic<std::uint64_t>, kSlots> slots_{};
  std::array<std::atomic<const Name*>, kCapacity> names_{};
  std::atomic<std::uint32_t> size_{0};
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_CORE_NAME_REGISTRY_H_
