// SPDX-License-Identifier: Apache-2.0
//
// Random forests with orphans, cycles, duplicates, open spans and hostile texts. Oracle: each
// span's name holds a token that occurs nowhere else, so in what each renderer writes every token
// occurs once; texts are well-formed UTF-8 of one line each without a control character; JSON is
// read by a parser of others, and is of the form that its readers know.
//
//   TRACEBUS_SEEDS=10000 TRACEBUS_FIRST_SEED=1 render_json_test --gtest_filter=RenderProperty.*
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <simdjson.h>

#include <algorithm>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "tracebus/core/utf8.h"
#include "tracebus/render/jaeger_json.h"
#include "tracebus/render/timeline.h"
#include "tracebus/render/trace_json.h"
#include "tracebus/render/tree_text.h"
#include "tracebus/tests/render/random_forest.h"

namespace tracebus {
namespace {

using simdjson::dom::array;
using simdjson::dom::element;
using simdjson::dom::object;
using testing::token_of;

constexpr std::size_t kNoCut = 100'000;

std::size_t count(std::string_view text, std::string_view what) {
  std::size_t found = 0;
  for (std::size_t at = text.find(what); at != std::string_view::npos;
       at = text.find(what, at + 1)) {
    ++found;
  }
  return found;
}

void check_tokens(const Trace& trace, std::string_view text) {
  for (std::size_t i = 0; i < trace.spans().size(); ++i) {
    ASSERT_EQ(count(text, token_of(i)), 1u) << token_of(i) << " in\n" << text;
  }
}

void check_lines(const Trace& trace, const std::string& text, std::ptrdiff_t lines) {
  check_tokens(trace, text);
  ASSERT_TRUE(is_valid_utf8(text));
  ASSERT_EQ(std::ranges::count(text, '\n'), lines) << text;
  ASSERT_TRUE(std::ranges::none_of(text, [](char c) {
    return (static_cast<unsigned char>(c) < 0x20 && c != '\n') || c == 0x7F;
  })) << text;
}

void check_texts(const Trace& trace) {
  const auto spans = static_cast<std::ptrdiff_t>(trace.spans().size());
  if (spans == 0) return;
  const std::ptrdiff_t no_root = trace.get_root_span() == nullptr ? 1 : 0;
  check_lines(trace, to_timeline(trace, {.name_max = kNoCut}), no_root + 2 * spans - 1);
  const TraceTree tree = trace.get_span_tree();
  const bool headline =
      tree.tops() == 1 && spans > 1 && tree.nodes().front().place == TracePlace::kRoot;
  const std::ptrdiff_t lines = headline ? spans - 1 : spans;
  check_lines(trace, to_tree_text(trace, {.name_max = kNoCut}), lines + 3);
  check_lines(trace, to_run_text(trace, {.align = false, .name_max = kNoCut}), lines + 1);
}

std::string_view text_of(const object& from, const char* key) {
  return std::string_view(from[key].get_string().value());
}

void check_json(const Trace& trace, simdjson::dom::parser& parser) {
  const std::string json = to_json(trace);
  check_tokens(trace, json);
  ASSERT_TRUE(is_valid_utf8(json));
  const element document = parser.parse(json).value();
  ASSERT_EQ(text_of(document.get_object().value(), "trace_id"), trace.trace_id_text());
  ASSERT_EQ(document["spans"].get_array().value().size(), trace.spans().size());
  std::size_t at = 0;
  for (const element span : document["spans"]) {
    const object members = span.get_object().value();
    ASSERT_EQ(members.size(), 9u);
    ASSERT_TRUE(text_of(members, "name").ends_with(token_of(at)));
    ASSERT_EQ(members["end_time"].is_null(), trace.spans()[at]->is_open());
    ASSERT_EQ(members["parent_span_id"].is_null(), trace.spans()[at]->parent_span_id().is_none());
    ASSERT_TRUE(members["attributes"].is_object() && members["events"].is_array());
    ++at;
  }
}

bool is_hex(std::string_view text, std::size_t digits) {
  return text.size() == digits &&
         text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

void check_tags(const array& tags) {
  static const std::map<std::string_view, simdjson::dom::element_type> kTypes = {
      {"string", simdjson::dom::element_type::STRING},
      {"bool", simdjson::dom::element_type::BOOL},
      {"int64", simdjson::dom::element_type::INT64},
      {"binary", simdjson::dom::element_type::STRING},
      {"float64", simdjson::dom::element_type::DOUBLE}};
  for (const element tag : tags) {
    const object members = tag.get_object().value();
    ASSERT_EQ(members.size(), 3u);
    const auto type = kTypes.find(text_of(members, "type"));
    ASSERT_NE(type, kTypes.end());
    ASSERT_EQ(members["value"].type().value(), type->second);
    ASSERT_TRUE(members["key"].is_string());
  }
}

// The facts that Jaeger's user interface relies on, among them that no span is its own ancestor.
void check_jaeger(const Trace& trace, simdjson::dom::parser& parser) {
  const std::string json = to_jaeger_format(trace);
  check_tokens(trace, json);
  const element document = parser.parse(json).value();
  const object data = document["data"].at(0).get_object().value();
  ASSERT_TRUE(is_hex(text_of(data, "traceID"), 32));
  ASSERT_EQ(data["spans"].get_array().value().size(), trace.spans().size());
  std::map<std::string, std::string, std::less<>> parents;  // of the first span with an id
  for (const element span : data["spans"]) {
    const object members = span.get_object().value();
    ASSERT_EQ(text_of(members, "traceID"), text_of(data, "traceID"));
    ASSERT_TRUE(is_hex(text_of(members, "spanID"), 16));
    ASSERT_TRUE(members["startTime"].is_int64());
    ASSERT_GE(members["duration"].get_int64().value(), 0);
    ASSERT_TRUE(data["processes"][text_of(members, "processID")].is_object());
    check_tags(members["tags"].get_array().value());
    std::string parent;
    for (const element reference : members["references"]) {
      ASSERT_EQ(std::string_view(reference["refType"]), "CHILD_OF");
      ASSERT_TRUE(is_hex(std::string_view(reference["spanID"]), 16));
      parent = std::string_view(reference["spanID"]);
    }
    std::string_view warning;
    if (members["warnings"].error() == simdjson::SUCCESS) {
      warning = std::string_view(members["warnings"].at(0));
    }
    const bool is_duplicate = warning.find("is there twice") != std::string_view::npos;
    if (!is_duplicate) parents.emplace(text_of(members, "spanID"), parent);
  }
  for (const auto& [id, parent] : parents) {
    std::size_t steps = 0;
    for (auto at = parents.find(parent); at != parents.end(); at = parents.find(at->second)) {
      ASSERT_LT(++steps, parents.size()) << id << " is its own ancestor";
    }
  }
}

TEST(RenderProperty, EverySpanAppearsOnceInEveryForm) {
  simdjson::dom::parser parser;
  testing::each_forest([&](const Trace& trace) {
    check_texts(trace);
    check_json(trace, parser);
    check_jaeger(trace, parser);
  });
}

}  // namespace
}  // namespace tracebus
