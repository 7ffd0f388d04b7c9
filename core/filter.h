// SPDX-License-Identifier: Apache-2.0
//
// Filter: which events a subscription wants, as a value. CompiledFilter: the same, ready to run.
//
//   Filter::types({"llm_call", "error"}) && Filter::agent_prefix("role-")
//   Filter::attribute("duration_ms", Compare::kGreater, 2000) || !Filter::has_attribute("model")
//
// Filters are immutable values: copying one is cheap and nothing that a caller does later changes a
// subscription. A default Filter matches everything; types({}) matches nothing.
#ifndef TRACEBUS_CORE_FILTER_H_
#define TRACEBUS_CORE_FILTER_H_

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tracebus/core/event_type.h"
#include "tracebus/core/event_view.h"
#include "tracebus/core/ids.h"
#include "tracebus/core/value.h"

namespace tracebus {
inline namespace v1 {

enum class Compare : std::uint8_t { kEqual, kNotEqual, kLess, kLessEqual, kGreater, kGreaterEqual };

class Filter {
 public:
  struct Node;  // of the expression; private to filter.cc

  Filter() noexcept = default;  // everything

  // Events whose type is one of these names or an alias of one (see aliases_of). The names are
  // registered. types({}) matches nothing.
  static Filter types(std::span<const std::string_view> names);
  static Filter types(std::initializer_list<std::string_view> names) {
    return types(std::span(names.begin(), names.size()));
  }
  static Filter type(EventType type);
  static Filter agent(std::string_view name);
  static Filter agent_prefix(std::string_view prefix);
  // '*' matches any text, '?' one character (a whole UTF-8 sequence); there is no escape.
  static Filter agent_glob(std::string_view pattern);
  static Filter pattern(std::string_view name);
  static Filter run(RunId id);
  static Filter run(std::string_view foreign_id) { return run(RunId::from_foreign(foreign_id)); }
  static Filter trace(TraceId id);
  static Filter trace(std::string_view foreign_id) {
    return trace(TraceId::from_foreign(foreign_id));
  }
  static Filter has_attribute(std::string_view key);
  // Numbers compare by value across int64 and double, exactly; NaN compares unequal to all. Strings
  // and bytes compare bytewise, bools false < true. An absent attribute, null, an array or object,
  // or a value of another kind than `value` does not match, whatever the comparison. The last of
  // several equal keys counts. A content attribute is seen only by subscriptions granted content.
  static Filter attribute(std::string_view key, Compare compare, const Value& value);

  friend Filter operator&&(const Filter& a, const Filter& b);
  friend Filter operator||(const Filter& a, const Filter& b);
  friend Filter operator!(const Filter& a);

  bool matches_everything() const noexcept { return node_ == nullptr; }
  // A canonical text: equal texts match equal events. For messages too.
  std::string to_string() const;

 private:
  friend class CompiledFilter;
  explicit Filter(std::shared_ptr<const Node> node) noexcept : node_(std::move(node)) {}

  std::shared_ptr<const Node> node_;  // null: everything
};

// Thread safety: immutable once made.
class CompiledFilter {
 public:
  CompiledFilter() : CompiledFilter(Filter()) {}
  explicit CompiledFilter(const Filter& filter);

  // Whether an event of this type can match at all; 0 stands for types that are not registered.
  // Numbers that were registered after this filter was made are answered as well.
  bool may_match_type(std::uint16_t type) const noexcept {
    if (all_types_) return true;
    const std::size_t word = type / 64u;
    return word < types_.size() && (types_[word] >> (type % 64u) & 1) != 0;
  }
  // Whether may_match_type already decides, for every event.
  bool decided_by_type() const noexcept { return residual_ == nullptr; }
  // Whether the event matches. REQUIRES: may_match_type(event type).
  bool matches(const EventView& event) const noexcept {
    return residual_ == nullptr || matches_residual(event);
  }
  const std::string& key() const noexcept { return key_; }
  // Whether events of every type can match, also of types that are registered later.
  bool all_types() const noexcept { return all_types_; }
  // The one agent whose events can match; without data() if there is no such condition.
  std::string_view required_agent() const noexcept { return required_agent_; }
  // Whether may_match_type and the required agent, if there is one, already decide.
  bool decided_by_agent() const noexcept { return decided_by_agent_; }

 private:
  bool matches_residual(const EventView& event) const noexcept;

  bool all_types_ = true;
  std::vector<std::uint64_t> types_;  // a bit per EventType number; empty with all_types_
  std::shared_ptr<const Filter::Node> residual_;
  std::string_view required_agent_;  // within residual_
  bool decided_by_agent_ = true;
  std::string key_;
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_CORE_FILTER_H_
