// SPDX-License-Identifier: Apache-2.0
//
// LangfuseProcessor: tells spans in the words that Langfuse reads in OTLP, langfuse.* (the table is
// langfuse_names.h), so that it has the right type, usage, cost, input and output for each.
//
//  1. Of each span: its type (agent, tool, generation, retriever, guardrail, ...), how it ended,
//     and input and output, where the exporter was granted content.
//  2. Of calls of models and embeddings: model, parameters, when the answer began, what it used and
//     what it cost. Parts of the usage do not overlap and add up to its total: what was cached is
//     no `input`, and reasoning no `output`. On other spans such numbers are sums of what is below,
//     which Langfuse would add once more: they become metadata.
//  3. Of the trace, on each of its spans that knows it, as Langfuse's queries need it: session,
//     user, tags, metadata, environment, release, version; and its name, on all spans of a
//     workflow, else on the root.
//  4. What has no place becomes langfuse.observation.metadata.NAME, unless NAME has a dot, or a
//     word in the GenAI conventions: then it stays as it is.
//  5. langfuse.* attributes that callers set themselves stay, and win.
//
// Events that are no ends of spans pass as they are.
#ifndef TRACEBUS_EXPORTERS_LANGFUSE_PROCESSOR_H_
#define TRACEBUS_EXPORTERS_LANGFUSE_PROCESSOR_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tracebus/core/processor.h"
#include "tracebus/core/span_kind.h"
#include "tracebus/exporters/langfuse_names.h"

namespace tracebus {
inline namespace v1 {

struct LangfuseProcessorOptions {
  // Said on each span unless empty.
  std::string environment = {};  // production, staging
  std::string release = {};
  std::string version = {};
  // Of an input, and of an output. What is longer is cut, JSON so that it stays JSON, and
  // langfuse.observation.metadata.input_truncated_bytes (output_...) says by how much.
  std::size_t value_bytes_max = std::size_t{1} << 20;
};

class LangfuseProcessor final : public Processor {
 public:
  explicit LangfuseProcessor(LangfuseProcessorOptions options = {});

  void process(const EventView& event, ProcessorOutput& output) override;
  bool non_blocking() const noexcept override { return true; }

 private:
  void read(const EventView& event);
  void tell_trace(const EventView& event, SpanKind kind);
  void tell_trace_name(const EventView& event, SpanKind kind);
  void tell_tags();
  void tell_trace_metadata();
  void tell_observation(const EventView& event, SpanKind kind);
  void tell_end(const EventView& event);
  void tell_content(langfuse::Use use, std::string_view key);
  void tell_call(const EventView& event);
  void tell_parameters();
  void tell_usage();
  void tell_cost();
  void tell_completion_start(const EventView& event);
  void tell_rest();

  bool is_given(std::string_view key) const noexcept;
  void put(std::string_view key, const Value& value);
  void put_text(std::string_view key, langfuse::Use use);
  void put_other(std::string_view key, const ValueView& value);
  void put_metadata(std::string_view name, const ValueView& value);
  // The first row of that use that the span has, and for which fits holds; it is told then.
  template <class Fits>
  std::optional<ValueView> take(langfuse::Use use, std::string_view name, const Fits& fits);
  std::optional<ValueView> take_text(langfuse::Use use);
  std::optional<std::int64_t> take_count(std::string_view name);
  std::string_view text_of(const ValueView& value);
  std::string_view keep(std::string text);

  const LangfuseProcessorOptions options_;

  // --- Of the span that is being looked at ---
  bool with_model_ = false;                                          // it is the call of one
  std::array<std::optional<ValueView>, langfuse::kRowCount> found_;  // that are not told yet
  std::vector<std::string_view> given_;                              // langfuse.* keys that it has
  std::vector<Attribute> out_;
  std::deque<std::string> texts_;  // that out_ refers to
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_EXPORTERS_LANGFUSE_PROCESSOR_H_
