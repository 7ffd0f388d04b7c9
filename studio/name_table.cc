// SPDX-License-Identifier: Apache-2.0
#include "tracebus/studio/name_table.h"

#include <cstring>

#include "tracebus/core/hash.h"

namespace tracebus {
inline namespace v1 {
namespace {

std::uint32_t hash_of(std::string_view name) noexcept {
  const std::uint64_t hash = hash_bytes(name);
  return static_cast<std::uint32_t>(hash ^ hash >> 32);
}

}  // namespace

NameTable::NameTable() : names_(1, Entry{}), slots_(64) {}

// Names tend to come in the order in which they came before: of keys, one after the other; of
// agents, the same again.
std::uint32_t NameTable::number_of(std::string_view name) {
  if (name.empty()) return 0;
  const auto end = static_cast<unsigned char>(name.back());
  const std::size_t situation = 5 * last_ + 3 * name.size() + end;
  std::uint32_t& follower = followers_[situation % followers_.size()];
  if (!same_text(names_[follower].text, name)) follower = look_up(name);
  return last_ = follower;
}

std::uint32_t NameTable::look_up(std::string_view name) {
  const std::uint32_t hash = hash_of(name);
  std::size_t slot = slot_of(name, hash);
  if (slots_[slot] != 0) return slots_[slot];
  if (2 * names_.size() >= slots_.size()) {
    grow();
    slot = slot_of(name, hash);
  }
  const std::uint32_t number = size();
  names_.push_back({keep(name), hash});
  slots_[slot] = number;
  return number;
}

std::optional<std::uint32_t> NameTable::find(std::string_view name) const noexcept {
  if (name.empty()) return 0;
  const std::uint32_t number = slots_[slot_of(name, hash_of(name))];
  return number == 0 ? std::nullopt : std::optional(number);
}

std::size_t NameTable::bytes() const noexcept {
  return names_.capacity() * sizeof(Entry) + slots_.size() * sizeof(slots_[0]) + text_bytes_;
}

std::size_t NameTable::slot_of(std::string_view name, std::uint32_t hash) const noexcept {
  const std::size_t mask = slots_.size() - 1;
  for (std::size_t slot = hash & mask;; slot = (slot + 1) & mask) {
    if (slots_[slot] == 0) return slot;
    const Entry& entry = names_[slots_[slot]];
    if (entry.hash == hash && same_text(entry.text, name)) return slot;
  }
}

std::string_view NameTable::keep(std::string_view name) {
  const bool has_own_block = name.size() > kBlockBytes / 4;
  if (has_own_block || name.size() > room_) {
    const std::size_t bytes = has_own_block ? name.size() : kBlockBytes;
    blocks_.emplace_back(new char[bytes]);
    text_bytes_ += bytes;
    if (!has_own_block) {
      next_ = blocks_.back().get();
      room_ = bytes;
    }
  }
  char* const place = has_own_block ? blocks_.back().get() : next_;
  std::memcpy(place, name.data(), name.size());
  if (!has_own_block) {
    next_ += name.size();
    room_ -= name.size();
  }
  return {place, name.size()};
}

void NameTable::grow() {
  slots_.assign(2 * slots_.size(), 0);
  for (std::uint32_t number = 1; number < size(); ++number) {
    slots_[slot_of(names_[number].text, names_[number].hash)] = number;
  }
}

}  // namespace v1
}  // namespace tracebus
