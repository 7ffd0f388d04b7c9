// SPDX-License-Identifier: Apache-2.0
//
// NameRegistry: names to small numbers, for ever.
//
// Thread safety. find and name are lock-free and may run beside intern; intern takes the lock of
// all registries, and may be called from a signal handler.
//
// Invariants
//  1. Id 0 means "no such name". Ids are handed out in order from 1 and never change or go away.
//  2. names_[id] is stored before any slot of the hash table holds that name, so whoever finds an
//     id can read its name.
//  3. The table has at least twice as many slots as names, so that every probe ends.
//  4. The registry is bounded: a name that does not fit is refused, never an error. Callers then
//     carry the name inline.
#ifndef TRACEBUS_CORE_NAME_REGISTRY_H_
#define TRACEBUS_CORE_NAME_REGISTRY_H_

#include <array>
#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
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
    if (name.size() > TextEnds::kWhole) return find_long(name);
    const TextEnds ends(name);
    for (std::size_t slot = first_slot(hash_short(ends, name.size()));; slot = next(slot)) {
      // Acquire pairs with the release in intern: the name is complete.
      const Name* const found = slots_[slot].load(std::memory_order_acquire);
      if (found == nullptr) return 0;
      if (found->ends == ends && found->size == name.size()) [[likely]]
        return found->id;
    }
  }

  // The id of name, made if need be. 0 if the registry is full, the name is longer than
  // kNameBytesMax, or the system refuses memory. A new id is given to prepare before anybody can
  // find it, under the lock of the registries.
  std::uint32_t intern(std::string_view name) noexcept {
    return intern(name, [](std::uint32_t) {});
  }
  template <class Prepare>
  std::uint32_t intern(std::string_view name, Prepare prepare) noexcept {
    if (const std::uint32_t id = find(name)) return id;
    if (name.size() > kNameBytesMax) return 0;
    const RegistryLock lock;
    std::size_t slot = first_slot(hash_bytes(name));
    for (; true; slot = next(slot)) {
      // Relaxed: written under the lock.
      const Name* const found = slots_[slot].load(std::memory_order_relaxed);
      if (found == nullptr) break;
      if (found->text() == name) return found->id;
    }
    const std::uint32_t id = size_.load(std::memory_order_relaxed) + 1;  // written under the lock
    if (id >= kCapacity) return 0;
    const Name* const copy = copy_of(name, id);
    if (copy == nullptr) return 0;
    prepare(id);
    names_[id].store(copy, std::memory_order_release);    // pairs with name
    slots_[slot].store(copy, std::memory_order_release);  // pairs with find
    size_.store(id, std::memory_order_release);           // pairs with size
    return id;
  }

  // REQUIRES: id came from find or intern.
  std::string_view name(std::uint32_t id) const noexcept {
    // Acquire pairs with the release in intern.
    const Name* name = id < kCapacity ? names_[id].load(std::memory_order_acquire) : nullptr;
    return name == nullptr ? std::string_view{} : name->text();
  }

  // How many names there are; ids 1 to size() are in use.
  std::uint32_t size() const noexcept {
    return size_.load(std::memory_order_acquire);  // pairs with intern
  }

 private:
  // With its text behind it: whoever compares a name looks at one line of memory.
  struct Name {
    TextEnds ends;
    std::uint32_t size;
    std::uint32_t id;

    std::string_view text() const noexcept {
      return {reinterpret_cast<const char*>(this + 1), size};
    }
  };

  [[gnu::noinline]] std::uint32_t find_long(std::string_view name) const noexcept {
    for (std::size_t slot = first_slot(hash_bytes(name));; slot = next(slot)) {
      const Name* const found = slots_[slot].load(std::memory_order_acquire);  // pairs as in find
      if (found == nullptr) return 0;
      if (found->text() == name) return found->id;
    }
  }

  // Names live as long as the process: views of records point to them. Null without memory.
  static const Name* copy_of(std::string_view name, std::uint32_t id) noexcept {
    void* const memory = registry_memory(sizeof(Name) + name.size() + 1);
    if (memory == nullptr) return nullptr;
    char* const text = static_cast<char*>(memory) + sizeof(Name);
    name.copy(text, name.size());
    text[name.size()] = '\0';
    return new (memory) Name{TextEnds(name), static_cast<std::uint32_t>(name.size()), id};
  }

  static constexpr std::size_t kSlots = std::bit_ceil(std::size_t{2} * kCapacity);
  static constexpr std::size_t first_slot(std::uint64_t hash) noexcept {
    return hash & (kSlots - 1);
  }
  static constexpr std::size_t next(std::size_t slot) noexcept { return (slot + 1) & (kSlots - 1); }

  std::array<std::atomic<const Name*>, kSlots> slots_{};
  std::array<std::atomic<const Name*>, kCapacity> names_{};
  std::atomic<std::uint32_t> size_{0};
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_CORE_NAME_REGISTRY_H_
