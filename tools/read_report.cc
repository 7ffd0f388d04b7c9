// SPDX-License-Identifier: Apache-2.0
#include "tracebus/tools/read_report.h"

#include <algorithm>
#include <cstddef>
#include <cstdio>

#include "tracebus/tools/text.h"

namespace tracebus {
inline namespace v1 {
namespace {

constexpr std::size_t kProblemsShown = 20;

void say(const std::string& line) { std::fprintf(stderr, "%s\n", line.c_str()); }

}  // namespace

void report_problems(const std::string& path, const ReadAccount& account) {
  const std::string name = visible(path);
  const std::size_t shown = std::min(account.problems.size(), kProblemsShown);
  for (std::size_t i = 0; i < shown; ++i) {
    const ReadProblem& problem = account.problems[i];
    const std::string place = problem.line != 0 ? ":" + std::to_string(problem.line)
                                                : ", byte " + std::to_string(problem.offset);
    say(name + place + ": " + visible(problem.message));
  }
  if (account.bad_lines > shown)
    say(name + ": and " + grouped(account.bad_lines - shown) + " more");
}

std::string account_text(const std::string& path, const ReadAccount& account) {
  return visible(path) + ": " + grouped(account.events) + " events, " + grouped(account.bad_lines) +
         " bad " + (account.lines != 0 ? "lines" : "records") + ", " + grouped(account.repaired) +
         " repaired";
}

}  // namespace v1
}  // namespace tracebus
