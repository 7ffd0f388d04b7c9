// SPDX-License-Identifier: Apache-2.0
//
// ReplayEndpoint: an OpenAI-compatible HTTP server on this machine that answers from a recording,
// so that examples and tests run anywhere and always the same.
//
//   auto endpoint = ReplayEndpoint::start(source);
//   auto client = HttpChatClient::create({.url = (*endpoint)->url(), .direct = true});
//
// POST /v1/chat/completions. A client that names its agent (kAgentHeader) gets that agent's answers
// in their order, and must ask what was recorded; one that does not is answered by its request.
// What was not recorded is a 404, which names the nearest request; a recorded failure is a 500.
// With "stream": true the answer comes as Server-Sent Events, about a word each.
#ifndef TRACEBUS_TOOLS_EXAMPLES_AGENTS_REPLAY_ENDPOINT_H_
#define TRACEBUS_TOOLS_EXAMPLES_AGENTS_REPLAY_ENDPOINT_H_

#include <absl/status/statusor.h>

#include <cstdint>
#include <memory>
#include <string>

#include "tracebus/trace/replay_llm.h"

namespace tracebus::examples {

struct ReplayEndpointOptions {
  std::uint16_t port = 0;  // 0: a free one
  bool check_requests =
      true;  // false: the n-th call of an agent gets its n-th answer, whatever it is
  // Of the recorded time. A stream begins when the recorded one did, where that is known, and has
  // its pieces at even distances from then on.
  double latency_factor = 0;
};

// Serves on a thread of its own, on a port of the loopback interface.
// Thread safety: every method may be called from any thread.
class ReplayEndpoint {
 public:
  // AlreadyExists for a port that is in use; Unavailable where the system gives no port or thread.
  static absl::StatusOr<std::unique_ptr<ReplayEndpoint>> start(
      std::shared_ptr<const ReplaySource> source, const ReplayEndpointOptions& options = {});
  ReplayEndpoint(const ReplayEndpoint&) = delete;
  ReplayEndpoint& operator=(const ReplayEndpoint&) = delete;
  // Stops at once; what is waiting for its time is not given.
  ~ReplayEndpoint();

  std::string url() const;  // "http://127.0.0.1:41823"

 private:
  class Server;
  explicit ReplayEndpoint(std::unique_ptr<Server> server);

  const std::unique_ptr<Server> server_;
};

}  // namespace tracebus::examples

#endif  // TRACEBUS_TOOLS_EXAMPLES_AGENTS_REPLAY_ENDPOINT_H_
