// SPDX-License-Identifier: Apache-2.0
//
// HttpChatClient: asks an OpenAI-compatible endpoint over HTTP, by libcurl.
//
// Every call has a time limit, streams too; TLS is verified, redirects are not followed, and
// answers have a limit. A stream that breaks off, or is none, is an error. The key is sent over
// TLS, or within this machine, alone.
#ifndef TRACEBUS_TOOLS_EXAMPLES_AGENTS_HTTP_CHAT_CLIENT_H_
#define TRACEBUS_TOOLS_EXAMPLES_AGENTS_HTTP_CHAT_CLIENT_H_

#include <absl/status/statusor.h>

#include <chrono>
#include <memory>
#include <string>

#include "tracebus/tools/examples/agents/chat.h"

namespace tracebus::examples {

inline constexpr std::size_t kAnswerBytesMax = std::size_t{8} << 20;
// In which the endpoint is told which agent asks.
inline constexpr const char* kAgentHeader = "X-Agent-Name";

struct HttpChatOptions {
  // "https://api.openai.com", with or without /v1, or the whole address of chat/completions.
  std::string url;
  std::string api_key = {};  // empty: none is sent
  std::chrono::milliseconds connect_timeout = std::chrono::seconds(10);
  std::chrono::milliseconds timeout = std::chrono::seconds(120);  // of a call, all in all
  bool direct = false;                                            // never by a proxy
};

// Thread safety: every method may be called from any thread.
class HttpChatClient final : public ChatClient {
 public:
  // InvalidArgument for an address that is none, or has a name and password in it, and for a key
  // that would be sent in the open.
  static absl::StatusOr<std::unique_ptr<HttpChatClient>> create(HttpChatOptions options);

  ChatReply complete(const ChatRequest& request) override;
  ChatReply stream(const ChatRequest& request, const TakePiece& take) override;

  const std::string& address() const noexcept { return options_.url; }  // that is asked

 private:
  explicit HttpChatClient(HttpChatOptions options) : options_(std::move(options)) {}

  const HttpChatOptions options_;
};

}  // namespace tracebus::examples

#endif  // TRACEBUS_TOOLS_EXAMPLES_AGENTS_HTTP_CHAT_CLIENT_H_
