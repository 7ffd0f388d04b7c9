// SPDX-License-Identifier: Apache-2.0
//
// Document 004, "Propagation" and "Distributed Tracing with A2A": baggage in the context, and from
// a sender to a receiver, whose spans are linked to the sender's trace: as the document says, and
// its code does not.
#include <cstdio>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "tracebus/tools/examples/seeds/example.h"
#include "tracebus/trace/propagation.h"

using namespace tracebus;

namespace {

// A carrier of one's own.
class DictCarrier {
 public:
  std::optional<std::string_view> get(std::string_view name) const {
    const auto found = headers_.find(std::string(name));
    if (found == headers_.end()) return std::nullopt;
    return found->second;
  }
  void set(std::string_view name, std::string_view value) { headers_[std::string(name)] = value; }

 private:
  std::unordered_map<std::string, std::string> headers_;
};

DictCarrier send(const Tracer& tracer) {
  auto agent = tracer.agent("sender");
  DictCarrier carrier;
  inject(tracer.current(), carrier, {.to_agent = "receiver"});
  return carrier;  // its headers go with the request
}

void receive(const Tracer& tracer, const DictCarrier& carrier) {
  const ContinuedTrace trace = continue_trace(tracer, extract(carrier));
  auto agent = tracer.agent("receiver");  // linked to the sender's trace
  agent.set("user_id", Context::current().baggage().get("user_id").value_or("unknown"));
}

}  // namespace

int main(int count, char** arguments) {
  examples::Example example(count, arguments);
  const Tracer tracer(example.bus);
  DictCarrier carrier;
  {
    // Set baggage values: for this block and what it calls.
    const Baggage baggage = *Baggage().with("user_id", "u-123")->with("session_id", "s-456");
    const ContextScope scope = Context::current().with_baggage(baggage).attach();

    // Read baggage.
    const auto user_id = Context::current().baggage().get("user_id");
    std::printf("user_id = %s\n", std::string(user_id.value_or("nobody")).c_str());
    std::fflush(stdout);
    carrier = send(tracer);
  }
  // Cleared with the block.
  if (!Context::current().baggage().empty()) return 1;
  receive(tracer, carrier);
  return example.end();
}
