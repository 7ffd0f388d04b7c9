// SPDX-License-Identifier: Apache-2.0
//
// OtlpSender: what carries requests of OTLP to a receiver, several at once, and sends again what
// may be sent again. One implementation a transport; OtlpRequests makes what it sends.
// Thread safety: one thread at a time; only the request to stop may come from another.
#ifndef TRACEBUS_EXPORTERS_OTLP_OTLP_SENDER_H_
#define TRACEBUS_EXPORTERS_OTLP_OTLP_SENDER_H_

#include <cstddef>
#include <cstdint>
#include <stop_token>
#include <string>
#include <vector>

#include "tracebus/core/exporter.h"
#include "tracebus/exporters/otlp/trace_request.h"

namespace tracebus {
inline namespace v1 {

// What became of a request.
struct OtlpOutcome {
  std::size_t request = 0;     // as it was sent
  bool is_delivered = false;   // but for what was rejected
  std::uint64_t rejected = 0;  // spans, as the receiver says
  // Why it failed, or what the receiver says in spite of its success; safe to print.
  std::string text = {};
};

class OtlpSender {
 public:
  OtlpSender() = default;
  OtlpSender(const OtlpSender&) = delete;
  OtlpSender& operator=(const OtlpSender&) = delete;
  virtual ~OtlpSender() = default;

  // For what is sent from now on. What is outstanding is cancelled.
  virtual void begin(Deadline deadline, std::stop_token stop) = 0;
  // Whether the deadline has come or stop was requested: wait then ends all that is outstanding.
  virtual bool is_over() const = 0;

  virtual std::size_t outstanding() const noexcept = 0;
  virtual bool has_room() const noexcept = 0;

  // request: below the most that may be outstanding, and not outstanding. REQUIRES: what the pieces
  // refer to stays until its outcome is there, or begin.
  virtual void send(std::size_t request, const TraceRequest& pieces) = 0;

  // Sends on without waiting, and adds what came to its end.
  virtual void progress(std::vector<OtlpOutcome>& outcomes) = 0;
  // The same, once at least one came to its end. REQUIRES: outstanding() > 0.
  virtual void wait(std::vector<OtlpOutcome>& outcomes) = 0;
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_EXPORTERS_OTLP_OTLP_SENDER_H_
