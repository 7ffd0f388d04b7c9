// SPDX-License-Identifier: Apache-2.0
//
// GroupNames: the names of one dimension's groups, to small numbers, up to a limit.
//
// Thread safety. Every method may be called from any thread. Names that are known are found
// without a lock; a new one takes a mutex.
//
// Invariants
//  1. Numbers are given out in order from kFirst and never change or go away. kOthers stands for
//     names that found no room, kNone for the empty name.
//  2. A name is complete before a slot holds its number, and the slot before size_ counts it.
//  3. A table has at least twice as many slots as names, so every probe ends. One that grew too
//     small stays, with what it held, until the end: somebody may still be reading it.
#ifndef TRACEBUS_TRACE_GROUP_NAMES_H_
#define TRACEBUS_TRACE_GROUP_NAMES_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string_view>
#include <vector>

namespace tracebus {
inline namespace v1 {

class GroupNames {
 public:
  static constexpr std::uint32_t kOthers = 0;
  static constexpr std::uint32_t kNone = 1;
  static constexpr std::uint32_t kFirst = 2;
  static constexpr std::size_t kNameBytesMax = 256;  // longer names are among the others

  explicit GroupNames(std::uint32_t names_max);
  GroupNames(const GroupNames&) = delete;
  GroupNames& operator=(const GroupNames&) = delete;
  ~GroupNames();

  // The number of name, made if need be. kOthers when names_max are there, the name is too long, or
  // the system refuses memory.
  std::uint32_t number_of(std::string_view name) noexcept;

  // Numbers below this one are in use.
  std::uint32_t end() const noexcept {
    return kFirst + size_.load(std::memory_order_acquire);  // pairs with enter
  }
  // Empty for kOthers and kNone. REQUIRES: number < end().
  std::string_view name(std::uint32_t number) const noexcept;
  // Of all memory that it holds.
  std::size_t bytes() const;

 private:
  static constexpr std::uint32_t kChunkNames = 512;
  static constexpr std::size_t kTextBytes = std::size_t{16} << 10;
  struct Table;
  // A length and the text behind it.
  using Text = const char*;
  struct Chunk {
    std::atomic<Text> texts[kChunkNames];
  };

  std::uint32_t find(std::string_view name, std::uint64_t hash) const noexcept;
  std::uint32_t number_of_new(std::string_view name, std::uint64_t hash) noexcept;
  std::uint32_t enter(std::string_view name, std::uint64_t hash);
  char* text_memory(std::size_t bytes);
  void grow();

  const std::uint32_t names_max_;
  // Written under the mutex, read by everybody.
  std::atomic<Table*> table_;
  std::atomic<std::uint32_t> size_{0};
  const std::unique_ptr<std::atomic<Chunk*>[]> chunks_;
  // Under the mutex.
  mutable std::mutex mutex_;
  std::vector<std::unique_ptr<Table>> tables_;
  std::vector<std::unique_ptr<Chunk>> owned_chunks_;
  std::vector<std::unique_ptr<char[]>> texts_;
  char* text_at_ = nullptr;
  std::size_t text_left_ = 0;
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_TRACE_GROUP_NAMES_H_
