// SPDX-License-Identifier: Apache-2.0
#include "tracebus/studio/span_filter.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <limits>
#include <span>
#include <string_view>

#include "tracebus/core/event_type.h"
#include "tracebus/core/hash.h"
#include "tracebus/core/ids.h"
#include "tracebus/core/json_writer.h"
#include "tracebus/studio/provider_names.h"
#include "tracebus/trace/nano_dollars.h"

namespace tracebus {
inline namespace v1 {
namespace {

char lower(char c) noexcept { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

// REQUIRES: what is in lower case, and not empty.
bool contains(std::string_view text, std::string_view what) noexcept {
  return std::search(text.begin(), text.end(), what.begin(), what.end(),
                     [](char a, char b) { return lower(a) == b; }) != text.end();
}

bool contains(const Value& value, std::string_view what) noexcept {
  switch (value.type()) {
    case ValueType::kString:
      return contains(value.as_string(), what);
    case ValueType::kArray:
      return std::ranges::any_of(value.as_array(),
                                 [what](const Value& item) { return contains(item, what); });
    case ValueType::kObject:
      return std::ranges::any_of(value.as_object(), [what](const Attribute& member) {
        return contains(member.value, what);
      });
    default:
      return false;
  }
}

bool equals(const Value& value, std::string_view text) {
  std::string json;
  switch (value.type()) {
    case ValueType::kString:
      return value.as_string() == text;
    case ValueType::kBool:
      return text == (value.as_bool() ? "true" : "false");
    case ValueType::kInt64:
      append_json_int64(json, value.as_int64());
      return json == text;
    case ValueType::kDouble:
      append_json_double(json, value.as_double());
      return json == text;
    case ValueType::kNull:
      return text == "null";
    default:
      return false;
  }
}

// Whether a value that path names says text: a key as it is written, or keys of objects within one
// another, and places of lists, with dots between them.
bool says(std::span<const Attribute> members, std::string_view path, std::string_view text);

bool says(const Value& value, std::string_view path, std::string_view text) {
  if (path.empty()) return equals(value, text);
  path.remove_prefix(1);
  if (value.type() == ValueType::kObject) return says(value.as_object(), path, text);
  if (value.type() != ValueType::kArray) return false;
  const std::string_view place = path.substr(0, path.find('.'));
  std::size_t index = 0;
  const auto parsed = std::from_chars(place.data(), place.data() + place.size(), index);
  if (parsed.ec != std::errc() || parsed.ptr != place.data() + place.size()) return false;
  const auto& items = value.as_array();
  return index < items.size() && says(items[index], path.substr(place.size()), text);
}

bool says(std::span<const Attribute> members, std::string_view path, std::string_view text) {
  return std::ranges::any_of(members, [path, text](const Attribute& each) {
    const std::string_view key = each.key;
    if (!path.starts_with(key) || (path.size() > key.size() && path[key.size()] != '.')) {
      return false;
    }
    return says(each.value, path.substr(key.size()), text);
  });
}

bool is_tag_key(std::string_view key) noexcept {
  return key == "tag.tags" || key == "tags" || key == "langfuse.trace.tags";
}

bool has_tag(const Value& value, std::string_view tag) {
  if (value.type() != ValueType::kArray) return equals(value, tag);
  return std::ranges::any_of(value.as_array(),
                             [tag](const Value& item) { return equals(item, tag); });
}

std::uint64_t word_of(const SpanId& id) noexcept {
  return load_word<std::uint64_t>(reinterpret_cast<const char*>(id.bytes.data()));
}

// Rounded outwards or inwards does not matter: no amount lies between two billionths.
std::optional<std::int64_t> nanos_of(std::optional<double> units, double per_unit) noexcept {
  if (!units) return std::nullopt;
  const double nanos = *units * per_unit;
  if (!(nanos > -9.2e18)) return std::numeric_limits<std::int64_t>::min();
  return nanos < 9.2e18 ? std::llround(nanos) : std::numeric_limits<std::int64_t>::max();
}

// A mask of the last rows of a chunk, from begin.
struct Rows {
  SpanMask& mask;
  std::uint32_t begin;
};

// Clears the bytes of the mask where rule(value) does not hold.
template <class T, class Rule>
bool narrow(const Rows& at, const SpanColumn<T>& column, const Rule& rule) {
  SpanMask& mask = at.mask;
  if (column.data() == nullptr) return rule(T{});
  const T* const values = column.data() + at.begin;
  const std::size_t rows = mask.size();
  std::uint8_t* const marks = mask.data();
  for (std::size_t i = 0; i < rows; ++i) {
    marks[i] = static_cast<std::uint8_t>(marks[i] & static_cast<std::uint8_t>(rule(values[i])));
  }
  return true;
}

}  // namespace

SpanFilter::SpanFilter(const SpanTable& table, const SpanQuery& query)
    : table_(table), duration_min_ns_(nanos_of(query.min_duration_ms, 1e6)),
      duration_max_ns_(nanos_of(query.max_duration_ms, 1e6)),
      cost_min_(nanos_of(query.min_cost_usd, 1e9)), cost_max_(nanos_of(query.max_cost_usd, 1e9)),
      from_ns_(query.from_ns), until_ns_(query.until_ns), attributes_(query.attributes),
      number_min_(query.number_min), tag_(query.tag) {
  add_type(query.event_type);
  add_text(SpanText::kAgent, query.agent_name);
  add_text(SpanText::kModel, query.model);
  add_provider(query.provider);
  add_text(SpanText::kWorkflow, query.workflow);
  add_text(SpanText::kPattern, query.pattern);
  add_text(SpanText::kSession, query.session);
  add_text(SpanText::kUser, query.user);
  add_ids(query);
  if (query.kind) kind_ = static_cast<std::uint8_t>(static_cast<int>(*query.kind) + 1);
  constexpr std::uint32_t kBoth = span_flag::kFailed | span_flag::kOk;
  if (query.status == SpanStatus::kFailed) flags_wanted_ |= span_flag::kFailed;
  if (query.status == SpanStatus::kOk) flags_wanted_ |= span_flag::kOk;
  if (query.status == SpanStatus::kUnset) flags_unwanted_ |= kBoth;
  if (query.open_only) flags_wanted_ |= span_flag::kOpen;
  if (query.guards_fired) flags_wanted_ |= span_flag::kGuardFired;
  if (from_ns_ || until_ns_) flags_wanted_ |= span_flag::kHasTime;
  if (duration_min_ns_ || duration_max_ns_) flags_wanted_ |= span_flag::kHasDuration;
  if (cost_min_ || cost_max_) flags_wanted_ |= span_flag::kHasCost;
  find_names(query.text);
}

void SpanFilter::add_text(SpanText column, const std::string& text) {
  if (text.empty()) return;
  const auto number = table_.names().of(column).find(text);
  if (!number) {
    is_none_ = true;
    return;
  }
  texts_.push_back({column, {*number}});
}

void SpanFilter::add_type(const std::string& type) {
  if (type.empty()) return;
  const NameTable& names = table_.names().of(SpanText::kType);
  TextRule rule{SpanText::kType, {}};
  const auto add = [&](std::string_view name) {
    if (const auto number = names.find(name)) rule.numbers.push_back(*number);
  };
  add(type);
  const EventType wanted = EventType::find(type);
  for (const EventType alias : aliases_of(wanted)) add(alias.name());
  // A whole call is its own end, and `cost` another name of the record.
  if (wanted == kLlmCallEnd) add(kLlmCall.name());
  if (wanted == kCostRecord) add(kCost.name());
  if (rule.numbers.empty()) is_none_ = true;
  texts_.push_back(std::move(rule));
}

// By what events say, or by what is shown for it, in any case: "anthropic", "Anthropic", "Google"
// of "gcp.gemini". Events that say none have the one that their model tells.
void SpanFilter::add_provider(const std::string& provider) {
  if (provider.empty()) return;
  const auto is_it = [&provider](std::string_view name) {
    return std::ranges::equal(name, provider, {}, lower, lower);
  };
  const NameTable& providers = table_.names().of(SpanText::kProvider);
  const NameTable& models = table_.names().of(SpanText::kModel);
  ProviderRule rule{std::vector<std::uint8_t>(providers.size()),
                    std::vector<std::uint8_t>(models.size())};
  for (std::uint32_t number = 1; number < providers.size(); ++number) {
    const std::string_view name = providers.text(number);
    rule.providers[number] = is_it(name) || is_it(provider_label(name));
  }
  for (std::uint32_t number = 1; number < models.size(); ++number) {
    rule.models[number] = is_it(provider_of_model(models.text(number)));
  }
  provider_ = std::move(rule);
}

void SpanFilter::add_ids(const SpanQuery& query) {
  if (!query.run_id.empty()) run_ = table_.runs().find(query.run_id);
  if (!query.trace_id.empty()) trace_ = table_.runs().find_trace(query.trace_id);
  if (run_ == 0u || trace_ == 0u) is_none_ = true;
  if (query.span_id.empty()) return;
  // One that looks like ours may be a foreign text all the same.
  if (const auto id = SpanId::from_hex(query.span_id, true)) span_ids_.push_back(word_of(*id));
  span_ids_.push_back(word_of(SpanId::from_foreign(query.span_id)));
}

void SpanFilter::find_names(const std::string& text) {
  for (const char c : text) text_ += lower(c);
  if (text_.empty()) return;
  for (std::size_t i = 0; i < kSpanTexts; ++i) {
    names_with_text_[i].resize(table_.names().columns[i].size());
  }
}

bool SpanFilter::match(const SpanChunk& chunk, SpanMask& mask, std::uint32_t begin) const {
  if (is_none_ || chunk.rows <= begin) return false;
  if (chunk.first + chunk.rows <= number_min_) return false;
  if (from_ns_ && chunk.time_max_ns < *from_ns_) return false;
  if (until_ns_ && chunk.time_min_ns >= *until_ns_) return false;
  mask.assign(chunk.rows - begin, 1);
  if (const std::uint64_t first = chunk.first + begin; first < number_min_) {
    std::fill_n(mask.begin(), static_cast<std::size_t>(number_min_ - first), std::uint8_t{0});
  }
  if (!match_columns(chunk, begin, mask)) return false;
  if (attributes_.empty() && tag_.empty() && text_.empty()) return true;
  for (std::uint32_t row = begin; row < chunk.rows; ++row) {
    std::uint8_t& mark = mask[row - begin];
    if (mark != 0 && !match_payload({&chunk, row})) mark = 0;
  }
  return true;
}

bool SpanFilter::match_columns(const SpanChunk& chunk, std::uint32_t begin, SpanMask& mask) const {
  const Rows at{mask, begin};
  const auto equal_to = [](auto wanted) {
    return [wanted](auto value) { return value == wanted; };
  };
  for (const TextRule& rule : texts_) {
    const auto& column = chunk.text(rule.column);
    if (rule.numbers.size() == 1) {
      if (!narrow(at, column, equal_to(rule.numbers[0]))) return false;
      continue;
    }
    const auto one_of = [&rule](std::uint32_t value) {
      return std::ranges::find(rule.numbers, value) != rule.numbers.end();
    };
    if (!narrow(at, column, one_of)) return false;
  }
  if (provider_) {
    const auto& providers = chunk.text(SpanText::kProvider);
    const auto& models = chunk.text(SpanText::kModel);
    for (std::uint32_t row = begin; row < chunk.rows; ++row) {
      const std::uint32_t provider = providers[row];
      const std::uint8_t is_it =
          provider != 0 ? provider_->providers[provider] : provider_->models[models[row]];
      mask[row - begin] = static_cast<std::uint8_t>(mask[row - begin] & is_it);
    }
  }
  if (run_ && !narrow(at, chunk.run, equal_to(*run_))) return false;
  if (trace_ && !narrow(at, chunk.trace, equal_to(*trace_))) return false;
  if (!span_ids_.empty()) {
    const auto rule = [this](std::uint64_t id) {
      return id == span_ids_.front() || id == span_ids_.back();
    };
    if (!narrow(at, chunk.span_id, rule)) return false;
  }
  if (kind_ && !narrow(at, chunk.kind, equal_to(*kind_))) return false;
  if ((flags_wanted_ | flags_unwanted_) != 0) {
    const std::uint32_t looked_at = flags_wanted_ | flags_unwanted_;
    const auto rule = [looked_at, wanted = flags_wanted_](std::uint32_t flags) {
      return (flags & looked_at) == wanted;
    };
    if (!narrow(at, chunk.flags, rule)) return false;
  }
  const auto within = [&at](const SpanColumn<std::int64_t>& column,
                            std::optional<std::int64_t> least, std::optional<std::int64_t> most) {
    if (!least && !most) return true;
    constexpr std::int64_t kLeast = std::numeric_limits<std::int64_t>::min();
    constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();
    return narrow(at, column,
                  [low = least.value_or(kLeast), high = most.value_or(kMost)](std::int64_t value) {
                    return value >= low && value <= high;
                  });
  };
  std::optional<std::int64_t> last_ns;
  if (until_ns_) last_ns = *until_ns_ - (*until_ns_ > std::numeric_limits<std::int64_t>::min());
  return within(chunk.duration_ns, duration_min_ns_, duration_max_ns_) &&
         within(chunk.cost_nanos, cost_min_, cost_max_) && within(chunk.time_ns, from_ns_, last_ns);
}

bool SpanFilter::match_payload(const SpanRow& at) const {
  const TraceEvent event = table_.event_at(at);
  for (const auto& wanted : attributes_) {
    const std::span<const Attribute> members(event.payload.begin(), event.payload.end());
    if (!says(members, wanted.first, wanted.second)) return false;
  }
  if (!tag_.empty()) {
    const bool found = std::any_of(
        event.payload.begin(), event.payload.end(),
        [&](const Attribute& each) { return is_tag_key(each.key) && has_tag(each.value, tag_); });
    if (!found) return false;
  }
  return text_.empty() || has_text(at, event.payload);
}

bool SpanFilter::has_text(const SpanRow& at, const Payload& payload) const {
  for (std::size_t i = 0; i < kSpanTexts; ++i) {
    const std::uint32_t number = at.chunk->texts[i][at.row];
    if (number == 0) continue;
    HasText& known = names_with_text_[i][number];
    if (known == HasText::kUnknown) {
      const bool has = contains(table_.names().columns[i].text(number), text_);
      known = has ? HasText::kYes : HasText::kNo;
    }
    if (known == HasText::kYes) return true;
  }
  return std::any_of(payload.begin(), payload.end(),
                     [this](const Attribute& each) { return contains(each.value, text_); });
}

}  // namespace v1
}  // namespace tracebus
