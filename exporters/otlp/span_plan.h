// SPDX-License-Identifier: Apache-2.0
//
// SpanPlans: what is done with the attributes of spans that say the same keys with the same types
// in the same order, as all spans of one place in a program do: looked up once for all of them.
//
// Thread safety: one thread at a time. Memory is bounded: a plan takes the place of another.
#ifndef TRACEBUS_EXPORTERS_OTLP_SPAN_PLAN_H_
#define TRACEBUS_EXPORTERS_OTLP_SPAN_PLAN_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <vector>

#include "tracebus/core/hash.h"
#include "tracebus/core/record_format.h"
#include "tracebus/core/value_view.h"
#include "tracebus/exporters/otlp/attribute_names.h"

namespace tracebus {
inline namespace v1 {

struct SpanPlan {
  struct Step {
    AttributeNames::Name* name;  // null: it is no attribute of the span, but may be a field
    ValueType type;
  };

  bool is_of(const AttributeDescriptor* descriptors, std::size_t count,
             bool content) const noexcept {
    return count == shape.size() && content == with_content &&
           std::memcmp(descriptors, shape.data(), count * sizeof *descriptors) == 0;
  }

  std::vector<AttributeDescriptor> shape;
  bool with_content = false;
  std::vector<Step> steps;                   // of the attributes behind the first fields
  std::vector<AttributeNames::Name*> names;  // those that they use
};

class SpanPlans {
 public:
  // The plan for spans of this shape; null if there is none. REQUIRES: count > 0.
  const SpanPlan* find(const AttributeDescriptor* descriptors, std::size_t count,
                       bool with_content) noexcept {
    if (last_->is_of(descriptors, count, with_content)) [[likely]]
      return last_;
    SpanPlan& plan = place_of(descriptors, count);
    if (!plan.is_of(descriptors, count, with_content)) return nullptr;
    return last_ = &plan;
  }
  // An empty plan, in the place of another, to be filled.
  SpanPlan& begin(const AttributeDescriptor* descriptors, std::size_t count, bool with_content) {
    SpanPlan& plan = place_of(descriptors, count);
    plan.shape.assign(descriptors, descriptors + count);
    plan.with_content = with_content;
    plan.steps.clear();
    plan.names.clear();
    return plan;
  }

 private:
  static constexpr std::size_t kPlans = 64;

  SpanPlan& place_of(const AttributeDescriptor* descriptors, std::size_t count) noexcept {
    const std::string_view bytes(reinterpret_cast<const char*>(descriptors),
                                 count * sizeof *descriptors);
    return plans_[hash_bytes(bytes) % kPlans];
  }

  std::array<SpanPlan, kPlans> plans_;
  const SpanPlan* last_ = plans_.data();
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_EXPORTERS_OTLP_SPAN_PLAN_H_
