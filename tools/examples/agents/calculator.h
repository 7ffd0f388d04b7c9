// SPDX-License-Identifier: Apache-2.0
//
// A calculator, as a tool for agents: + - * / and parentheses on decimal numbers.
#ifndef TRACEBUS_TOOLS_EXAMPLES_AGENTS_CALCULATOR_H_
#define TRACEBUS_TOOLS_EXAMPLES_AGENTS_CALCULATOR_H_

#include <cstddef>
#include <string>
#include <string_view>

#include "tracebus/tools/examples/agents/agent.h"

namespace tracebus::examples {

inline constexpr std::size_t kExpressionBytesMax = 1000;
inline constexpr int kExpressionDepthMax = 50;

// As a decimal number with up to 6 digits behind the point. Throws ToolError for what is no
// expression, is too long or nested too deep, and for a result that is no number.
std::string calculate(std::string_view expression);

Tool calculator_tool();  // "calculator"

}  // namespace tracebus::examples

#endif  // TRACEBUS_TOOLS_EXAMPLES_AGENTS_CALCULATOR_H_
