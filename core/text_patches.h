// SPDX-License-Identifier: Apache-2.0
//
// TextPatches: a text with some of its parts replaced, from left to right. Copies nothing until the
// first.
#ifndef TRACEBUS_CORE_TEXT_PATCHES_H_
#define TRACEBUS_CORE_TEXT_PATCHES_H_

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace tracebus {
inline namespace v1 {

class TextPatches {
 public:
  // Borrows the text.
  explicit TextPatches(std::string_view text) noexcept : text_(text) {}

  // REQUIRES: begin <= end, and begin is not before the end of the one replaced before.
  void replace(std::size_t begin, std::size_t end, std::string_view with) {
    if (!changed_) patched_.reserve(text_.size() + with.size());
    changed_ = true;
    patched_.append(text_.substr(copied_, begin - copied_)).append(with);
    copied_ = end;
  }

  // Nothing if nothing was replaced. Once only.
  std::optional<std::string> finish() {
    if (!changed_) return std::nullopt;
    patched_.append(text_.substr(copied_));
    return std::move(patched_);
  }

 private:
  const std::string_view text_;
  std::string patched_;
  std::size_t copied_ = 0;
  bool changed_ = false;
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_CORE_TEXT_PATCHES_H_
