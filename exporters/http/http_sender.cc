// SPDX-License-Identifier: Apache-2.0
#include "tracebus/exporters/http/http_sender.h"

#include <algorithm>
#include <cassert>
#include <optional>
#include <utility>

namespace tracebus {
inline namespace v1 {
namespace {

bool may_be_sent_again(const HttpAnswer& answer) noexcept {
  if (answer.fate == HttpFate::kAnswered) return is_retryable_status(answer.status);
  return answer.fate == HttpFate::kUnanswered;
}

}  // namespace

HttpSender::HttpSender(std::unique_ptr<HttpClient> client, std::size_t requests_max,
                       const RetryOptions& retry, std::uint64_t seed)
    : client_(std::move(client)), schedule_(retry, seed), slots_(requests_max) {}

void HttpSender::begin(Deadline deadline, std::stop_token stop) {
  client_->cancel_all();
  answers_.clear();
  for (Slot& slot : slots_) slot.state = State::kIdle;
  outstanding_ = 0;
  deadline_ = deadline;
  stop_ = std::move(stop);
}

void HttpSender::send(std::size_t request, std::span<const std::string_view> body,
                      std::span<const HttpHeader> headers) {
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

void HttpSender::progress(std::vector<HttpAnswer>& done) {
  start_due();
  client_->progress(answers_);
  sort(done);
}

void HttpSender::wait(std::vector<HttpAnswer>& done) {
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

void HttpSender::start_due() {
  const TimePoint moment = now();
  if (moment < not_before_ || moment >= deadline_) return;
  for (Slot& slot : slots_) {
    if (slot.state != State::kWaiting || moment < slot.due) continue;
    client_->start(static_cast<std::size_t>(&slot - slots_.data()), slot.body, deadline_,
                   slot.headers);
    slot.state = State::kInFlight;
  }
}

HttpSender::TimePoint HttpSender::next_due() const {
  TimePoint next = TimePoint::max();
  for (const Slot& slot : slots_) {
    if (slot.state == State::kWaiting) next = std::min(next, std::max(slot.due, not_before_));
  }
  return next;
}

void HttpSender::sort(std::vector<HttpAnswer>& done) {
  for (HttpAnswer& answer : answers_) {
    if (may_be_sent_again(answer)) {
      put_off(std::move(answer));
    } else {
      finish(std::move(answer), done);
    }
  }
  answers_.clear();
}

void HttpSender::put_off(HttpAnswer answer) {
  Slot& slot = slots_[answer.request];
  std::optional<std::chrono::milliseconds> retry_after;
  if (answer.status == 429 || answer.status == 503) {
    retry_after = parse_retry_after(answer.retry_after, std::chrono::system_clock::now());
  }
  slot.due = now() + schedule_.wait_after(++slot.failures, retry_after);
  if (retry_after) not_before_ = std::max(not_before_, slot.due);
  slot.state = State::kWaiting;
  // An attempt that only the deadline ended does not hide what was answered before.
  const bool was_cut = answer.status == 0 && now() >= deadline_;
  if (!was_cut || slot.failures == 1) slot.last = std::move(answer);
}

void HttpSender::give_up(std::vector<HttpAnswer>& done) {
  client_->progress(answers_);  // what came at the last moment
  sort(done);
  client_->cancel_all();
  for (Slot& slot : slots_) {
    if (slot.state == State::kIdle) continue;
    HttpAnswer answer = std::move(slot.last);
    answer.request = static_cast<std::size_t>(&slot - slots_.data());
    if (answer.error.empty() && answer.status == 0) answer.error = "no answer in time";
    finish(std::move(answer), done);
  }
}

void HttpSender::finish(HttpAnswer answer, std::vector<HttpAnswer>& done) {
  Slot& slot = slots_[answer.request];
  slot.state = State::kIdle;
  slot.last = {};
  --outstanding_;
  done.push_back(std::move(answer));
}

}  // namespace v1
}  // namespace tracebus
