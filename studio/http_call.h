// SPDX-License-Identifier: Apache-2.0
//
// HttpCall and HttpReply: a request to an HttpServer, and what is answered.
#ifndef TRACEBUS_STUDIO_HTTP_CALL_H_
#define TRACEBUS_STUDIO_HTTP_CALL_H_

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tracebus {
inline namespace v1 {

class HttpStream;

// Borrowed for the time of the handler.
struct HttpCall {
  std::string_view method = {};  // "GET"
  std::string_view path = {};    // as it was sent, escapes and all
  std::string_view query = {};   // behind '?'
  std::string_view content_type = {};
  std::string_view content_encoding = {};
  std::string_view body = {};
  std::string_view authorization = {};
  std::string_view cookie = {};
  std::string_view if_none_match = {};
  std::string_view last_event_id = {};
};

struct HttpReply {
  int status = 200;
  std::string content_type = "text/plain; charset=utf-8";
  std::string body = {};
  std::vector<std::pair<std::string, std::string>> headers = {};  // besides those of all answers
  // If there is one, the answer goes on with it behind the body, until either end has enough.
  std::shared_ptr<HttpStream> stream = {};
};

// Called on the server's thread, one call at a time, or on one of its workers
// (HttpServerOptions::workers), several at a time. What it throws is answered as 500.
using HttpHandler = std::function<HttpReply(const HttpCall&)>;

// How long a body may be that is sent to a path.
using HttpBodyLimit = std::function<std::size_t(std::string_view path)>;

// What a request's line and headers say, before any body is read, and which address of this machine
// it came to.
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
  std::string_view local_address = {};  // as "192.0.2.1", or "[2001:db8::1]"
};

// What is wrong with it, if there is: whoever asks has to mean this server by a name of this
// machine (else a page that anybody shows in a browser could ask here), pages of others do not ask
// at all, and the framing of the body has one meaning.
class HttpGuard {
 public:
  // port: the server's own. host: another name or address that the server has beside those of the
  // loopback interface; 0.0.0.0 and :: stand for each address that a request came to.
  explicit HttpGuard(unsigned port, std::string_view host = {});

  // True if it may go on; else reply says why not.
  bool admits(const HttpHead& head, HttpReply& reply) const;

 private:
  bool is_own(std::string_view host, std::string_view local_address) const;

  std::string port_;              // ":8420"
  std::vector<std::string> own_;  // names with the port, in lower case
  bool is_anywhere_ = false;
};

std::string_view reason_phrase(int status) noexcept;

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_STUDIO_HTTP_CALL_H_
