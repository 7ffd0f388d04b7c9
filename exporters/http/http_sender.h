// SPDX-License-Identifier: Apache-2.0
//
// HttpSender: an HttpClient that sends again what may be sent again, until a deadline.
//
//                     .-- its time has come --.
//                     v                       |
//   send --> in flight --429, 502, 503, 504--> waits      what the receiver said (Retry-After)
//                |    or no answer                        holds for all requests, and for
//                '-- any other answer, deadline or        those of the next batches too
//                    stop --> done
//
// A request that waits beyond the deadline is not given up before it: what else would its caller do
// than to lose the next one as well.
// Thread safety: one thread at a time; only the request to stop may come from another.
#ifndef TRACEBUS_EXPORTERS_HTTP_HTTP_SENDER_H_
#define TRACEBUS_EXPORTERS_HTTP_HTTP_SENDER_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <stop_token>
#include <string_view>
#include <vector>

#include "tracebus/core/exporter.h"
#include "tracebus/exporters/http/http_client.h"
#include "tracebus/exporters/http/retry_schedule.h"

namespace tracebus {
inline namespace v1 {

class HttpSender {
 public:
  // requests_max: as the client has it.
  HttpSender(std::unique_ptr<HttpClient> client, std::size_t requests_max,
             const RetryOptions& retry, std::uint64_t seed);

  // For what is sent from now on. What is outstanding is cancelled.
  void begin(Deadline deadline, std::stop_token stop);

  // Whether the deadline has come or stop was requested: wait then ends all that is outstanding.
  bool is_over() const { return stop_.stop_requested() || now() >= deadline_; }

  std::size_t outstanding() const noexcept { return outstanding_; }
  bool has_room() const noexcept { return outstanding_ < slots_.size(); }

  // request: below requests_max, and not outstanding; its answer has the same. REQUIRES: what body
  // refers to stays until its answer is done; headers are as HttpClient::start wants them.
  void send(std::size_t request, std::span<const std::string_view> body,
            std::span<const HttpHeader> headers = {});

  // Sends on without waiting, and adds to done what came to its end: the last answer to it, or what
  // its last attempt failed of.
  void progress(std::vector<HttpAnswer>& done);
  // The same, once at least one came to its end. REQUIRES: outstanding() > 0.
  void wait(std::vector<HttpAnswer>& done);

 private:
  using TimePoint = Deadline;
  enum class State : std::uint8_t { kIdle, kInFlight, kWaiting };
  struct Slot {
    State state = State::kIdle;
    std::vector<std::string_view> body;
    std::vector<HttpHeader> headers;
    unsigned failures = 0;
    TimePoint due{};    // of the next attempt
    HttpAnswer last{};  // of the attempt before
  };

  static TimePoint now() { return std::chrono::steady_clock::now(); }
  void start_due();
  TimePoint next_due() const;
  void sort(std::vector<HttpAnswer>& done);
  void put_off(HttpAnswer answer);
  void give_up(std::vector<HttpAnswer>& done);
  void finish(HttpAnswer answer, std::vector<HttpAnswer>& done);

  const std::unique_ptr<HttpClient> client_;
  RetrySchedule schedule_;
  std::vector<Slot> slots_;
  std::size_t outstanding_ = 0;
  std::vector<HttpAnswer> answers_;  // not looked at yet
  Deadline deadline_{};
  std::stop_token stop_;
  TimePoint not_before_{};  // as the receiver asked
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_EXPORTERS_HTTP_HTTP_SENDER_H_
