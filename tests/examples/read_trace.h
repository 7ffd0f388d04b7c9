// SPDX-License-Identifier: Apache-2.0
//
// What example programs wrote into their files, as values, and the tree of their spans as text.
#ifndef TRACEBUS_TESTS_EXAMPLES_READ_TRACE_H_
#define TRACEBUS_TESTS_EXAMPLES_READ_TRACE_H_

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tracebus::testing {

// An event that was read. Ids are as text, hex or foreign; empty where there are none.
struct ReadEvent {
  std::string type;
  std::string agent;
  std::string pattern;
  std::string run;
  std::string trace;
  std::string span;
  std::string parent;
  std::vector<std::pair<std::string, std::string>> payload;  // values as JSON

  // The last value of a key as JSON; empty if it is not there.
  std::string operator[](std::string_view key) const;
  // The end of a span.
  bool is_end() const { return !(*this)["span.status"].empty(); }
};
using ReadEvents = std::vector<ReadEvent>;

// Of several files, one after the other. A failure of the test if anything cannot be read.
ReadEvents read_trace(const std::vector<std::string>& paths);

ReadEvents of_type(const ReadEvents& events, std::string_view type);

// The ended spans, each below its parent, a line each in the order in which they began:
//   AGENT "bull" error rounds=2
//     TOOL "search"
// that is kind, name, status if it is not unset, and the attributes but for what every span has and
// what time says. A span whose parent is not there begins with "...".
std::string tree_of(const ReadEvents& events);

}  // namespace tracebus::testing

#endif  // TRACEBUS_TESTS_EXAMPLES_READ_TRACE_H_
