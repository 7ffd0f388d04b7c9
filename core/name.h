// SPDX-License-Identifier: Apache-2.0
//
// Name: an agent's or pattern's name at an emit, as text or as a handle.
#ifndef TRACEBUS_CORE_NAME_H_
#define TRACEBUS_CORE_NAME_H_

#include <concepts>
#include <cstdint>
#include <string_view>

namespace tracebus {
inline namespace v1 {

// A name entered once into a bounded table of the process, and then four bytes in every record. For
// names that code chooses (roles, patterns), not for names from outside.
class NameHandle {
 public:
  constexpr NameHandle() noexcept = default;
  // REQUIRES: number is 0 or came from a handle, as in a record.
  constexpr explicit NameHandle(std::uint32_t number) noexcept : number_(number) {}

  // The handle of name, entered if need be. Not valid when kNamesMax names are in use, or the name
  // is empty or longer than kNameBytesMax: emit with the text then. Takes a mutex.
  static NameHandle of(std::string_view name);
  // As of, for names that may come from outside: enters none once half of the table is in use, so
  // that they never take all the room.
  static NameHandle of_foreign(std::string_view name);

  constexpr std::uint32_t number() const noexcept { return number_; }
  constexpr bool is_valid() const noexcept { return number_ != 0; }
  std::string_view text() const noexcept;  // lock-free; empty if not valid

 private:
  std::uint32_t number_ = 0;
};

// What emit takes for agent and pattern: either form converts to it. Borrows the text.
class Name {
 public:
  constexpr Name() noexcept = default;
  constexpr Name(std::string_view text) noexcept : text_(text) {}
  constexpr Name(const char* text) noexcept : text_(text) {}
  template <class T>
    requires(std::convertible_to<const T&, std::string_view> && !std::same_as<T, std::string_view>)
  constexpr Name(const T& text) noexcept : text_(static_cast<std::string_view>(text)) {}
  constexpr Name(NameHandle handle) noexcept : handle_(handle) {}

  constexpr std::string_view text() const noexcept { return text_; }  // empty for a handle
  constexpr NameHandle handle() const noexcept { return handle_; }

 private:
  std::string_view text_;
  NameHandle handle_;
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_CORE_NAME_H_
