// SPDX-License-Identifier: Apache-2.0
//
// RedactingProcessor: masks secrets and personal data in all that an event says, before an exporter
// sees it.
//
//   auto redaction = std::make_unique<RedactingProcessor>(RedactionOptions{});
//   auto counts = redaction->counts();  // to be read while the exporter runs
//
// Searched are the values of attributes, however deep, their keys, the event's type if it is not
// one that code registered, the names of agent and pattern, and the texts of foreign ids (one that
// holds a secret is left out; the binary id stays). Events in which nothing is found are passed on
// as they are. Redactor says what is found, and how.
#ifndef TRACEBUS_EXPORTERS_REDACTING_PROCESSOR_H_
#define TRACEBUS_EXPORTERS_REDACTING_PROCESSOR_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tracebus/core/clean_texts.h"
#include "tracebus/core/processor.h"
#include "tracebus/core/redactor.h"

namespace tracebus {
inline namespace v1 {

class RedactingProcessor final : public Processor {
 public:
  explicit RedactingProcessor(RedactionOptions options = {});

  void process(const EventView& event, ProcessorOutput& output) override;
  bool non_blocking() const noexcept override { return true; }
  std::shared_ptr<const RedactionCounts> counts() const noexcept { return redactor_.counts(); }

 private:
  struct Change {
    std::size_t index;  // of the attribute
    Attribute attribute;
  };

  void find_changes(const EventView& event);
  std::optional<Value> changed(const ValueView& value);
  std::optional<Value> changed_text(std::string_view text);
  std::optional<Value> changed_number(const ValueView& value);
  std::optional<Value> changed_array(const ArrayView& array);
  std::optional<Value> changed_object(const ObjectView& object);
  std::optional<Value> masked(const ValueView& value);
  std::optional<std::string_view> changed_name(std::string_view name);
  std::optional<std::string> redacted_text(std::string_view text, bool cut);
  bool is_secret(AttributeKey key, std::string_view name);
  bool is_secret_name(std::string_view name);
  std::string_view keep(std::string text);

  TraceEvent rebuilt(const EventView& event);
  void redact_foreign_ids();
  void redact_names(const EventView& event);
  void note_cut(Payload& payload, std::int64_t cut_before);

  Redactor redactor_;
  // By number of the registered key: 0 not known yet, 1 plain, 2 secret.
  std::vector<std::uint8_t> key_verdicts_;
  CleanTexts plain_names_;  // of keys that are not registered, and are not secret
  CleanTexts clean_;        // names and values in which nothing was found

  // --- Of the event that is being looked at ---
  bool cut_ = false;  // it says that its texts were cut
  std::vector<Change> changes_;
  std::optional<std::string_view> type_, agent_, pattern_;
  ForeignIds foreign_ids_;  // without those that were left out
  bool foreign_changed_ = false;
  std::size_t cut_bytes_ = 0;      // by this processor
  std::deque<std::string> texts_;  // that changes_ refers to
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_EXPORTERS_REDACTING_PROCESSOR_H_
