// SPDX-License-Identifier: Apache-2.0
#include "tracebus/tests/bus/property_filter.h"

#include <algorithm>
#include <utility>
#include <vector>

namespace tracebus::testing {
namespace {

bool type_matches(std::string_view wanted, std::string_view type) {
  return type == wanted || (wanted == "llm_call" && type == "llm_call_end");
}

RandomFilter random_types(PropertyRandom& random) {
  std::vector<std::string_view> names;
  const std::uint64_t count = random.below(4);
  for (std::uint64_t i = 0; i < count; ++i) {
    // The last one is not to be registered by a filter: it stands for names from outside.
    names.push_back(kPropertyTypes[random.below(std::size(kPropertyTypes) - 1)]);
  }
  return {Filter::types(names), [names](const EventShape& shape, bool) {
            return std::ranges::any_of(names,
                                       [&](auto name) { return type_matches(name, shape.type); });
          }};
}

RandomFilter random_agent(PropertyRandom& random) {
  const std::string_view agent = kPropertyAgents[random.below(std::size(kPropertyAgents))];
  switch (random.below(3)) {
    case 0:
      return {Filter::agent(agent),
              [=](const EventShape& shape, bool) { return shape.agent == agent; }};
    case 1:
      return {Filter::agent_prefix("agent-"),
              [](const EventShape& shape, bool) { return shape.agent.starts_with("agent-"); }};
    default:
      return {Filter::agent_glob("*-?"),
              [](const EventShape& shape, bool) { return shape.agent.starts_with("agent-"); }};
  }
}

RandomFilter random_identity(PropertyRandom& random) {
  const std::uint64_t index = random.below(3);
  if (random.one_in(2)) {
    const RunId run = property_run(index);
    return {Filter::run(run),
            [run](const EventShape& shape, bool) { return shape.ids.run_id == run; }};
  }
  const TraceId trace = property_trace(index);
  return {Filter::trace(trace),
          [trace](const EventShape& shape, bool) { return shape.ids.trace_id == trace; }};
}

RandomFilter random_comparison(PropertyRandom& random) {
  const auto bound = static_cast<std::int64_t>(random.below(1000));
  switch (random.below(4)) {
    case 0:
      return {Filter::attribute("value", Compare::kLess, bound),
              [=](const EventShape& shape, bool) { return shape.value < bound; }};
    case 1:
      return {Filter::attribute("value", Compare::kGreaterEqual, static_cast<double>(bound)),
              [=](const EventShape& shape, bool) { return shape.value >= bound; }};
    case 2:
      return {Filter::attribute("ratio", Compare::kGreater, bound / 8),
              [=](const EventShape& shape, bool) {
                return shape.ratio > static_cast<double>(bound / 8);
              }};
    default:
      return {Filter::attribute("model", Compare::kEqual, "model-large"),
              [](const EventShape& shape, bool) { return shape.model == "model-large"; }};
  }
}

RandomFilter random_leaf(PropertyRandom& random, bool with_secret) {
  switch (random.below(8)) {
    case 0:
    case 1:
      return random_types(random);
    case 2:
      return random_agent(random);
    case 3:
      return random_identity(random);
    case 4: {
      const std::string_view pattern = kPropertyPatterns[random.below(2)];
      return {Filter::pattern(pattern),
              [=](const EventShape& shape, bool) { return shape.pattern == pattern; }};
    }
    case 5:
      if (with_secret) {
        return {Filter::has_attribute(kSecretKey),
                [](const EventShape& shape, bool content) { return shape.secret && content; }};
      }
      return {Filter::has_attribute("model"),
              [](const EventShape& shape, bool) { return !shape.model.empty(); }};
    case 6:
      return {Filter(), [](const EventShape&, bool) { return true; }};
    default:
      return random_comparison(random);
  }
}

}  // namespace

RandomFilter random_filter(PropertyRandom& random, bool with_secret, int depth) {
  const std::uint64_t kind = depth == 0 ? 0 : random.below(6);
  if (kind < 3) return random_leaf(random, with_secret);
  RandomFilter a = random_filter(random, with_secret, depth - 1);
  if (kind == 3) {
    return {!a.filter,
            [a](const EventShape& shape, bool content) { return !a.matches(shape, content); }};
  }
  RandomFilter b = random_filter(random, with_secret, depth - 1);
  if (kind == 4) {
    return {a.filter && b.filter, [a, b](const EventShape& shape, bool content) {
              return a.matches(shape, content) && b.matches(shape, content);
            }};
  }
  return {a.filter || b.filter, [a, b](const EventShape& shape, bool content) {
            return a.matches(shape, content) || b.matches(shape, content);
          }};
}

}  // namespace tracebus::testing
