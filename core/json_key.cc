// SPDX-License-Identifier: Apache-2.0
#include "tracebus/core/json_key.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <new>
#include <string>

#include "tracebus/core/json_writer.h"
#include "tracebus/core/limits.h"

namespace tracebus {
inline namespace v1 {
namespace {

constinit std::array<std::atomic<const JsonKey*>, kAttributeKeysMax> g_keys{};

}  // namespace

const JsonKey* JsonKey::of(AttributeKey key) noexcept {
  if (key.number() >= g_keys.size()) return nullptr;
  // Acquire pairs with the release in make: the text is complete.
  const JsonKey* const known = g_keys[key.number()].load(std::memory_order_acquire);
  return known != nullptr ? known : make(key);
}

// By several threads at once, perhaps: the first one's stays.
const JsonKey* JsonKey::make(AttributeKey key) noexcept try {
  if (key.name().empty()) return nullptr;
  std::string text = ",";
  append_json_string(text, key.name());
  text += ':';
  const std::size_t room = std::max(text.size(), kShortBytes);
  void* const memory = ::operator new(sizeof(JsonKey) + room);
  auto* const made = new (memory) JsonKey(text.size());
  text.resize(room);
  std::memcpy(static_cast<char*>(memory) + sizeof(JsonKey), text.data(), room);
  const JsonKey* known = nullptr;
  // Release pairs with the acquire in of; acquire pairs with the release of whoever was first.
  if (g_keys[key.number()].compare_exchange_strong(known, made, std::memory_order_release,
                                                   std::memory_order_acquire)) {
    return made;
  }
  ::operator delete(memory);
  return known;
} catch (const std::bad_alloc&) {
  return nullptr;
}

}  // namespace v1
}  // namespace tracebus
