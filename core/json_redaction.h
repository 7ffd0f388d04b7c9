// SPDX-License-Identifier: Apache-2.0
//
// JsonRedaction: one pass of a Redactor over one JSON text. Private to the redactor.
//
// It never judges whether the text is JSON: each token is replaced by a token that may stand in its
// place, so what was JSON stays JSON. At the first token that no JSON has there it stops, and the
// rest is searched as text, from the token before on, as the two may be one. Several JSON texts may
// follow one another.
#ifndef TRACEBUS_CORE_JSON_REDACTION_H_
#define TRACEBUS_CORE_JSON_REDACTION_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tracebus/core/redactor.h"
#include "tracebus/core/text_patches.h"

namespace tracebus {
inline namespace v1 {

class JsonRedaction {
 public:
  JsonRedaction(Redactor& redactor, std::string_view text, bool cut, int level)
      : redactor_(redactor), text_(text), cut_(cut), level_(level), patches_(text) {}

  static bool may_be_json(std::string_view text) noexcept;
  std::optional<std::string> run();

 private:
  // What may come next.
  enum class Next : std::uint8_t { kValue, kValueOrEnd, kKey, kKeyOrEnd, kColon, kCommaOrEnd };

  bool take_token();
  bool open(char bracket);
  bool close(char bracket);
  bool take_string();
  void take_key(std::size_t begin, std::size_t end);
  bool take_bare();
  void redact_string(std::size_t begin, std::size_t end);
  void mask_value();
  void patch(std::size_t begin, std::size_t end, std::string_view with);
  void value_taken() noexcept { next_ = Next::kCommaOrEnd; }
  void redact_rest();

  char at(std::size_t index) const noexcept { return index < text_.size() ? text_[index] : '\0'; }
  std::size_t string_end(std::size_t begin) const noexcept;
  std::size_t value_end(std::size_t begin) const noexcept;
  std::size_t skip_space(std::size_t begin) const noexcept;
  bool value_may_come() const noexcept {
    return next_ == Next::kValue || next_ == Next::kValueOrEnd;
  }
  bool key_may_come() const noexcept { return next_ == Next::kKey || next_ == Next::kKeyOrEnd; }

  Redactor& redactor_;
  const std::string_view text_;
  const bool cut_;
  const int level_;
  std::size_t at_ = 0;
  std::size_t last_ = 0;  // where what was taken last begins; at_ if it was replaced
  Next next_ = Next::kValue;
  std::vector<bool> in_object_;  // of each open container, whether it is an object
  TextPatches patches_;
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_CORE_JSON_REDACTION_H_
