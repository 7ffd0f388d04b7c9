// SPDX-License-Identifier: Apache-2.0
//
// HttpClient: POSTs or PUTs to one URL, several at once over connections that are kept, by
// libcurl.
//
//   start(request, body, deadline) ... -> wait(until, stop, answers) -> answers, in any order
//
// Promises
//  1. wait returns by `until`, and within about 10 ms of a request to stop.
//  2. Of an answer at most kResponseBytesMax bytes of body and kResponseHeaderBytesMax of headers
//     are kept; who sends more is cut off.
//  3. No redirect is followed: headers with secrets go to the URL's host alone.
//  4. https:// means TLS 1.2 or later, with the chain and the host's name verified (but for
//     HttpOptions::insecure); http:// is never tried instead.
//  5. No text of ours has a header's value, or a name or password of the URL.
//
// Looking up a host's name cannot be interrupted in libc: it goes on in a thread of libcurl's that
// nobody waits for.
// Thread safety: one thread at a time; only the request to stop may come from another.
#ifndef TRACEBUS_EXPORTERS_HTTP_HTTP_CLIENT_H_
#define TRACEBUS_EXPORTERS_HTTP_HTTP_CLIENT_H_

#include <absl/status/statusor.h>

#include <chrono>
#include <cstddef>
#include <memory>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "tracebus/core/exporter.h"
#include "tracebus/exporters/http/http_options.h"

namespace tracebus {
inline namespace v1 {

enum class HttpFate : std::uint8_t {
  kAnswered,    // status says it all; of an error's body perhaps only the beginning is there
  kTruncated,   // a status of 2xx, but an answer that broke off or was longer than its bound
  kUnanswered,  // no connection, or one that was lost before there was an answer: try again
  kRefused,     // by this side: a certificate that does not hold, no HTTP, headers without end
};

struct HttpAnswer {
  std::size_t request = 0;  // as it was started
  HttpFate fate = HttpFate::kUnanswered;
  int status = 0;  // 0: none
  std::string body;
  std::string content_type;
  std::string retry_after;
  std::string location;
  std::string error;  // why there is no whole answer; safe to print
};

class HttpClient {
 public:
  // InvalidArgument for a URL that is none, for headers that cannot be sent, for a number out of
  // its range; NotFound for a file that cannot be read. Nothing is connected yet.
  static absl::StatusOr<std::unique_ptr<HttpClient>> create(HttpOptions options);
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;
  ~HttpClient();

  // Begins to send the pieces of body, one behind the other. After deadline it ends as kUnanswered.
  // headers: of this request alone, behind those of all. REQUIRES: fewer than requests_max are in
  // flight; what body refers to stays until the answer was taken, or cancel_all; headers are fit to
  // be sent, as create checks it of the others.
  void start(std::size_t request, std::span<const std::string_view> body, Deadline deadline,
             std::span<const HttpHeader> headers = {});

  // Sends on what can be sent now, and takes what answers are there.
  void progress(std::vector<HttpAnswer>& answers);
  // The same until there is an answer, or the time has come, or stop is requested.
  void wait(Deadline until, const std::stop_token& stop, std::vector<HttpAnswer>& answers);

  void cancel_all() noexcept;

  std::size_t in_flight() const noexcept;
  // The URL without credentials and query.
  const std::string& shown_url() const noexcept;

 private:
  class Connections;
  explicit HttpClient(std::unique_ptr<Connections> connections) noexcept;

  const std::unique_ptr<Connections> connections_;
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_EXPORTERS_HTTP_HTTP_CLIENT_H_
