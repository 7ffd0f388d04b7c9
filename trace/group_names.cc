// SPDX-License-Identifier: Apache-2.0
#include "tracebus/trace/group_names.h"

#include <cstring>
#include <new>

#include "tracebus/core/hash.h"

namespace tracebus {
inline namespace v1 {
namespace {

constexpr std::uint32_t kFirstSlots = 64;

// An entry is a number and, above it, the upper half of the name's hash, so that hardly ever
// another name is looked at.
std::uint64_t tag_of(std::uint64_t hash) noexcept { return hash & ~std::uint64_t{0xFFFFFFFF}; }
std::uint32_t number_in(std::uint64_t entry) noexcept { return static_cast<std::uint32_t>(entry); }

std::size_t chunk_count(std::uint32_t names_max, std::uint32_t chunk_names) noexcept {
  return (std::size_t{names_max} + GroupNames::kFirst + chunk_names - 1) / chunk_names;
}

}  // namespace

struct GroupNames::Table {
  explicit Table(std::uint32_t slots)
      : mask(slots - 1), entries(std::make_unique<std::atomic<std::uint64_t>[]>(slots)) {}
  void enter(std::uint64_t entry, std::uint64_t hash) noexcept {
    auto slot = static_cast<std::uint32_t>(hash) & mask;
    while (entries[slot].load(std::memory_order_relaxed) != 0) {  // written under the mutex
      slot = (slot + 1) & mask;
    }
    entries[slot].store(entry, std::memory_order_release);  // pairs with find
  }
  const std::uint32_t mask;
  const std::unique_ptr<std::atomic<std::uint64_t>[]> entries;
};

GroupNames::GroupNames(std::uint32_t names_max)
    : names_max_(names_max),
      chunks_(std::make_unique<std::atomic<Chunk*>[]>(chunk_count(names_max, kChunkNames))) {
  tables_.push_back(std::make_unique<Table>(kFirstSlots));
  table_.store(tables_.back().get(), std::memory_order_release);  // pairs with find
}

GroupNames::~GroupNames() = default;

std::uint32_t GroupNames::number_of(std::string_view name) noexcept {
  if (name.empty()) return kNone;
  if (name.size() > kNameBytesMax) return kOthers;
  const std::uint64_t hash = hash_bytes(name);
  const std::uint32_t number = find(name, hash);
  return number != kOthers ? number : number_of_new(name, hash);
}

std::uint32_t GroupNames::number_of_new(std::string_view name, std::uint64_t hash) noexcept {
  // Once all names are there, the table that find looks at holds all of them.
  if (end() == kFirst + names_max_) return find(name, hash);
  try {
    return enter(name, hash);
  } catch (const std::bad_alloc&) {
    return kOthers;
  }
}

std::uint32_t GroupNames::find(std::string_view name, std::uint64_t hash) const noexcept {
  const Table& table = *table_.load(std::memory_order_acquire);  // pairs with grow
  for (auto slot = static_cast<std::uint32_t>(hash) & table.mask;; slot = (slot + 1) & table.mask) {
    // Acquire pairs with Table::enter: the name behind the number is complete.
    const std::uint64_t entry = table.entries[slot].load(std::memory_order_acquire);
    if (entry == 0) return kOthers;
    if (tag_of(entry) == tag_of(hash) && same_text(this->name(number_in(entry)), name)) {
      return number_in(entry);
    }
  }
}

std::uint32_t GroupNames::enter(std::string_view name, std::uint64_t hash) {
  const std::lock_guard lock(mutex_);
  if (const std::uint32_t number = find(name, hash)) return number;
  const std::uint32_t size = size_.load(std::memory_order_relaxed);  // written under the mutex
  if (size == names_max_) return kOthers;
  const std::uint32_t number = kFirst + size;
  std::atomic<Chunk*>& place = chunks_[number / kChunkNames];
  Chunk* chunk = place.load(std::memory_order_relaxed);  // written under the mutex
  if (chunk == nullptr) {
    owned_chunks_.push_back(std::make_unique<Chunk>());
    chunk = owned_chunks_.back().get();
    place.store(chunk, std::memory_order_release);  // pairs with name
  }
  const auto length = static_cast<std::uint32_t>(name.size());
  char* const text = text_memory(sizeof length + name.size());
  if (2 * (std::size_t{size} + 1) > std::size_t{tables_.back()->mask} + 1) grow();
  std::memcpy(text, &length, sizeof length);
  std::memcpy(text + sizeof length, name.data(), name.size());
  chunk->texts[number % kChunkNames].store(text, std::memory_order_release);  // pairs with name
  tables_.back()->enter(tag_of(hash) | number, hash);
  size_.store(size + 1, std::memory_order_release);  // pairs with end
  return number;
}

// Of the current block, or of a new one; what is left of the old one is lost.
char* GroupNames::text_memory(std::size_t bytes) {
  bytes = (bytes + 3) / 4 * 4;
  if (bytes > text_left_) {
    texts_.push_back(std::make_unique_for_overwrite<char[]>(kTextBytes));
    text_at_ = texts_.back().get();
    text_left_ = kTextBytes;
  }
  char* const text = text_at_;
  text_at_ += bytes;
  text_left_ -= bytes;
  return text;
}

void GroupNames::grow() {
  const Table& old = *tables_.back();
  auto larger = std::make_unique<Table>(2 * (old.mask + 1));
  const std::uint32_t size = size_.load(std::memory_order_relaxed);  // written under the mutex
  for (std::uint32_t number = kFirst; number < kFirst + size; ++number) {
    const std::uint64_t hash = hash_bytes(name(number));
    larger->enter(tag_of(hash) | number, hash);
  }
  tables_.push_back(std::move(larger));
  table_.store(tables_.back().get(), std::memory_order_release);  // pairs with find
}

std::string_view GroupNames::name(std::uint32_t number) const noexcept {
  if (number < kFirst) return {};
  // Both acquire pair with enter.
  const Chunk* const chunk = chunks_[number / kChunkNames].load(std::memory_order_acquire);
  const Text text = chunk->texts[number % kChunkNames].load(std::memory_order_acquire);
  return {text + sizeof(std::uint32_t), load_word<std::uint32_t>(text)};
}

std::size_t GroupNames::bytes() const {
  const std::lock_guard lock(mutex_);
  std::size_t bytes = chunk_count(names_max_, kChunkNames) * sizeof(void*) +
                      owned_chunks_.size() * sizeof(Chunk) + texts_.size() * kTextBytes;
  for (const auto& table : tables_) bytes += (std::size_t{table->mask} + 1) * sizeof(std::uint64_t);
  return bytes;
}

}  // namespace v1
}  // namespace tracebus
