// SPDX-License-Identifier: Apache-2.0
#include "tracebus/config/filter_config.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tracebus {
inline namespace v1 {
namespace {

constexpr std::array<std::pair<std::string_view, Compare>, 6> kComparisons = {
    {{"=", Compare::kEqual},
     {"!=", Compare::kNotEqual},
     {"<", Compare::kLess},
     {"<=", Compare::kLessEqual},
     {">", Compare::kGreater},
     {">=", Compare::kGreaterEqual}}};

Filter agents_named(const std::string& name) {
  return name.find_first_of("*?") == std::string::npos ? Filter::agent(name)
                                                       : Filter::agent_glob(name);
}

class FilterReader {
 public:
  explicit FilterReader(ConfigObject& object) : object_(object) {}

  Filter read() {
    std::vector<std::string> types;
    if (object_.texts("types", types)) {
      add(Filter::types(std::vector<std::string_view>(types.begin(), types.end())));
    }
    one_of("agents", agents_named);
    one_of("patterns", [](const std::string& name) { return Filter::pattern(name); });
    one_of("runs", [](const std::string& id) { return Filter::run(std::string_view(id)); });
    one_of("traces", [](const std::string& id) { return Filter::trace(std::string_view(id)); });
    std::vector<std::string> keys;
    object_.texts("has", keys);
    for (const std::string& key : keys) add(Filter::has_attribute(key));
    read_comparisons();
    read_filters("any", [](const Filter& a, const Filter& b) { return a || b; });
    read_filters("all", [](const Filter& a, const Filter& b) { return a && b; });
    if (ConfigObject inner = object_.object("not"); inner.is_there()) {
      add(!read_filter(std::move(inner)));
    }
    object_.refuse_others();
    return filter_;
  }

 private:
  void add(const Filter& filter) { filter_ = filter_ && filter; }

  template <class Make>
  void one_of(std::string_view key, Make make) {
    std::vector<std::string> names;
    if (!object_.texts(key, names)) return;
    if (names.empty()) {
      object_.bad(key, "is empty, so nothing could match; leave it out for all");
      return;
    }
    Filter any = make(names.front());
    for (std::size_t i = 1; i < names.size(); ++i) any = any || make(names[i]);
    add(any);
  }

  template <class Join>
  void read_filters(std::string_view key, Join join) {
    const ConfigValue* const list = object_.list(key);
    if (list == nullptr) return;
    std::optional<Filter> all;
    for (std::size_t i = 0; i < list->items.size(); ++i) {
      const std::string place = object_.where(key) + "[" + std::to_string(i) + "]";
      const Filter next = read_filter(ConfigObject(&list->items[i], place, object_.problems()));
      all = all ? join(*all, next) : next;
    }
    if (!all) {
      object_.bad(key, "is empty; give filters, or leave it out");
      return;
    }
    add(*all);
  }

  void read_comparisons() {
    const ConfigValue* const list = object_.list("where");
    if (list == nullptr) return;
    for (std::size_t i = 0; i < list->items.size(); ++i) {
      read_comparison(list->items[i], object_.where("where") + "[" + std::to_string(i) + "]");
    }
  }

  void read_comparison(const ConfigValue& value, const std::string& place) {
    using Kind = ConfigValue::Kind;
    const auto bad = [&](std::string_view message) {
      object_.problems().add(value.line, place, message);
    };
    const auto& parts = value.items;
    if (value.kind != Kind::kList || parts.size() != 3 || parts[0].kind != Kind::kText ||
        parts[1].kind != Kind::kText) {
      return bad("is no comparison; give such as [\"duration_ms\", \">\", 2000]");
    }
    const auto comparison =
        std::find_if(kComparisons.begin(), kComparisons.end(),
                     [&](const auto& known) { return known.first == parts[1].text; });
    if (comparison == kComparisons.end()) {
      return bad(config_quoted(parts[1].text) + " is none of = != < <= > >=");
    }
    std::string key;
    if (!object_.fill_in(parts[0], place, key)) return;
    std::string text;
    if (parts[2].kind == Kind::kText) {
      if (!object_.fill_in(parts[2], place, text)) return;
      add(Filter::attribute(key, comparison->second, Value(text)));
    } else if (parts[2].kind == Kind::kFlag) {
      add(Filter::attribute(key, comparison->second, Value(parts[2].flag)));
    } else if (const auto number = read_number(parts[2])) {
      add(Filter::attribute(key, comparison->second, *number));
    } else {
      bad("compares with " + std::string(to_string(parts[2].kind)) +
          "; give a text, a number, true or false");
    }
  }

  static std::optional<Value> read_number(const ConfigValue& value) {
    if (value.kind != ConfigValue::Kind::kNumber) return std::nullopt;
    const char* const begin = value.text.data();
    const char* const end = begin + value.text.size();
    std::int64_t whole = 0;
    if (std::from_chars(begin, end, whole).ptr == end) return Value(whole);
    double number = 0;
    std::from_chars(begin, end, number);
    return Value(number);
  }

  ConfigObject& object_;
  Filter filter_;
};

}  // namespace

Filter read_filter(ConfigObject object) { return FilterReader(object).read(); }

}  // namespace v1
}  // namespace tracebus
