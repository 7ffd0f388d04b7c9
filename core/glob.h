// SPDX-License-Identifier: Apache-2.0
//
// Globs over UTF-8 text.
#ifndef TRACEBUS_CORE_GLOB_H_
#define TRACEBUS_CORE_GLOB_H_

#include <optional>
#include <string_view>

#include "tracebus/core/utf8.h"

namespace tracebus {
inline namespace v1 {

// Whether text matches glob: '*' is any text, '?' one character (a whole UTF-8 sequence, as
// utf8.h takes them). At most one step for each pair of positions: only the last '*' is ever
// tried again, because whatever an earlier one could still cover, the last one can cover too.
inline bool matches_glob(std::string_view glob, std::string_view text) noexcept {
  std::optional<std::string_view> glob_after_star;
  std::string_view text_after_star;
  while (!text.empty()) {
    if (!glob.empty() && glob.front() == '*') {
      glob.remove_prefix(1);
      glob_after_star = glob;
      text_after_star = text;
      continue;
    }
    const std::string_view character = text.substr(0, first_utf8_sequence(text).length);
    const bool any = !glob.empty() && glob.front() == '?';
    if (any || (!glob.empty() && glob.substr(0, first_utf8_sequence(glob).length) == character)) {
      glob.remove_prefix(any ? 1 : character.size());
      text.remove_prefix(character.size());
      continue;
    }
    if (!glob_after_star) return false;
    text_after_star.remove_prefix(first_utf8_sequence(text_after_star).length);
    text = text_after_star;
    glob = *glob_after_star;
  }
  return glob.find_first_not_of('*') == std::string_view::npos;
}

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_CORE_GLOB_H_
