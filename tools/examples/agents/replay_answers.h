// SPDX-License-Identifier: Apache-2.0
//
// ReplayAnswers: what a recording answers to the body of a chat request, without any HTTP.
#ifndef TRACEBUS_TOOLS_EXAMPLES_AGENTS_REPLAY_ANSWERS_H_
#define TRACEBUS_TOOLS_EXAMPLES_AGENTS_REPLAY_ANSWERS_H_

#include <absl/status/statusor.h>

#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "tracebus/tools/examples/agents/chat.h"
#include "tracebus/trace/replay_llm.h"

namespace tracebus::examples {

struct HttpAnswer {
  unsigned status;
  std::vector<std::string> parts;  // of the body: of a stream its events, else JSON alone
  bool is_stream = false;
  // When the first and when the last part is due, after the request; the others in between.
  std::chrono::nanoseconds first_due = {};
  std::chrono::nanoseconds last_due = {};

  std::chrono::nanoseconds due(std::size_t part) const noexcept;
};

// Thread safety: none.
class ReplayAnswers {
 public:
  // options: how the calls of an agent that is named are matched. Their latency is told by the
  // answers, and waited for by who gives them.
  ReplayAnswers(std::shared_ptr<const ReplaySource> source, ReplayOptions options);

  // 200, 400 for a body that is no request, 404 for what was not recorded, 500 for a failure that
  // was.
  HttpAnswer answer(std::string_view agent, std::string_view body);

 private:
  absl::StatusOr<ReplayLlm*> llm_of(std::string_view agent);
  HttpAnswer answer_to(std::string_view agent, const ChatRequest& request);

  const std::shared_ptr<const ReplaySource> source_;
  ReplayOptions options_;
  std::chrono::nanoseconds latency_ = {};  // of the call that was answered last
  std::map<std::string, std::unique_ptr<ReplayLlm>, std::less<>> llms_;  // by agent
  std::uint64_t answered_ = 0;
};

}  // namespace tracebus::examples

#endif  // TRACEBUS_TOOLS_EXAMPLES_AGENTS_REPLAY_ANSWERS_H_
