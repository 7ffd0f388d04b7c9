// SPDX-License-Identifier: Apache-2.0
//
// RetryingSender: a client that sends again what may be sent again, until a deadline.
//
//                     .-- its time has come --.
//                     v                       |
//   send --> in flight --what may be sent --> waits     how long the receiver asks to wait
//                |       again                          holds for all requests, and for
//                '-- any other answer, deadline or      those of the next batches too
//                    stop --> done
//
// A request that waits beyond the deadline is not given up before it: what else would its caller do
// than to lose the next one as well.
//
// Client   has start, progress, wait and cancel_all, as HttpClient has them
// Answer   of the client; its member request is the number that it was started with, and by default
//          it is that of a receiver who said nothing
// Rules    RetryAdvice advice_on(const Answer&); bool is_silent(const Answer&): whether no receiver
//          said anything; void complete(Answer&): says why there is none, where nothing does
// Thread safety: one thread at a time; only the request to stop may come from another.
#ifndef TRACEBUS_EXPORTERS_HTTP_RETRYING_SENDER_H_
#define TRACEBUS_EXPORTERS_HTTP_RETRYING_SENDER_H_

#include <algorithm>
#include <cassert>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <string_view>
#include <utility>
#include <vector>

#include "tracebus/core/exporter.h"
#include "tracebus/exporters/http/http_options.h"
#include "tracebus/exporters/http/retry_schedule.h"

namespace tracebus {
inline namespace v1 {

struct RetryAdvice {
  bool may_be_sent_again = false;
  // How long the receiver asks to wait.
  std::optional<std::chrono::milliseconds> retry_after = {};
};

template <class Client, class Answer, class Rules>
class RetryingSender {
 public:
  // requests_max: as the client has it.
  RetryingSender(std::unique_ptr<Client> client, std::size_t requests_max,
                 const RetryOptions& retry, std::uint64_t seed)
      : client_(std::move(client)), schedule_(retry, seed), slots_(requests_max) {}

  // For what is sent from now on. What is outstanding is cancelled.
  void begin(Deadline deadline, std::stop_token stop) {
    client_->cancel_all();
    answers_.clear();
    for (Slot& slot : slots_) slot.state = State::kIdle;
    outstanding_ = 0;
    deadline_ = deadline;
    stop_ = std::move(stop);
  }

  // Whether the deadline has come or stop was requested: wait then ends all that is outstanding.
  bool is_over() const { return stop_.stop_requested() || now() >= deadline_; }

  std::size_t outstanding() const noexcept { return outstanding_; }
  bool has_room() const noexcept { return outstanding_ < slots_.size(); }

  // request: below requests_max, and not outstanding; its answer has the same. REQUIRES: what body
  // refers to stays until its answer is done; headers are as Client::start wants
  // them, if it takes any.
  void send(std::size_t request, std::span<const std::string_view> body,
            std::span<const HttpHeader> headers = {}) {
    Slot& slot = slots_[request];
    assert(slot.state == State::kIdle);
    slot.body.assign(body.begin(), body.end());
    slot.headers.assign(headers.begin(), headers.end());
    slot.state = State::kWaiting;
    slot.failures = 0;
    slot.due = {};
    slot.last = {};
    ++outstanding_;
    start_due();
  }

  // Sends on without waiting, and adds to done what came to its end: the last answer to it, or what
  // its last attempt failed of.
  void progress(std::vector<Answer>& done) {
    start_due();
    client_->progress(answers_);
    sort(done);
  }

  // The same, once at least one came to its end. REQUIRES: outstanding() > 0.
  void wait(std::vector<Answer>& done) {
    const std::size_t before = done.size();
    while (done.size() == before && outstanding_ != 0) {
      if (is_over()) {
        give_up(done);
        return;
      }
      start_due();
      client_->wait(std::min(deadline_, next_due()), stop_, answers_);
      sort(done);
    }
  }

 private:
  using TimePoint = Deadline;
  enum class State : std::uint8_t { kIdle, kInFlight, kWaiting };
  struct Slot {
    State state = State::kIdle;
    std::vector<std::string_view> body;
    std::vector<HttpHeader> headers;
    unsigned failures = 0;
    TimePoint due{};  // of the next attempt
    Answer last{};    // of the attempt before
  };

  static TimePoint now() { return std::chrono::steady_clock::now(); }

  void start_due() {
    const TimePoint moment = now();
    if (moment < not_before_ || moment >= deadline_) return;
    for (Slot& slot : slots_) {
      if (slot.state != State::kWaiting || moment < slot.due) continue;
      const auto request = static_cast<std::size_t>(&slot - slots_.data());
      if constexpr (requires { client_->start(request, slot.body, deadline_, slot.headers); }) {
        client_->start(request, slot.body, deadline_, slot.headers);
      } else {
        client_->start(request, slot.body, deadline_);
      }
      slot.state = State::kInFlight;
    }
  }

  TimePoint next_due() const {
    TimePoint next = TimePoint::max();
    for (const Slot& slot : slots_) {
      if (slot.state == State::kWaiting) next = std::min(next, std::max(slot.due, not_before_));
    }
    return next;
  }

  void sort(std::vector<Answer>& done) {
    for (Answer& answer : answers_) {
      if (const RetryAdvice advice = Rules::advice_on(answer); advice.may_be_sent_again) {
        put_off(std::move(answer), advice);
      } else {
        finish(std::move(answer), done);
      }
    }
    answers_.clear();
  }

  void put_off(Answer answer, const RetryAdvice& advice) {
    Slot& slot = slots_[answer.request];
    slot.due = now() + schedule_.wait_after(++slot.failures, advice.retry_after);
    if (advice.retry_after) not_before_ = std::max(not_before_, slot.due);
    slot.state = State::kWaiting;
    // An attempt that only the deadline ended does not hide what was answered before.
    const bool was_cut = Rules::is_silent(answer) && now() >= deadline_;
    if (!was_cut || slot.failures == 1) slot.last = std::move(answer);
  }

  void give_up(std::vector<Answer>& done) {
    client_->progress(answers_);  // what came at the last moment
    sort(done);
    client_->cancel_all();
    for (Slot& slot : slots_) {
      if (slot.state == State::kIdle) continue;
      Answer answer = std::move(slot.last);
      answer.request = static_cast<std::size_t>(&slot - slots_.data());
      Rules::complete(answer);
      finish(std::move(answer), done);
    }
  }

  void finish(Answer answer, std::vector<Answer>& done) {
    Slot& slot = slots_[answer.request];
    slot.state = State::kIdle;
    slot.last = {};
    --outstanding_;
    done.push_back(std::move(answer));
  }

  const std::unique_ptr<Client> client_;
  RetrySchedule schedule_;
  std::vector<Slot> slots_;
  std::size_t outstanding_ = 0;
  std::vector<Answer> answers_;  // not looked at yet
  Deadline deadline_{};
  std::stop_token stop_;
  TimePoint not_before_{};  // as the receiver asked
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_EXPORTERS_HTTP_RETRYING_SENDER_H_
