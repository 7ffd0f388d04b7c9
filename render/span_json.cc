// SPDX-License-Identifier: Apache-2.0
#include "tracebus/render/span_json.h"

#include <bit>
#include <cstddef>
#include <cstdint>
#include <unordered_map>

#include "tracebus/core/json_writer.h"

namespace tracebus {
inline namespace v1 {
namespace {

class AttributeList {
 public:
  void add(std::string_view key, const ValueView& value) {
    const auto [place, is_new] = places_.try_emplace(key, all_.size());
    if (is_new) {
      all_.push_back({key, value});
    } else {
      all_[place->second].value = value;
    }
  }
  std::vector<AttributeView> take() { return std::move(all_); }

 private:
  std::vector<AttributeView> all_;
  std::unordered_map<std::string_view, std::size_t> places_;
};

}  // namespace

std::vector<AttributeView> attributes_of(const TraceSpan& span) {
  AttributeList list;
  span.each_attribute([&](std::string_view key, const ValueView& value) { list.add(key, value); });
  return list.take();
}

std::vector<AttributeView> attributes_of(const TraceSpan& span, const SpanFigures& own) {
  std::vector<AttributeView> attributes = attributes_of(span);
  if (own.has_cost && !span.figures().has_cost) {
    attributes.push_back({"cost_usd", ValueView::of_double_bits(
                                          std::bit_cast<std::uint64_t>(own.cost.to_dollars()))});
  }
  return attributes;
}

std::vector<AttributeView> attributes_of(const ObjectView& object) {
  AttributeList list;
  for (const AttributeView& member : object) list.add(member.key, member.value);
  return list.take();
}

void append_json_comma(std::string& out) {
  if (!out.empty() && out.back() != '{' && out.back() != '[') out += ',';
}

void append_json_key(std::string& out, std::string_view key) {
  append_json_comma(out);
  append_json_string(out, key);
  out += ':';
}

void append_json_member(std::string& out, std::string_view key, std::string_view value) {
  append_json_key(out, key);
  append_json_string(out, value);
}

}  // namespace v1
}  // namespace tracebus
