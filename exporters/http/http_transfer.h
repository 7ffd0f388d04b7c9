// SPDX-License-Identifier: Apache-2.0
//
// HttpTransfer: one request at a time, and what is known of its answer.
#ifndef TRACEBUS_EXPORTERS_HTTP_HTTP_TRANSFER_H_
#define TRACEBUS_EXPORTERS_HTTP_HTTP_TRANSFER_H_

#include <array>
#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

#include "tracebus/exporters/http/curl_handles.h"
#include "tracebus/exporters/http/http_client.h"
#include "tracebus/exporters/http/http_url.h"

namespace tracebus {
inline namespace v1 {

class HttpTransfer {
 public:
  // REQUIRES: headers stay as they are for as long as this is there.
  HttpTransfer(const HttpOptions& options, const HttpUrl& url, const CurlHeaders& headers);
  HttpTransfer(const HttpTransfer&) = delete;
  HttpTransfer& operator=(const HttpTransfer&) = delete;

  CURL* handle() const noexcept { return easy_.get(); }
  bool is_busy() const noexcept { return is_busy_; }

  // Made ready for a multi handle. own: all headers of this request; empty: those of all requests.
  void begin(std::size_t request, std::span<const std::string_view> body, Deadline deadline,
             CurlHeaders own);
  // What became of it, once libcurl is done with it.
  HttpAnswer finish(CURLcode code);
  void cancel() noexcept { is_busy_ = false; }

 private:
  static std::size_t read_body(char* to, std::size_t size, std::size_t count, void* self);
  static int seek_body(void* self, curl_off_t offset, int origin);
  static std::size_t take_body(char* bytes, std::size_t size, std::size_t count, void* self);
  static std::size_t take_header(char* bytes, std::size_t size, std::size_t count, void* self);

  void set_up(const HttpOptions& options, const HttpUrl& url);
  void set_up_security(const HttpOptions& options);
  std::size_t read(char* to, std::size_t room) noexcept;
  bool seek(std::size_t offset) noexcept;
  bool add_body(std::string_view bytes);
  bool add_header(std::string_view line);
  HttpFate fate_of(CURLcode code) const noexcept;

  const CurlHeaders& shared_headers_;
  CurlHeaders own_headers_;   // of the request; outlives its place in easy_
  const CurlEasy prototype_;  // with all options that are no request's own
  // A copy for each request: libcurl before 8.1.1 keeps a pointer to the last header of the answer
  // before, which is gone, and who sends a first header that begins with a blank makes it read and
  // write there (https://github.com/curl/curl/issues/11101). Connections are kept all the same.
  CurlEasy easy_;
  bool is_busy_ = false;
  std::vector<std::string_view> body_;
  std::size_t piece_ = 0;   // of body_, of which
  std::size_t offset_ = 0;  // so many bytes were sent
  HttpAnswer answer_;
  std::size_t header_bytes_ = 0;
  bool has_status_ = false;  // the final one, with all its headers
  bool is_too_long_ = false;
  std::array<char, CURL_ERROR_SIZE> why_{};
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_EXPORTERS_HTTP_HTTP_TRANSFER_H_
