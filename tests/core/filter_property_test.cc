// SPDX-License-Identifier: Apache-2.0
//
// Random filters against a naive evaluator that looks at the TraceEvent, not at its record. The
// oracle is the definition of each test in core/filter.h, written as directly as possible.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "tracebus/core/filter.h"
#include "tracebus/tests/core/record_buffer.h"

namespace tracebus::testing {
namespace {

using Oracle = std::function<bool(const TraceEvent&)>;

struct Pair {
  Filter filter;
  Oracle oracle;
};

const std::vector<std::string_view> kTypes = {"error",      "llm_call",     "llm_call_end",
                                              "cost",       "cost_record",  "property_type",
                                              "not known",  "unknown too"};
const std::vector<std::string_view> kNames = {"", "a", "ab", "b", "role-1", "role-22", "\u00e9"};
const std::vector<std::string_view> kGlobs = {"*", "?", "a*", "*b", "role-?", "r*-*2", "??*"};
const std::vector<Value> kValues = {nullptr, false, true, 1, 2, 2.0, 2.5, std::nan(""), "1", "2",
                                    9007199254740993, 9007199254740992.0};

bool glob_matches(std::string_view glob, std::string_view text) {
  if (glob.empty()) return text.empty();
  if (glob.front() == '*') {
    for (std::size_t skipped = 0; skipped <= text.size(); ++skipped) {
      if (glob_matches(glob.substr(1), text.substr(skipped))) return true;
    }
    return false;
  }
  if (text.empty()) return false;
  const std::size_t bytes = text.front() == '\xC3' ? 2 : 1;  // the only other lead byte used here
  if (glob.front() != '?' && glob.front() != text.front()) return false;
  return glob_matches(glob.substr(1), text.substr(glob.front() == '?' ? bytes : 1));
}

// Long doubles hold every int64 exactly.
static_assert(std::numeric_limits<long double>::digits >= 64);

std::optional<long double> number(const Value& value) {
  if (value.type() == ValueType::kInt64) return value.as_int64();
  if (value.type() == ValueType::kDouble) return value.as_double();
  return std::nullopt;
}

template <class T>
bool holds(const T& a, Compare compare, const T& b) {
  switch (compare) {
    case Compare::kEqual:
      return a == b;
    case Compare::kNotEqual:
      return a != b;
    case Compare::kLess:
      return a < b;
    case Compare::kLessEqual:
      return a <= b;
    case Compare::kGreater:
      return a > b;
    case Compare::kGreaterEqual:
      return a >= b;
  }
  return false;
}

bool value_matches(const Value& held, Compare compare, const Value& asked) {
  if (number(held) && number(asked)) return holds(*number(held), compare, *number(asked));
  if (held.type() != asked.type()) return false;
  if (held.type() == ValueType::kBool) return holds(held.as_bool(), compare, asked.as_bool());
  if (held.type() == ValueType::kString) return holds(held.as_string(), compare, asked.as_string());
  return false;
}

const Value* last(const TraceEvent& event, std::string_view key) {
  const Value* found = nullptr;
  for (const Attribute& attribute : event.payload) {
    if (attribute.key == key) found = &attribute.value;
  }
  return found;
}

bool is_alias(std::string_view type, std::string_view of) {
  return (of == "llm_call" && type == "llm_call_end") || (of == "cost" && type == "cost_record");
}

class Generator {
 public:
  explicit Generator(std::uint64_t seed) : random_(seed) {}

  Pair filter(int depth) {
    switch (below(depth == 0 ? 7 : 11)) {
      case 0:
        return {Filter(), [](const TraceEvent&) { return true; }};
      case 1:
        return types();
      case 2:
        return agent(pick(kNames));
      case 3:
        return agent_glob(pick(kGlobs));
      case 4:
        return pattern(pick(kNames));
      case 5:
        return has_attribute(pick(kNames));
      case 6:
        return attribute(pick(kNames), static_cast<Compare>(below(6)), pick(kValues));
      case 7:
      case 8:
        return both(filter(depth - 1), filter(depth - 1));
      case 9:
        return either(filter(depth - 1), filter(depth - 1));
      default:
        return neither(filter(depth - 1));
    }
  }

  TraceEvent event() {
    TraceEvent made;
    made.event_type = pick(kTypes);
    made.agent_name = pick(kNames);
    made.pattern_type = pick(kNames);
    for (std::uint64_t left = below(4); left != 0; --left) {
      made.payload.add(pick(kNames), pick(kValues));
    }
    return made;
  }

 private:
  std::uint64_t below(std::uint64_t bound) { return random_() % bound; }
  template <class T>
  const T& pick(const std::vector<T>& from) {
    return from[below(from.size())];
  }

  Pair types() {
    std::vector<std::string_view> names;
    for (std::uint64_t left = below(4); left != 0; --left) names.push_back(kTypes[below(6)]);
    return {Filter::types(names), [names](const TraceEvent& event) {
              return std::ranges::any_of(names, [&](std::string_view name) {
                return event.event_type == name || is_alias(event.event_type, name);
              });
            }};
  }
  static Pair agent(std::string_view name) {
    return {Filter::agent(name), [name](const TraceEvent& e) { return e.agent_name == name; }};
  }
  static Pair agent_glob(std::string_view glob) {
    return {Filter::agent_glob(glob),
            [glob](const TraceEvent& event) { return glob_matches(glob, event.agent_name); }};
  }
  static Pair pattern(std::string_view name) {
    return {Filter::pattern(name), [name](const TraceEvent& e) { return e.pattern_type == name; }};
  }
  static Pair has_attribute(std::string_view key) {
    return {Filter::has_attribute(key),
            [key](const TraceEvent& event) { return last(event, key) != nullptr; }};
  }
  static Pair attribute(std::string_view key, Compare compare, const Value& value) {
    return {Filter::attribute(key, compare, value), [=](const TraceEvent& event) {
              const Value* const held = last(event, key);
              return held != nullptr && value_matches(*held, compare, value);
            }};
  }
  static Pair both(const Pair& a, const Pair& b) {
    return {a.filter && b.filter,
            [a, b](const TraceEvent& event) { return a.oracle(event) && b.oracle(event); }};
  }
  static Pair either(const Pair& a, const Pair& b) {
    return {a.filter || b.filter,
            [a, b](const TraceEvent& event) { return a.oracle(event) || b.oracle(event); }};
  }
  static Pair neither(const Pair& a) {
    return {!a.filter, [a](const TraceEvent& event) { return !a.oracle(event); }};
  }

  std::mt19937_64 random_;
};

struct Sample {
  TraceEvent event;
  RecordBuffer record;
};

// REQUIRES: every type that a filter will name is registered, as a bus has it: an event that is
// emitted after subscribing finds the type registered by its filter.
std::vector<Sample> samples(Generator& generator, std::size_t count) {
  std::vector<Sample> made;
  for (std::size_t i = 0; i < count; ++i) {
    const TraceEvent event = generator.event();
    made.push_back({event, RecordBuffer::friendly(event)});
  }
  return made;
}

TEST(FilterProperty, RandomFiltersAgreeWithANaiveEvaluator) {
  EventType::registered("property_type");
  constexpr std::uint64_t kSeed = 20'260'616;
  Generator generator(kSeed);
  const std::vector<Sample> events = samples(generator, 200);
  std::map<std::string, std::string> outcome_of_text;
  std::size_t matched = 0;
  for (int round = 0; round < 3000; ++round) {
    const Pair pair = generator.filter(4);
    const CompiledFilter compiled(pair.filter);
    const std::string where = "seed " + std::to_string(kSeed) + ", round " + std::to_string(round) +
                              ": " + compiled.key();
    std::string outcome;
    for (const Sample& sample : events) {
      const bool expected = pair.oracle(sample.event);
      const EventView view = sample.record.view();
      const bool may = compiled.may_match_type(view.type().number());
      ASSERT_TRUE(may || !expected) << where;
      if (may) {
        ASSERT_EQ(compiled.matches(view), expected) << where;
      }
      outcome += expected ? '1' : '0';
      matched += expected;
    }
    const auto [known, is_new] = outcome_of_text.emplace(compiled.key(), outcome);
    ASSERT_EQ(known->second, outcome) << where << ": one text, two meanings";
  }
  EXPECT_GT(matched, 100'000u) << "the generator's filters match too little to prove anything";
}

}  // namespace
}  // namespace tracebus::testing
