// SPDX-License-Identifier: Apache-2.0
#include "tracebus/tools/examples/agents/calculator.h"

#include <charconv>
#include <cmath>
#include <cstdio>

#include "tracebus/tools/examples/agents/chat_json.h"

namespace tracebus::examples {
namespace {

class Expression {
 public:
  explicit Expression(std::string_view text) : text_(text) {}

  double value() {
    const double result = sum();
    skip_spaces();
    if (!text_.empty()) throw ToolError("there is something behind the expression");
    return result;
  }

 private:
  void skip_spaces() {
    while (text_.starts_with(' ')) text_.remove_prefix(1);
  }
  bool take(char c) {
    skip_spaces();
    if (!text_.starts_with(c)) return false;
    text_.remove_prefix(1);
    return true;
  }

  double sum() {
    double result = product();
    for (;;) {
      if (take('+')) {
        result += product();
      } else if (take('-')) {
        result -= product();
      } else {
        return result;
      }
    }
  }

  double product() {
    double result = factor();
    for (;;) {
      if (take('*')) {
        result *= factor();
      } else if (take('/')) {
        result /= factor();
      } else {
        return result;
      }
    }
  }

  double factor() {
    if (++depth_ > kExpressionDepthMax) throw ToolError("the expression is nested too deep");
    double result = 0;
    if (take('-')) {
      result = -factor();
    } else if (take('(')) {
      result = sum();
      if (!take(')')) throw ToolError("a parenthesis is not closed");
    } else {
      result = number();
    }
    --depth_;
    return result;
  }

  double number() {
    skip_spaces();
    double result = 0;
    const auto read = std::from_chars(text_.data(), text_.data() + text_.size(), result,
                                      std::chars_format::fixed);
    if (read.ec != std::errc()) throw ToolError("a number is missing or too large");
    text_.remove_prefix(static_cast<std::size_t>(read.ptr - text_.data()));
    return result;
  }

  std::string_view text_;
  int depth_ = 0;
};

}  // namespace

std::string calculate(std::string_view expression) {
  if (expression.size() > kExpressionBytesMax) throw ToolError("the expression is too long");
  const double result = Expression(expression).value();
  constexpr double kMax = 1e15;
  if (!(std::abs(result) < kMax)) throw ToolError("the result is no number, or too large");
  char text[64];
  std::snprintf(text, sizeof text, "%.6f", result);
  std::string shown = text;
  shown.erase(shown.find_last_not_of('0') + 1);
  if (shown.ends_with('.')) shown.pop_back();
  return shown == "-0" ? "0" : shown;
}

Tool calculator_tool() {
  return {{"calculator", "Works out an expression of numbers, + - * / and parentheses.",
           R"({"type": "object", "properties": {"expression": {"type": "string"}}, )"
           R"("required": ["expression"]})"},
          [](AgentRun&, std::string_view arguments) {
            return calculate(text_member(arguments, "expression"));
          }};
}

}  // namespace tracebus::examples
