// SPDX-License-Identifier: Apache-2.0
//
// Search in a few lines of text, as a tool for agents.
#ifndef TRACEBUS_TOOLS_EXAMPLES_AGENTS_TEXT_SEARCH_H_
#define TRACEBUS_TOOLS_EXAMPLES_AGENTS_TEXT_SEARCH_H_

#include <string>
#include <string_view>
#include <vector>

#include "tracebus/tools/examples/agents/agent.h"

namespace tracebus::examples {

class TextSearch {
 public:
  // Each line of text is found on its own.
  explicit TextSearch(std::string_view text);

  // The lines that hold the most words of the query, in any case, those with more of them first; at
  // most lines_max, a line each. Empty if none holds any.
  std::string find(std::string_view query, std::size_t lines_max = 3) const;

 private:
  std::vector<std::string> lines_;
};

Tool search_tool(std::string_view text);  // "search"

}  // namespace tracebus::examples

#endif  // TRACEBUS_TOOLS_EXAMPLES_AGENTS_TEXT_SEARCH_H_
