// SPDX-License-Identifier: Apache-2.0
//
// HttpCall and HttpReply: a request to an HttpServer, and what is answered.
#ifndef TRACEBUS_STUDIO_HTTP_CALL_H_
#define TRACEBUS_STUDIO_HTTP_CALL_H_

#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tracebus {
inline namespace v1 {

// Borrowed for the time of the handler.
struct HttpCall {
  std::string_view method = {};  // "GET"
  std::string_view path = {};    // as it was sent, escapes and all
  std::string_view query = {};   // behind '?'
  std::string_view content_type = {};
  std::string_view content_encoding = {};
  std::string_view body = {};
};

struct HttpReply {
  int status = 200;
  std::string content_type = "text/plain; charset=utf-8";
  std::string body = {};
  std::vector<std::pair<std::string, std::string>> headers = {};  // besides those of all answers
};

// Called on the server's thread, one call at a time. What it throws is answered as 500.
using HttpHandler = std::function<HttpReply(const HttpCall&)>;

// What a request's line and headers say, before any body is read.
struct HttpHead {
  std::string_view method = {};
  std::string_view target = {};
  int hosts = 0;  // headers of that name
  std::string_view host = {};
  int origins = 0;
  std::string_view origin = {};
  int lengths = 0;
  bool is_chunked = false;
  bool is_http_1_0 = false;
};

// What is wrong with it, if there is: whoever asks has to mean this server by a name of this
// machine (else a page that anybody shows in a browser could ask here), pages of others do not ask
// at all, and the framing of the body has one meaning.
class HttpGuard {
 public:
  // port: the server's own, which is on the loopback interface.
  explicit HttpGuard(unsigned port);

  // True if it may go on; else reply says why not.
  bool admits(const HttpHead& head, HttpReply& reply) const;

 private:
  bool is_own(std::string_view host) const;

  std::vector<std::string> own_;  // names with the port, in lower case
};

std::string_view reason_phrase(int status) noexcept;

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_STUDIO_HTTP_CALL_H_
