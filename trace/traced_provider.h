// SPDX-License-Identifier: Apache-2.0
//
// TracedProvider: a provider of models whose calls are seen on a bus, whatever agents do besides.
//
//   TracedProvider traced(openai, "openai", bus);
//   auto reply = traced.complete(messages, "gpt-4o");  // as openai.complete, and returns the same
//
// Emits provider_call_start, and provider_call_end or provider_call_error, under the provider's
// name as the agent's, as the seed does. They are of a span of their own below the current one.
#ifndef TRACEBUS_TRACE_TRACED_PROVIDER_H_
#define TRACEBUS_TRACE_TRACED_PROVIDER_H_

#include <chrono>
#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "tracebus/bus/trace_event_bus.h"
#include "tracebus/trace/context.h"

namespace tracebus {
inline namespace v1 {

// The events of one call. Thread safety: none.
class ProviderCall {
 public:
  // model: empty is said as "default". messages: how many there are. REQUIRES: the bus and the
  // texts outlive the call.
  ProviderCall(TraceEventBus& bus, std::string_view provider, std::string_view model,
               std::int64_t messages);
  ProviderCall(const ProviderCall&) = delete;
  ProviderCall& operator=(const ProviderCall&) = delete;

  // Tokens below 0 are not known, and not said.
  void end(std::int64_t input_tokens, std::int64_t output_tokens) noexcept;
  // With the exception that is being handled.
  void fail() noexcept;

 private:
  void emit(EventType type, Payload payload) const noexcept;
  double seconds() const noexcept;

  TraceEventBus& bus_;
  const std::string_view provider_;
  const std::string_view model_;
  const std::chrono::steady_clock::time_point start_;
  const Context context_;
};

// Thread safety: complete as the provider's own.
template <class Provider>
class TracedProvider {
 public:
  // REQUIRES: the provider and the bus outlive it.
  TracedProvider(Provider& provider, std::string name, TraceEventBus& bus)
      : provider_(provider), name_(std::move(name)), bus_(bus) {}

  // What the provider's complete returns; what that throws is noted and thrown on. Tokens are read
  // from the result's `usage`, or from itself, by the names input_tokens and output_tokens.
  template <class Messages>
    requires requires(Provider& provider, const Messages& messages, std::string_view model) {
      provider.complete(messages, model);
      std::size(messages);
    }
  auto complete(const Messages& messages, std::string_view model = {}) {
    ProviderCall call(bus_, name_, model, static_cast<std::int64_t>(std::size(messages)));
    try {
      auto reply = provider_.complete(messages, model);
      end(call, reply);
      return reply;
    } catch (...) {
      call.fail();
      throw;
    }
  }

  std::string_view name() const noexcept { return name_; }

 private:
  template <class Reply>
  static void end(ProviderCall& call, const Reply& reply) noexcept {
    if constexpr (requires { reply.usage->input_tokens; }) {
      reply.usage ? call.end(reply.usage->input_tokens, reply.usage->output_tokens)
                  : call.end(-1, -1);
    } else if constexpr (requires { reply.usage.input_tokens; }) {
      call.end(reply.usage.input_tokens, reply.usage.output_tokens);
    } else if constexpr (requires { reply.input_tokens; }) {
      call.end(reply.input_tokens, reply.output_tokens);
    } else {
      call.end(-1, -1);
    }
  }

  Provider& provider_;
  const std::string name_;
  TraceEventBus& bus_;
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_TRACE_TRACED_PROVIDER_H_
