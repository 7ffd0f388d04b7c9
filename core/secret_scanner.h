// SPDX-License-Identifier: Apache-2.0
//
// SecretScanner: finds in a text what looks like a secret or like personal data, from left to
// right.
//
//   SecretScanner scanner(text, {.rules = RedactionRules::usual(), .keys = &keys});
//   while (const auto found = scanner.next()) { ... found->begin, found->end, found->rule ... }
//
// Linear in the text, whatever it says: no step goes back further than a fixed distance, or over
// what another step of its kind went over. steps() counts the bytes that were looked at.
// Thread safety: none.
#ifndef TRACEBUS_CORE_SECRET_SCANNER_H_
#define TRACEBUS_CORE_SECRET_SCANNER_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "tracebus/core/key_patterns.h"
#include "tracebus/core/redaction_rule.h"

namespace tracebus {
inline namespace v1 {

struct SecretMatch {
  std::size_t begin = 0;  // of what is to be masked
  std::size_t end = 0;    // never within a UTF-8 character of a well-formed text
  RedactionRule rule = RedactionRule::kKey;

  bool operator==(const SecretMatch&) const = default;
};

class SecretScanner {
 public:
  struct Options {
    RedactionRules rules = RedactionRules::usual();
    const KeyPatterns* keys = nullptr;  // for kAssignment; outlives the scanner
    std::string_view mask = {};         // what is masked already is not found again
    bool cut = false;  // the text may end within a secret: what begins like one there is found
  };

  // Borrows the text and what options refer to.
  SecretScanner(std::string_view text, const Options& options) noexcept;

  // Matches do not overlap, and none is empty.
  std::optional<SecretMatch> next();
  std::uint64_t steps() const noexcept { return steps_; }

 private:
  using Match = std::optional<SecretMatch>;

  Match at_trigger(std::uint8_t trigger);
  Match email(std::size_t sign, std::size_t sign_bytes);
  Match key_by_prefix();
  Match after_scheme_word();
  Match private_key();
  Match url_credentials();
  Match assignment();
  Match digits();
  Match card();
  Match social_security();
  Match phone();
  Match national_phone();
  Match ipv4();

  bool wants(RedactionRule rule) const noexcept { return options_.rules.has(rule); }
  char at(std::size_t index) const noexcept { return index < text_.size() ? text_[index] : '\0'; }
  bool begins_word() const noexcept;
  bool may_match(std::uint8_t trigger) const noexcept;
  void skip_word() noexcept;
  bool follows_escape() const noexcept;
  bool ends_word(std::size_t end) const noexcept;
  // Whether the text was cut off there.
  bool is_cut(std::size_t end) const noexcept { return options_.cut && end == text_.size(); }
  // The end of the run of bytes from begin on that are in the class, at most bytes_max of them.
  std::size_t run(std::size_t begin, std::uint16_t byte_class, std::size_t bytes_max) noexcept;
  // The same without a limit, for runs that begin within each other: every byte is looked at once.
  std::size_t whole_run(std::size_t begin, std::uint16_t byte_class) noexcept;
  std::size_t host_name_end(std::size_t begin) noexcept;
  std::size_t assigned_key_begin(std::size_t end) noexcept;
  std::size_t value_end(std::size_t begin, bool whole_line) noexcept;
  std::size_t bracketed_end(std::size_t begin) noexcept;

  // Where the next byte of a class is. REQUIRES: asked from left to right.
  class NextByte {
   public:
    explicit NextByte(std::uint16_t byte_class) noexcept : class_(byte_class) {}
    std::size_t from(std::size_t begin, std::string_view text) noexcept;

   private:
    const std::uint16_t class_;
    std::size_t at_ = 0;
  };
  struct Run {
    std::uint16_t byte_class = 0;
    std::size_t begin = 0;
    std::size_t end = 0;
  };

  const std::string_view text_;
  const Options options_;
  std::size_t at_ = 0;     // where to go on
  std::size_t floor_ = 0;  // the end of the match before
  std::uint64_t steps_ = 0;
  std::array<Run, 6> runs_{};  // the last one of each class that key_by_prefix asks for
  NextByte next_random_;
  NextByte next_dot_;
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_CORE_SECRET_SCANNER_H_
