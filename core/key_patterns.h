// SPDX-License-Identifier: Apache-2.0
//
// KeyPatterns: a set of key names, compared as loosely as people write them.
//
//   KeyPatterns secret({"api_key", "*password", "billing.*"});
//   secret.matches("x.apiKey")  // true
//
// Case, '-', '_' and spaces do not count, so that api_key is apiKey and API-Key as well. A pattern
// without a dot may match all of a key, or its last part: what follows the last '.', '/' or ':'.
// '*' is any text, '?' one character; "llm.*" is thus a prefix.
// Thread safety: immutable once made.
#ifndef TRACEBUS_CORE_KEY_PATTERNS_H_
#define TRACEBUS_CORE_KEY_PATTERNS_H_

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "tracebus/core/hash.h"

namespace tracebus {
inline namespace v1 {

class KeyPatterns {
 public:
  KeyPatterns() = default;
  explicit KeyPatterns(std::span<const std::string> patterns);

  // The keys that are secret wherever they occur: passwords, tokens, cookies and the like.
  static std::span<const std::string> secrets();

  // Linear in the key, for a given set.
  bool matches(std::string_view key) const;
  bool empty() const noexcept { return names_.empty() && endings_.empty() && globs_.empty(); }

 private:
  bool matches_loose(std::string_view whole, std::string_view last) const noexcept;
  bool has_name(std::string_view key) const noexcept;

  std::unordered_set<std::string, TextHash, TextEqual> names_;
  std::uint64_t name_lengths_ = 0;     // of names_, a bit for each modulo 64
  std::uint64_t name_beginnings_ = 0;  // likewise, their first bytes
  std::vector<std::string> endings_;   // of patterns such as "*password", which most are
  std::vector<std::string> globs_;     // all others
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_CORE_KEY_PATTERNS_H_
