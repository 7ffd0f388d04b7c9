// SPDX-License-Identifier: Apache-2.0
//
// CacheLines: which core has which cache line, as a coherence protocol would have it (MESI: any
// number of readers, or one writer), and how often one has to cross from core to core.
// CountedAtom and CountedPlain stand in for std::atomic and a bare value in a type under count, at
// the same size, so that what lies in which line is as in the library.
//
// Time does not pass here: the test says which core acts next. Whether a line crosses depends on
// who touched it before, not on when.
#ifndef TRACEBUS_TESTS_MODEL_CACHE_LINES_H_
#define TRACEBUS_TESTS_MODEL_CACHE_LINES_H_

#include <atomic>
#include <bit>
#include <cstdint>
#include <unordered_map>

#include "tracebus/core/limits.h"

namespace tracebus::inline v1::model {

class CacheLines {
 public:
  // The counter that counted values report to, until the next one is made.
  CacheLines() noexcept { g_current = this; }
  CacheLines(const CacheLines&) = delete;
  CacheLines& operator=(const CacheLines&) = delete;
  ~CacheLines() { g_current = nullptr; }

  // Who acts from now on: core 0 to 63.
  void run_on(unsigned core) noexcept { core_ = std::uint64_t{1} << core; }

  std::uint64_t crossings() const noexcept { return crossings_; }
  // From now on; what lies where stays.
  void count_anew() noexcept {
    crossings_ = 0;
    for (auto& [address, line] : lines_) line.writers = 0;
  }
  // Lines that more than one of these cores wrote since.
  int lines_written_by_several(std::uint64_t cores) const noexcept {
    int several = 0;
    for (const auto& [address, line] : lines_) several += std::popcount(line.writers & cores) > 1;
    return several;
  }

  static void note_read(const void* address) { g_current->touch(address, false); }
  static void note_write(const void* address) { g_current->touch(address, true); }

 private:
  struct Line {
    std::uint64_t holders = 0;  // cores whose copy is valid
    std::uint64_t writers = 0;
  };

  void touch(const void* address, bool write) {
    Line& line = lines_[reinterpret_cast<std::uintptr_t>(address) / kCacheLineBytes];
    const bool has_it = (line.holders & core_) != 0;
    const bool alone = line.holders == core_;
    if (line.holders != 0 && (write ? !alone : !has_it)) ++crossings_;
    line.holders = write ? core_ : line.holders | core_;
    if (write) line.writers |= core_;
  }

  static inline CacheLines* g_current = nullptr;

  std::uint64_t core_ = 1;
  std::uint64_t crossings_ = 0;
  std::unordered_map<std::uintptr_t, Line> lines_;
};

template <class T>
class CountedAtom {
  using Order = std::memory_order;

 public:
  CountedAtom() = default;
  constexpr CountedAtom(T value) noexcept : value_(value) {}
  CountedAtom(const CountedAtom&) = delete;
  CountedAtom& operator=(const CountedAtom&) = delete;

  T load(Order = Order::seq_cst) const {
    CacheLines::note_read(this);
    return value_;
  }
  void store(T value, Order = Order::seq_cst) {
    CacheLines::note_write(this);
    value_ = value;
  }
  T exchange(T value, Order = Order::seq_cst) {
    const T before = value_;
    store(value);
    return before;
  }
  bool compare_exchange_strong(T& expected, T desired, Order = Order::seq_cst,
                               Order = Order::seq_cst) {
    CacheLines::note_write(this);
    if (value_ != expected) {
      expected = value_;
      return false;
    }
    value_ = desired;
    return true;
  }
  bool compare_exchange_weak(T& expected, T desired, Order success = Order::seq_cst,
                             Order failure = Order::seq_cst) {
    return compare_exchange_strong(expected, desired, success, failure);
  }

 private:
  T value_{};
};

template <class T>
struct CountedPlain {
  T value{};
  T read() const {
    CacheLines::note_read(this);
    return value;
  }
  void write(T v) {
    CacheLines::note_write(this);
    value = v;
  }
};

}  // namespace tracebus::inline v1::model

#endif  // TRACEBUS_TESTS_MODEL_CACHE_LINES_H_
