// SPDX-License-Identifier: Apache-2.0
//
// NameTable: texts as small numbers, in the order in which they were first met.
//
// Texts never move: a view stays valid as long as the table, also while others are added.
// Thread safety: none.
#ifndef TRACEBUS_STUDIO_NAME_TABLE_H_
#define TRACEBUS_STUDIO_NAME_TABLE_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

namespace tracebus {
inline namespace v1 {

class NameTable {
 public:
  NameTable();
  NameTable(const NameTable&) = delete;
  NameTable& operator=(const NameTable&) = delete;

  // The number of name, entered if need be; that of the empty text is 0.
  std::uint32_t number_of(std::string_view name);
  std::optional<std::uint32_t> find(std::string_view name) const noexcept;
  // REQUIRES: number < size().
  std::string_view text(std::uint32_t number) const noexcept { return names_[number].text; }

  std::uint32_t size() const noexcept { return static_cast<std::uint32_t>(names_.size()); }
  std::size_t bytes() const noexcept;

 private:
  static constexpr std::size_t kBlockBytes = 16 << 10;

  struct Entry {
    std::string_view text;
    std::uint32_t hash = 0;
  };

  // The slot that has name, or the empty one where it belongs.
  std::size_t slot_of(std::string_view name, std::uint32_t hash) const noexcept;
  std::string_view keep(std::string_view name);
  void grow();

  std::uint32_t look_up(std::string_view name);

  std::uint32_t last_ = 0;  // that number_of gave
  // What number_of gave next when it was asked for a name of that size and end after that other.
  std::array<std::uint32_t, 64> followers_{};
  std::vector<Entry> names_;
  std::vector<std::uint32_t> slots_;  // a power of two of them; 0 is empty
  std::vector<std::unique_ptr<char[]>> blocks_;
  std::size_t room_ = 0;  // bytes left in the last block that is shared
  char* next_ = nullptr;
  std::size_t text_bytes_ = 0;
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_STUDIO_NAME_TABLE_H_
