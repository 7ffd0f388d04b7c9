// SPDX-License-Identifier: Apache-2.0
//
// OpenLlmetryProcessor: gives what OpenLLMetry's instrumentations say the names of OpenInference.
//
// An attribute is renamed, by the tables in openllmetry_names.h; one that is there already is never
// overwritten, and its source then stays as it is. Events without such names pass as they are.
// What is content under the old name is content under the new one (core/content_names.h).
#ifndef TRACEBUS_EXPORTERS_OPENLLMETRY_PROCESSOR_H_
#define TRACEBUS_EXPORTERS_OPENLLMETRY_PROCESSOR_H_

#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "tracebus/core/processor.h"

namespace tracebus {
inline namespace v1 {

class OpenLlmetryProcessor final : public Processor {
 public:
  void process(const EventView& event, ProcessorOutput& output) override;
  bool non_blocking() const noexcept override { return true; }

 private:
  struct Target;

  bool is_foreign(const EventView& event) const;
  void translate(const Attribute& attribute);
  Target target_of(const Attribute& attribute);
  std::optional<std::string_view> numbered(std::string_view key);
  void put(std::string_view key, const Value& value);
  void put_property(std::string_view name, const Attribute& attribute);
  void finish_metadata();
  bool has(std::string_view key) const noexcept;
  std::string_view keep(std::string text);

  // --- Of the event that is being looked at ---
  std::string_view kind_;      // traceloop.span.kind
  bool had_metadata_ = false;  // before
  std::string metadata_;       // a JSON object that is not closed yet
  std::vector<Attribute> out_;
  std::unordered_set<std::string_view> taken_;  // the keys that it has or had
  std::deque<std::string> texts_;               // that out_ refers to
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_EXPORTERS_OPENLLMETRY_PROCESSOR_H_
