// SPDX-License-Identifier: Apache-2.0
//
// ContentPath: decides whether a name is of the content class, by the table in content_names.h. The
// name comes at once, or part by part, as it is put together from the members of nested values.
//
//   ContentPath path;
//   path.append("gen_ai");                 // is_content(): no
//   path.append("prompt");                 // yes
//   path.append("0.role");                 // no
//
// Linear in the name: every byte is looked at once, and nothing is copied. Thread safety: none.
#ifndef TRACEBUS_CORE_CONTENT_PATH_H_
#define TRACEBUS_CORE_CONTENT_PATH_H_

#include <cstdint>
#include <string_view>

namespace tracebus {
inline namespace v1 {

class ContentPath {
 public:
  ContentPath() noexcept = default;
  explicit ContentPath(std::string_view name) noexcept { append(name); }

  // With a dot before it, unless it is the first.
  void append(std::string_view name) noexcept;
  // As append, of the number of an element of an array.
  void append_index() noexcept;

  bool is_content() const noexcept;

 private:
  // What is known of the name as far as it was read, from a name of the table that it goes on from.
  enum class Below : std::uint8_t {
    kNothing,
    kList,       // of a list: a number may follow
    kItem,       // in an item of a list: content, unless a plain part follows
    kPlainPart,  // at a plain part of an item: no content, unless anything follows
    kTree,       // content, whatever follows
  };

  void append_part(std::string_view part) noexcept;
  void enter_part(std::string_view part) noexcept;
  void pass_dot() noexcept;

  std::uint16_t node_ =
      0;  // of the tree of all names in the table; kNowhere: it has none like that
  Below below_ = Below::kNothing;
  bool begun_ = false;
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_CORE_CONTENT_PATH_H_
