// SPDX-License-Identifier: Apache-2.0
//
// RecordedObject: an object of values, as JSON has them, that owns all it holds.
#ifndef TRACEBUS_TRACE_RECORDED_OBJECT_H_
#define TRACEBUS_TRACE_RECORDED_OBJECT_H_

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tracebus/core/value_view.h"

namespace tracebus {
inline namespace v1 {

// A value: copies own what they hold, and are equal if they hold the same bytes in the same order.
class RecordedObject {
 public:
  RecordedObject() : body_(sizeof(std::uint32_t), '\0') {}

  // Each key once, as Python's dict has it: in the place of its first, with the value of its last.
  // Nothing if it is nested deeper than kValueDepthMax or larger than kRecordBytesMax.
  static std::optional<RecordedObject> of(std::vector<Attribute> members);

  ObjectView view() const noexcept { return ObjectView(body_); }
  ValueView as_value() const noexcept { return ValueView::of_text(ValueType::kObject, body_); }
  bool empty() const noexcept { return view().size() == 0; }
  std::size_t size_bytes() const noexcept { return body_.size(); }

  std::optional<ValueView> find(std::string_view key) const noexcept;
  // The text of a member; empty if there is none, or it is no string.
  std::string_view text(std::string_view key) const noexcept;
  // The members again, to add to them. Texts are borrowed from this.
  std::vector<Attribute> members() const;

  bool operator==(const RecordedObject&) const = default;

 private:
  explicit RecordedObject(std::string body) : body_(std::move(body)) {}

  std::string body_;  // encoded as value_view.h says
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_TRACE_RECORDED_OBJECT_H_
