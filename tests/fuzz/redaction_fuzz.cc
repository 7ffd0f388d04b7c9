// SPDX-License-Identifier: Apache-2.0
//
// Any bytes redacted and cut. What was JSON stays JSON, what was UTF-8 stays UTF-8, and the steps
// stay in proportion to the text.
#include <simdjson.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "tracebus/core/redactor.h"
#include "tracebus/core/text_cut.h"
#include "tracebus/core/utf8.h"

namespace {

using namespace tracebus;

void require(bool holds) {
  if (!holds) std::abort();
}

bool is_container(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(" \t\n\r");
  return begin != std::string_view::npos && (text[begin] == '{' || text[begin] == '[');
}

bool is_json(std::string_view text) {
  simdjson::dom::parser parser;
  return parser.parse(simdjson::padded_string(text)).error() == simdjson::SUCCESS;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const bool cut = (data[0] & 1) != 0;
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  Redactor redactor({.rules = RedactionRules::all()});
  const std::string redacted = redactor.redact(text, cut).value_or(std::string(text));
  require(redactor.steps() <= 200 * text.size() + 1000);
  if (is_valid_utf8(text)) require(is_valid_utf8(redacted));
  const std::size_t bytes_max = data[0];
  if (is_valid_utf8(text)) require(is_valid_utf8(cut_text(text, bytes_max)));
  if (!is_container(text) || !is_json(text)) return 0;
  require(is_json(redacted));
  const std::string short_text = cut_json(text, bytes_max);
  require(short_text.size() <= bytes_max || short_text.size() == text.size());
  if (bytes_max >= text.find_first_of("{[") + 2) require(is_json(short_text));
  return 0;
}
