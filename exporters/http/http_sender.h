// SPDX-License-Identifier: Apache-2.0
//
// HttpSender: an HttpClient that sends again after 429, 502, 503 and 504 and where there was no
// answer (retry_schedule.h), until a deadline (retrying_sender.h).
#ifndef TRACEBUS_EXPORTERS_HTTP_HTTP_SENDER_H_
#define TRACEBUS_EXPORTERS_HTTP_HTTP_SENDER_H_

#include "tracebus/exporters/http/http_client.h"
#include "tracebus/exporters/http/retrying_sender.h"

namespace tracebus {
inline namespace v1 {

struct HttpRetryRules {
  static RetryAdvice advice_on(const HttpAnswer& answer);
  static bool is_silent(const HttpAnswer& answer) noexcept { return answer.status == 0; }
  static void complete(HttpAnswer& answer);
};

extern template class RetryingSender<HttpClient, HttpAnswer, HttpRetryRules>;

class HttpSender : public RetryingSender<HttpClient, HttpAnswer, HttpRetryRules> {
 public:
  using RetryingSender::RetryingSender;
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_EXPORTERS_HTTP_HTTP_SENDER_H_
