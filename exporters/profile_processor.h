// SPDX-License-Identifier: Apache-2.0
//
// ProfileProcessor: tells one exporter's receiver events in its own vocabulary (core/profile.h).
//
//  1. Attributes that the profile has a word for get it. One that is there already is never
//     overwritten; of two that become one, the first does, and the other stays as it is.
//  2. span.name becomes what the profile calls such a span. The other fields of a span
//     (core/span_kind.h) stay, so that readers of ours still know it; where the profile has a word
//     for one of them, it is said once more.
//  3. A span's agent, pattern and kind are told as attributes of the profile, if it has any.
//
// Events that the profile says nothing else about pass as they are.
#ifndef TRACEBUS_EXPORTERS_PROFILE_PROCESSOR_H_
#define TRACEBUS_EXPORTERS_PROFILE_PROCESSOR_H_

#include <string>
#include <string_view>
#include <vector>

#include "tracebus/core/processor.h"
#include "tracebus/core/profile.h"

namespace tracebus {
inline namespace v1 {

class ProfileProcessor final : public Processor {
 public:
  explicit ProfileProcessor(Profile profile) noexcept : profile_(profile) {}

  void process(const EventView& event, ProcessorOutput& output) override;
  bool non_blocking() const noexcept override { return true; }

 private:
  std::string_view name_of(std::string_view ours) const noexcept {
    return attribute_name(profile_, ours);
  }
  void translate(const Attribute& attribute);
  void tell_span(const EventView& event, SpanKind kind);
  void put_if_missing(std::string_view key, const Value& value);
  bool is_taken(std::string_view key) const noexcept;

  const Profile profile_;

  // --- Of the event that is being looked at ---
  std::vector<Attribute> given_;
  std::vector<Attribute> out_;
  std::string span_name_;
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_EXPORTERS_PROFILE_PROCESSOR_H_
