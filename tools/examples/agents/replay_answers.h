// SPDX-License-Identifier: Apache-2.0
//
// ReplayAnswers: what a recording answers to the body of a chat request, without any HTTP.
#ifndef TRACEBUS_TOOLS_EXAMPLES_AGENTS_REPLAY_ANSWERS_H_
#define TRACEBUS_TOOLS_EXAMPLES_AGENTS_REPLAY_ANSWERS_H_

#include <absl/status/statusor.h>

#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "tracebus/tools/examples/agents/chat.h"
#include "tracebus/trace/replay_llm.h"

namespace tracebus::examples {

struct HttpAnswer {
  unsigned status;
  std::string body;  // JSON
};

// Thread safety: none.
class ReplayAnswers {
 public:
  // options: how the calls of an agent that is named are matched.
  ReplayAnswers(std::shared_ptr<const ReplaySource> source, ReplayOptions options)
      : source_(std::move(source)), options_(std::move(options)) {}

  // 200, 400 for a body that is no request, 404 for what was not recorded, 500 for a failure that
  // was.
  HttpAnswer answer(std::string_view agent, std::string_view body);

 private:
  absl::StatusOr<ReplayLlm*> llm_of(std::string_view agent);

  const std::shared_ptr<const ReplaySource> source_;
  const ReplayOptions options_;
  std::map<std::string, std::unique_ptr<ReplayLlm>, std::less<>> llms_;  // by agent
  std::uint64_t answered_ = 0;
};

}  // namespace tracebus::examples

#endif  // TRACEBUS_TOOLS_EXAMPLES_AGENTS_REPLAY_ANSWERS_H_
