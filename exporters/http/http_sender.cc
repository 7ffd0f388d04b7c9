// SPDX-License-Identifier: Apache-2.0
#include "tracebus/exporters/http/http_sender.h"

namespace tracebus {
inline namespace v1 {

template class RetryingSender<HttpClient, HttpAnswer, HttpRetryRules>;

RetryAdvice HttpRetryRules::advice_on(const HttpAnswer& answer) {
  if (answer.fate == HttpFate::kUnanswered) return {.may_be_sent_again = true};
  if (answer.fate != HttpFate::kAnswered || !is_retryable_status(answer.status)) return {};
  RetryAdvice advice = {.may_be_sent_again = true};
  if (answer.status == 429 || answer.status == 503) {
    advice.retry_after = parse_retry_after(answer.retry_after, std::chrono::system_clock::now());
  }
  return advice;
}

void HttpRetryRules::complete(HttpAnswer& answer) {
  if (answer.error.empty() && answer.status == 0) answer.error = "no answer in time";
}

}  // namespace v1
}  // namespace tracebus
