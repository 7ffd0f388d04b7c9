// SPDX-License-Identifier: Apache-2.0
#ifndef TRACEBUS_EXPORTERS_HTTP_JSON_MEMBERS_H_
#define TRACEBUS_EXPORTERS_HTTP_JSON_MEMBERS_H_

#include <cstddef>
#include <string_view>

namespace tracebus {
inline namespace v1 {

// The values of a JSON object (RFC 8259), as they are written; for short answers of which one or
// two members are wanted. Nested at most kDepthMax deep; numbers and words are not looked into.
class JsonMembers {
 public:
  static constexpr std::size_t kDepthMax = 64;

  explicit JsonMembers(std::string_view text) noexcept : rest_(text) {}

  // Whether the text is one object and nothing else.
  bool is_object() const noexcept;
  // The value of the first member of that name; empty if there is none, or no object. A string
  // comes with its quotes. Names with escapes in them are not found.
  std::string_view value_of(std::string_view name) const noexcept;

 private:
  std::string_view rest_;
};

// What stands in a JSON string; any other value as it is written.
std::string_view without_quotes(std::string_view value) noexcept;

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_EXPORTERS_HTTP_JSON_MEMBERS_H_
