// SPDX-License-Identifier: Apache-2.0
#include "tracebus/studio/event_problems.h"

#include <algorithm>
#include <iterator>
#include <string>
#include <utility>

namespace tracebus {
inline namespace v1 {

void add_event_problem(ReadAccount& problems, const SpanTable& table, const ReadAccount& at) {
  if (!table.has_problem()) [[likely]]
    return;
  std::string what = table.last_problem();
  if (at.lines == 0) what = "event " + std::to_string(at.events) + ": " + what;
  problems.add_problem({at.lines, 0, std::move(what)});
}

ReadAccount with_problems(ReadAccount account, const ReadAccount& problems) {
  const auto is_before = [](const ReadProblem& a, const ReadProblem& b) { return a.line < b.line; };
  std::vector<ReadProblem> both;
  std::merge(account.problems.begin(), account.problems.end(), problems.problems.begin(),
             problems.problems.end(), std::back_inserter(both), is_before);
  if (both.size() > ReadAccount::kProblemsMax) both.resize(ReadAccount::kProblemsMax);
  account.problems = std::move(both);
  account.bad_lines += problems.bad_lines;
  return account;
}

}  // namespace v1
}  // namespace tracebus
