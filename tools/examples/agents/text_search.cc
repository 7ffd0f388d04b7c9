// SPDX-License-Identifier: Apache-2.0
#include "tracebus/tools/examples/agents/text_search.h"

#include <algorithm>
#include <cctype>
#include <memory>
#include <set>
#include <utility>

#include "tracebus/tools/examples/agents/chat_json.h"

namespace tracebus::examples {
namespace {

std::set<std::string> words_of(std::string_view text) {
  std::set<std::string> words;
  std::string word;
  for (const char c : std::string(text) + ' ') {
    const auto byte = static_cast<unsigned char>(c);
    if (std::isalnum(byte) != 0 || byte >= 0x80) {
      word += static_cast<char>(std::tolower(byte));
    } else if (!word.empty()) {
      words.insert(std::exchange(word, {}));
    }
  }
  return words;
}

}  // namespace

TextSearch::TextSearch(std::string_view text) {
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    if (end != 0) lines_.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
}

std::string TextSearch::find(std::string_view query, std::size_t lines_max) const {
  const std::set<std::string> wanted = words_of(query);
  std::vector<std::pair<std::size_t, const std::string*>> hits;
  for (const std::string& line : lines_) {
    const std::set<std::string> words = words_of(line);
    const auto count = std::count_if(wanted.begin(), wanted.end(),
                                     [&](const std::string& word) { return words.contains(word); });
    if (count != 0) hits.emplace_back(static_cast<std::size_t>(count), &line);
  }
  std::stable_sort(hits.begin(), hits.end(),
                   [](const auto& a, const auto& b) { return a.first > b.first; });
  std::string found;
  for (std::size_t i = 0; i < std::min(hits.size(), lines_max); ++i) {
    found += (found.empty() ? "" : "\n") + *hits[i].second;
  }
  return found;
}

Tool search_tool(std::string_view text) {
  return {{"search", "Finds the lines of the notes that have words of the query.",
           R"({"type": "object", "properties": {"query": {"type": "string"}}, )"
           R"("required": ["query"]})"},
          [search = std::make_shared<TextSearch>(text)](AgentRun&, std::string_view arguments) {
            const std::string found = search->find(text_member(arguments, "query"));
            return found.empty() ? std::string("nothing found") : found;
          }};
}

}  // namespace tracebus::examples
