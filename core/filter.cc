// SPDX-License-Identifier: Apache-2.0
#include "tracebus/core/filter.h"

#include <algorithm>
#include <bit>
#include <bitset>
#include <charconv>
#include <compare>
#include <cstddef>
#include <optional>
#include <utility>
#include <variant>

#include "tracebus/core/glob.h"
#include "tracebus/core/limits.h"
#include "tracebus/core/value_order.h"
#include "tracebus/core/value_view.h"

namespace tracebus {
inline namespace v1 {
namespace {

using NodePointer = std::shared_ptr<const Filter::Node>;
using TypeSet = std::bitset<kEventTypesMax>;  // bit 0: the types that are not registered

struct OneOfTypes {
  TypeSet registered;
  std::vector<std::string> unregistered;  // names that found no room in the registry; sorted
};
struct AgentIs {
  std::string name;
};
struct AgentBegins {
  std::string prefix;
};
struct AgentLike {
  std::string glob;
};
struct PatternIs {
  std::string name;
};
struct RunIs {
  RunId id;
};
struct TraceIs {
  TraceId id;
};
struct AttributeExists {
  std::string key;
};
struct AttributeCompares {
  std::string key;
  Compare compare;
  ValueType type;  // of the value to compare with; null: nothing matches
  std::uint64_t bits;
  std::string text;
};
// No child is of the same kind as its parent.
struct AllOf {
  std::vector<NodePointer> children;
};
struct AnyOf {
  std::vector<NodePointer> children;
};
struct NoneOf {
  NodePointer child;
};

using Test = std::variant<OneOfTypes, AgentIs, AgentBegins, AgentLike, PatternIs, RunIs, TraceIs,
                          AttributeExists, AttributeCompares, AllOf, AnyOf, NoneOf>;

}  // namespace

struct Filter::Node {
  Test test;
};

namespace {

NodePointer make_node(Test test) {
  return std::make_shared<const Filter::Node>(Filter::Node{std::move(test)});
}

// --- Matching ---

bool satisfies(std::partial_ordering order, Compare compare) noexcept {
  switch (compare) {
    case Compare::kEqual:
      return order == 0;
    case Compare::kNotEqual:
      return order != 0;
    case Compare::kLess:
      return order < 0;
    case Compare::kLessEqual:
      return order <= 0;
    case Compare::kGreater:
      return order > 0;
    case Compare::kGreaterEqual:
      return order >= 0;
  }
  return false;
}

ValueView value_of(const AttributeCompares& test) noexcept {
  switch (test.type) {
    case ValueType::kBool:
      return ValueView::of_bool(test.bits != 0);
    case ValueType::kInt64:
      return ValueView::of_int64(static_cast<std::int64_t>(test.bits));
    case ValueType::kDouble:
      return ValueView::of_double_bits(test.bits);
    case ValueType::kString:
    case ValueType::kBytes:
      return ValueView::of_text(test.type, test.text);
    default:
      return {};
  }
}

struct Matcher {
  const EventView& event;

  bool operator()(const OneOfTypes& test) const noexcept {
    const std::uint16_t number = event.type().number();
    if (number == 0) return std::ranges::binary_search(test.unregistered, event.event_type());
    return number < test.registered.size() && test.registered[number];
  }
  bool operator()(const AgentIs& test) const noexcept { return event.agent_name() == test.name; }
  bool operator()(const AgentBegins& test) const noexcept {
    return event.agent_name().starts_with(test.prefix);
  }
  bool operator()(const AgentLike& test) const noexcept {
    return matches_glob(test.glob, event.agent_name());
  }
  bool operator()(const PatternIs& test) const noexcept {
    return event.pattern_type() == test.name;
  }
  bool operator()(const RunIs& test) const noexcept { return event.run_id() == test.id; }
  bool operator()(const TraceIs& test) const noexcept { return event.trace_id() == test.id; }
  bool operator()(const AttributeExists& test) const noexcept {
    return event.find(test.key).has_value();
  }
  bool operator()(const AttributeCompares& test) const noexcept {
    const std::optional<ValueView> found = event.find(test.key);
    if (!found) return false;
    const auto order = compare_values(*found, value_of(test));
    return order && satisfies(*order, test.compare);
  }
  bool operator()(const AllOf& test) const noexcept {
    return std::ranges::all_of(test.children, [this](const auto& node) { return run(*node); });
  }
  bool operator()(const AnyOf& test) const noexcept {
    return std::ranges::any_of(test.children, [this](const auto& node) { return run(*node); });
  }
  bool operator()(const NoneOf& test) const noexcept { return !run(*test.child); }

  bool run(const Filter::Node& node) const noexcept { return std::visit(*this, node.test); }
};

// --- Compiling ---

// What the type alone says: outside `possible` no event matches, inside `certain` every event does.
struct Decision {
  TypeSet possible;
  TypeSet certain;
};

Decision decide(const Filter::Node& node) {
  if (const auto* types = std::get_if<OneOfTypes>(&node.test)) {
    Decision decision = {types->registered, types->registered};
    decision.possible[0] = !types->unregistered.empty();
    return decision;
  }
  if (const auto* all = std::get_if<AllOf>(&node.test)) {
    Decision decision = {TypeSet().set(), TypeSet().set()};
    for (const NodePointer& child : all->children) {
      const Decision part = decide(*child);
      decision.possible &= part.possible;
      decision.certain &= part.certain;
    }
    return decision;
  }
  if (const auto* any = std::get_if<AnyOf>(&node.test)) {
    Decision decision;
    for (const NodePointer& child : any->children) {
      const Decision part = decide(*child);
      decision.possible |= part.possible;
      decision.certain |= part.certain;
    }
    return decision;
  }
  if (const auto* none = std::get_if<NoneOf>(&node.test)) {
    const Decision inner = decide(*none->child);
    return {~inner.certain, ~inner.possible};
  }
  return {TypeSet().set(), TypeSet()};
}

// What is left to test of an event whose type is in `types`; null when its type decides.
NodePointer residual_of(const NodePointer& node, const TypeSet& types) {
  const Decision decision = decide(*node);
  if ((types & ~decision.certain).none() || (types & decision.possible).none()) return nullptr;
  // A child that its type decides cannot decide this node here, so it is neutral and left out.
  const auto residuals_of = [&types](const std::vector<NodePointer>& children) {
    std::vector<NodePointer> left;
    for (const NodePointer& child : children) {
      if (NodePointer residual = residual_of(child, types)) left.push_back(std::move(residual));
    }
    return left;
  };
  if (const auto* all = std::get_if<AllOf>(&node->test)) {
    auto left = residuals_of(all->children);
    return left.size() == 1 ? left.front() : make_node(AllOf{std::move(left)});
  }
  if (const auto* any = std::get_if<AnyOf>(&node->test)) {
    auto left = residuals_of(any->children);
    return left.size() == 1 ? left.front() : make_node(AnyOf{std::move(left)});
  }
  if (const auto* none = std::get_if<NoneOf>(&node->test)) {
    return make_node(NoneOf{residual_of(none->child, types)});
  }
  return node;
}

// --- Text ---

constexpr std::string_view kEverything = "everything";
constexpr std::string_view kNothing = "nothing";

std::string quoted(std::string_view text) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string out = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7F) {
      out += {'\\', 'x', kDigits[byte >> 4], kDigits[byte & 15]};
    } else {
      if (c == '"' || c == '\\') out += '\\';
      out += c;
    }
  }
  return out + '"';
}

std::string call(std::string_view name, std::string_view argument) {
  return std::string(name) + '(' + std::string(argument) + ')';
}

// Sorted and without repetition, so that the order in which a filter was put together is not seen.
std::string joined(std::vector<std::string> parts, std::string_view separator) {
  std::ranges::sort(parts);
  parts.erase(std::unique(parts.begin(), parts.end()), parts.end());
  std::string out;
  for (const std::string& part : parts) {
    if (!out.empty()) out += separator;
    out += part;
  }
  return out;
}

// A double always shows that it is one: 2^60 and the integer that its digits spell differ.
std::string double_text(double value) {
  char digits[32];
  const auto end = std::to_chars(digits, digits + sizeof digits, value).ptr;
  std::string text(digits, end);
  if (text.find_first_of(".en") == std::string::npos) text += ".0";
  return text;
}

std::string value_text(const AttributeCompares& test) {
  const ValueView value = value_of(test);
  switch (value.type()) {
    case ValueType::kBool:
      return value.as_bool() ? "true" : "false";
    case ValueType::kInt64:
      return std::to_string(value.as_int64());
    case ValueType::kDouble:
      return double_text(value.as_double());
    case ValueType::kString:
      return quoted(value.as_string());
    case ValueType::kBytes:
      return "bytes" + quoted(value.as_string());
    default:
      return "null";
  }
}

struct Writer {
  std::string operator()(const OneOfTypes& test) const {
    std::vector<std::string> names;
    for (const std::string& name : test.unregistered) names.push_back(quoted(name));
    for (std::size_t number = 1; number < test.registered.size(); ++number) {
      const EventType type(static_cast<std::uint16_t>(number));
      if (test.registered[number]) names.push_back(quoted(type.name()));
    }
    return names.empty() ? std::string(kNothing) : call("type", joined(std::move(names), ", "));
  }
  std::string operator()(const AgentIs& test) const { return call("agent", quoted(test.name)); }
  std::string operator()(const AgentBegins& test) const {
    return call("agent_prefix", quoted(test.prefix));
  }
  std::string operator()(const AgentLike& test) const {
    return call("agent_glob", quoted(test.glob));
  }
  std::string operator()(const PatternIs& test) const { return call("pattern", quoted(test.name)); }
  std::string operator()(const RunIs& test) const { return call("run", test.id.hex()); }
  std::string operator()(const TraceIs& test) const { return call("trace", test.id.hex()); }
  std::string operator()(const AttributeExists& test) const {
    return call("has_attribute", quoted(test.key));
  }
  std::string operator()(const AttributeCompares& test) const {
    constexpr std::string_view kSigns[] = {" == ", " != ", " < ", " <= ", " > ", " >= "};
    const std::string_view sign = kSigns[static_cast<std::size_t>(test.compare)];
    return call("attribute", quoted(test.key) + std::string(sign) + value_text(test));
  }
  std::string operator()(const AllOf& test) const { return combined(test.children, " && "); }
  std::string operator()(const AnyOf& test) const { return combined(test.children, " || "); }
  std::string operator()(const NoneOf& test) const { return '!' + run(*test.child); }

  std::string combined(const std::vector<NodePointer>& children, std::string_view sign) const {
    std::vector<std::string> parts;
    for (const NodePointer& child : children) parts.push_back(run(*child));
    return call("", joined(std::move(parts), sign));
  }
  std::string run(const Filter::Node& node) const { return std::visit(*this, node.test); }
};

void add_type(TypeSet& types, EventType type) {
  types.set(type.number());
  for (const EventType alias : aliases_of(type)) types.set(alias.number());
}

template <class Combination>
NodePointer combine(const NodePointer& a, const NodePointer& b) {
  if (a == b) return a;
  Combination combination;
  for (const NodePointer& part : {a, b}) {
    auto& children = combination.children;
    if (const auto* same = std::get_if<Combination>(&part->test)) {
      children.insert(children.end(), same->children.begin(), same->children.end());
    } else {
      children.push_back(part);
    }
  }
  return make_node(std::move(combination));
}

}  // namespace

// --- Filter ---

Filter Filter::types(std::span<const std::string_view> names) {
  OneOfTypes test;
  for (const std::string_view name : names) {
    const EventType type = EventType::registered(name);
    if (type.is_registered()) {
      add_type(test.registered, type);
    } else {
      test.unregistered.emplace_back(name);
    }
  }
  std::ranges::sort(test.unregistered);
  return Filter(make_node(std::move(test)));
}

Filter Filter::type(EventType type) {
  OneOfTypes test;
  if (type.is_registered()) add_type(test.registered, type);
  return Filter(make_node(std::move(test)));
}

Filter Filter::agent(std::string_view name) {
  return Filter(make_node(AgentIs{std::string(name)}));
}
Filter Filter::agent_prefix(std::string_view prefix) {
  return Filter(make_node(AgentBegins{std::string(prefix)}));
}
Filter Filter::agent_glob(std::string_view pattern) {
  return Filter(make_node(AgentLike{std::string(pattern)}));
}
Filter Filter::pattern(std::string_view name) {
  return Filter(make_node(PatternIs{std::string(name)}));
}
Filter Filter::run(RunId id) { return Filter(make_node(RunIs{id})); }
Filter Filter::trace(TraceId id) { return Filter(make_node(TraceIs{id})); }
Filter Filter::has_attribute(std::string_view key) {
  return Filter(make_node(AttributeExists{std::string(key)}));
}

Filter Filter::attribute(std::string_view key, Compare compare, const Value& value) {
  AttributeCompares test = {std::string(key), compare, value.type(), 0, {}};
  switch (value.type()) {
    case ValueType::kBool:
      test.bits = value.as_bool() ? 1 : 0;
      break;
    case ValueType::kInt64:
      test.bits = static_cast<std::uint64_t>(value.as_int64());
      break;
    case ValueType::kDouble:
      test.bits = std::bit_cast<std::uint64_t>(value.as_double());
      break;
    case ValueType::kString:
      test.text = value.as_string();
      break;
    case ValueType::kBytes:
      test.text.assign(reinterpret_cast<const char*>(value.as_bytes().data()),
                       value.as_bytes().size());
      break;
    default:
      test.type = ValueType::kNull;
  }
  return Filter(make_node(std::move(test)));
}

Filter operator&&(const Filter& a, const Filter& b) {
  if (a.matches_everything()) return b;
  if (b.matches_everything()) return a;
  return Filter(combine<AllOf>(a.node_, b.node_));
}

Filter operator||(const Filter& a, const Filter& b) {
  if (a.matches_everything() || b.matches_everything()) return Filter();
  return Filter(combine<AnyOf>(a.node_, b.node_));
}

Filter operator!(const Filter& a) {
  if (a.matches_everything()) return Filter(make_node(OneOfTypes{}));
  if (const auto* none = std::get_if<NoneOf>(&a.node_->test)) return Filter(none->child);
  return Filter(make_node(NoneOf{a.node_}));
}

std::string Filter::to_string() const {
  return node_ == nullptr ? std::string(kEverything) : Writer().run(*node_);
}

// --- CompiledFilter ---

namespace {

std::string_view agent_required_by(const Filter::Node& node) noexcept {
  if (const auto* agent = std::get_if<AgentIs>(&node.test)) return agent->name;
  const auto* all = std::get_if<AllOf>(&node.test);
  if (all == nullptr) return {};
  for (const NodePointer& child : all->children) {
    if (const std::string_view agent = agent_required_by(*child); agent.data() != nullptr) {
      return agent;
    }
  }
  return {};
}

}  // namespace

CompiledFilter::CompiledFilter(const Filter& filter) : key_(filter.to_string()) {
  if (filter.matches_everything()) return;
  const TypeSet possible = decide(*filter.node_).possible;
  residual_ = residual_of(filter.node_, possible);
  if (residual_ != nullptr) {
    required_agent_ = agent_required_by(*residual_);
    decided_by_agent_ = std::holds_alternative<AgentIs>(residual_->test);
  }
  all_types_ = possible.all();
  if (all_types_) return;
  for (std::size_t type = 0; type < possible.size(); ++type) {
    if (!possible[type]) continue;
    types_.resize(type / 64 + 1);
    types_.back() |= std::uint64_t{1} << (type % 64);
  }
}

bool CompiledFilter::matches_residual(const EventView& event) const noexcept {
  return Matcher{event}.run(*residual_);
}

}  // namespace v1
}  // namespace tracebus
