// SPDX-License-Identifier: Apache-2.0
//
// MockLlm: a model that answers from a list, as the seed's MockLLM does.
#ifndef TRACEBUS_TESTS_TRACE_MOCK_LLM_H_
#define TRACEBUS_TESTS_TRACE_MOCK_LLM_H_

#include <algorithm>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "tracebus/trace/recorded_entry.h"

namespace tracebus::testing {

// Thread safety: none.
class MockLlm {
 public:
  using Messages = std::vector<RecordedMessage>;

  // The responses in turn, over and over. Without any it echoes what the user said last. before: is
  // called before each answer: to wait, or to fail.
  explicit MockLlm(std::vector<std::string> responses = {}, std::function<void()> before = {})
      : responses_(std::move(responses)), before_(std::move(before)) {}

  std::string complete(const Messages& messages) {
    calls_.push_back(messages);
    if (before_) before_();
    if (!responses_.empty()) return responses_[(calls_.size() - 1) % responses_.size()];
    const auto said = std::find_if(messages.rbegin(), messages.rend(),
                                   [](const RecordedMessage& m) { return m.role == "user"; });
    return "[MockLLM] Echo: " + (said == messages.rend() ? std::string() : said->content);
  }
  const std::vector<Messages>& calls() const { return calls_; }

 private:
  const std::vector<std::string> responses_;
  const std::function<void()> before_;
  std::vector<Messages> calls_;
};

}  // namespace tracebus::testing

#endif  // TRACEBUS_TESTS_TRACE_MOCK_LLM_H_
