// SPDX-License-Identifier: Apache-2.0
//
// Metadata: attributes that own their texts.
#ifndef TRACEBUS_TRACE_METADATA_H_
#define TRACEBUS_TRACE_METADATA_H_

#include <cstddef>
#include <forward_list>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tracebus/core/value.h"

namespace tracebus {
inline namespace v1 {

// Thread safety: any number of threads may read one that nobody changes.
class Metadata {
 public:
  Metadata() = default;
  Metadata(const Metadata&) = delete;
  Metadata& operator=(const Metadata&) = delete;

  // Copies the attribute; one of the same key that was there gives way to it.
  void set(const Attribute& attribute);
  // In the order of their first set; valid until the next one.
  std::span<const Attribute> attributes() const noexcept { return attributes_; }

 private:
  std::string_view own(std::string_view text);
  Value own(const Value& value);

  std::forward_list<std::string> texts_;
  std::vector<Attribute> attributes_;  // their texts are in texts_
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_TRACE_METADATA_H_
