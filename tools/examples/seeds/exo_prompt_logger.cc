// SPDX-License-Identifier: Apache-2.0
//
// Document 004, "Prompt Logger": what a prompt is made of, in tokens.
#include <iostream>
#include <vector>

#include "tracebus/trace/prompt_logger.h"
#include "tracebus/trace/prompt_tokens.h"

int main() {
  using namespace tracebus;
  const std::vector<PromptMessage> messages = {
      {.role = "system", .content = "You are a careful research assistant."},
      {.role = "user", .content = "What are the top EV companies?"},
      {.role = "assistant", .content = "Let me look."},
      {.role = "tool", .content = "1. BYD 2. Tesla"}};

  // Compute per-role token breakdown.
  const TokenBreakdown breakdown = compute_token_breakdown(messages);
  std::cout << "System: " << breakdown.system_tokens() << "\n"
            << "User: " << breakdown.user_tokens() << "\n"
            << "Assistant: " << breakdown.assistant_tokens() << "\n"
            << "Tool: " << breakdown.tool_tokens() << "\n"
            << "Total: " << breakdown.total_tokens() << "\n";

  // The logger tracks execution entries.
  PromptLogger logger({.sink = [](LogLevel level, std::string_view text) {
    std::cout << to_string(level) << ": " << text << "\n";
  }});
  logger.log(messages, "BYD and Tesla.", "gpt-4o", breakdown);
  return logger.entries().size() == 1 ? 0 : 1;
}
