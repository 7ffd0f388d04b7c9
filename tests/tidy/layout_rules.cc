// SPDX-License-Identifier: Apache-2.0
#include "tracebus/tests/tidy/layout_rules.h"

#include <algorithm>
#include <cctype>
#include <string>
#include <string_view>
#include <utility>

#include "tracebus/tests/tidy/function_bodies.h"

namespace tracebus::tidy {
namespace {

// Columns of UTF-8 text: every byte but the continuation bytes.
std::size_t columns(std::string_view line) {
  return static_cast<std::size_t>(std::count_if(line.begin(), line.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
  }));
}

std::string guard_of(std::string_view path) {
  std::string guard = "TRACEBUS_";
  for (const char c : path) {
    const auto byte = static_cast<unsigned char>(c);
    guard.push_back(std::isalnum(byte) != 0 ? static_cast<char>(std::toupper(byte)) : '_');
  }
  return guard + "_";
}

bool blank(std::string_view text) { return text.find_first_not_of(" \t") == std::string::npos; }

}  // namespace

Violations check_license_line(const SourceText& source) {
  const std::string license = " SPDX-License-Identifier: Apache-2.0";
  const std::size_t first = !source.lines.empty() && source.lines[0].starts_with("#!") ? 1 : 0;
  if (first < source.lines.size()) {
    const std::string& line = source.lines[first];
    for (const auto& [open, close] :
         {std::pair("//", ""), {"#", ""}, {"/*", " */"}, {"<!--", " -->"}}) {
      if (line == open + license + close) return {};
    }
  }
  return {{source.path, first + 1, "the file does not begin with the SPDX line"}};
}

Violations check_line_lengths(const SourceText& source) {
  Violations found;
  for (std::size_t i = 0; i < source.lines.size(); ++i) {
    const std::size_t count = columns(source.lines[i]);
    if (count <= kLineColumnsMax) continue;
    found.push_back({source.path, i + 1,
                     "line of " + std::to_string(count) + " columns, at most " +
                         std::to_string(kLineColumnsMax)});
  }
  return found;
}

Violations check_file_length(const SourceText& source) {
  const std::size_t max = source.is_header() ? kHeaderLinesMax : kSourceLinesMax;
  if (source.lines.size() <= max) return {};
  return {{source.path, max + 1,
           "file of " + std::to_string(source.lines.size()) + " lines, at most " +
               std::to_string(max)}};
}

Violations check_function_lengths(const SourceText& source) {
  Violations found;
  for (const FunctionBody& body : function_bodies(source)) {
    const std::size_t count = body.close_line - body.open_line + 1;
    if (count <= kFunctionLinesMax) continue;
    found.push_back({source.path, body.open_line,
                     "function of " + std::to_string(count) + " lines, at most " +
                         std::to_string(kFunctionLinesMax)});
  }
  return found;
}

Violations check_include_guard(const SourceText& source) {
  const std::string guard = guard_of(source.path);
  std::size_t first = 0;
  while (first < source.code.size() && blank(source.code[first])) ++first;
  if (first + 1 >= source.code.size() || source.lines[first] != "#ifndef " + guard ||
      source.lines[first + 1] != "#define " + guard) {
    return {{source.path, first + 1, "the include guard is not " + guard}};
  }
  if (source.lines.back() != "#endif  // " + guard) {
    return {{source.path, source.lines.size(), "the file does not end with #endif  // " + guard}};
  }
  return {};
}

}  // namespace tracebus::tidy
