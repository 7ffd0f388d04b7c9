// SPDX-License-Identifier: Apache-2.0
#include "tracebus/trace/environment_carrier.h"

#include <gtest/gtest.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/wait.h>

#include <cstring>
#include <string>
#include <vector>

#include "tracebus/trace/propagation.h"

namespace tracebus {
namespace {

constexpr const char* kParent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

std::vector<std::string> variables_of(ChildEnvironment& environment) {
  std::vector<std::string> variables;
  for (char* const* at = environment.envp(); *at != nullptr; ++at) variables.emplace_back(*at);
  return variables;
}

// What a child process says that was started with that environment. Its exit status is checked.
int exit_status(ChildEnvironment& environment, const std::string& script) {
  std::string shell = "/bin/sh", flag = "-c", command = script;
  char* const arguments[] = {shell.data(), flag.data(), command.data(), nullptr};
  pid_t child = 0;
  if (posix_spawn(&child, "/bin/sh", nullptr, nullptr, arguments, environment.envp()) != 0) {
    return -1;
  }
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

TEST(Row59_EnvironmentTest, NamesAreThoseOfVariables) {
  EXPECT_EQ(environment_name("traceparent"), "TRACEPARENT");
  EXPECT_EQ(environment_name("X-B3.traceId"), "X_B3_TRACEID");
  EXPECT_EQ(environment_name("7up"), "_7UP");
  EXPECT_EQ(environment_name(""), "_");
  EXPECT_EQ(environment_name("\xC3\xB6"), "__");
}

TEST(Row59_EnvironmentTest, ChildGetsWhatItsParentHasAndTheContext) {
  setenv("TRACEBUS_TEST_INHERITED", "yes", 1);
  setenv("TRACEPARENT", "of whoever started this process", 1);
  ChildEnvironment environment;
  inject(extract(std::vector<std::pair<std::string, std::string>>{{"traceparent", kParent},
                                                                  {"baggage", "tenant=acme"}})
             .context,
         environment, {.agent_name = "planner"});
  EXPECT_EQ(exit_status(environment, std::string("[ $TRACEPARENT = ") + kParent +
                                         " ] && [ $BAGGAGE = "
                                         "agent.handoff.from=planner,tenant=acme ] && "
                                         "[ $TRACEBUS_TEST_INHERITED = yes ] && "
                                         "[ -z \"$TRACESTATE\" ] && exit 42"),
            42);
  EXPECT_STREQ(getenv("TRACEPARENT"), "of whoever started this process");
  unsetenv("TRACEPARENT");
}

TEST(Row59_EnvironmentTest, ProcessReadsItsOwnVariables) {
  setenv("TRACEPARENT", kParent, 1);
  setenv("TRACESTATE", "rojo=1", 1);
  setenv("BAGGAGE", "agent.handoff.reason=needs%20research", 1);
  const Extracted extracted = extract(ProcessEnvironment());
  EXPECT_EQ(extracted.context.span_id().hex(), "b7ad6b7169203331");
  EXPECT_EQ(extracted.context.trace_state().get("rojo"), "1");
  EXPECT_EQ(extracted.hand_off.handoff_reason, "needs research");
  setenv("TRACEPARENT", "", 1);
  EXPECT_FALSE(ProcessEnvironment().get("traceparent"));
  unsetenv("TRACEPARENT");
  unsetenv("TRACESTATE");
  unsetenv("BAGGAGE");
  EXPECT_FALSE(extract(ProcessEnvironment()).context.has_span());
}

TEST(Row59_EnvironmentTest, VariablesAreSetReplacedAndErased) {
  ChildEnvironment environment = ChildEnvironment::empty();
  EXPECT_TRUE(variables_of(environment).empty());
  environment.set("a", "1");
  environment.set("ab", "2");
  environment.set("A", "3");
  EXPECT_EQ(variables_of(environment), (std::vector<std::string>{"AB=2", "A=3"}));
  EXPECT_EQ(environment.get("a"), "3");
  environment.erase("a");
  EXPECT_EQ(environment.get("a"), std::nullopt);
  environment.set("b", std::string_view("x\0y", 3));
  EXPECT_EQ(variables_of(environment), (std::vector<std::string>{"AB=2", "B=x"}));
}

// Context that the parent does not have does not reach the child by way of its variables.
TEST(Row59_EnvironmentTest, RootContextTakesTheVariablesAway) {
  ChildEnvironment environment = ChildEnvironment::empty();
  environment.set("traceparent", kParent);
  environment.set("baggage", "a=1");
  inject(Context(), environment);
  EXPECT_TRUE(variables_of(environment).empty());
}

}  // namespace
}  // namespace tracebus
