// SPDX-License-Identifier: Apache-2.0
#include "tracebus/exporters/http/http_transfer.h"

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <cstring>
#include <utility>

#include "tracebus/core/visible_text.h"

namespace tracebus {
inline namespace v1 {
namespace {

constexpr long kUploadBufferBytes = 512L << 10;

char lower(char c) noexcept { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

bool is_same_name(std::string_view a, std::string_view b) noexcept {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char x, char y) { return lower(x) == lower(y); });
}

std::string_view trimmed(std::string_view text) noexcept {
  const std::size_t first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

// "HTTP/1.1 200 OK"; 0 if it is none.
int status_of(std::string_view line) noexcept {
  int status = 0;
  const std::size_t space = line.find(' ');
  if (space == std::string_view::npos) return 0;
  std::from_chars(line.data() + space + 1, line.data() + line.size(), status);
  return status;
}

std::size_t size_of(std::span<const std::string_view> pieces) noexcept {
  std::size_t bytes = 0;
  for (const std::string_view piece : pieces) bytes += piece.size();
  return bytes;
}

template <class Value>
void set(CURL* easy, CURLoption option, Value value) {
  if (curl_easy_setopt(easy, option, value) == CURLE_OUT_OF_MEMORY) throw std::bad_alloc();
}

CURL* checked(CURL* easy) {
  if (easy == nullptr) throw std::bad_alloc();
  return easy;
}

}  // namespace

HttpTransfer::HttpTransfer(const HttpOptions& options, const HttpUrl& url,
                           const CurlHeaders& headers)
    : shared_headers_(headers), prototype_(checked(curl_easy_init())) {
  set_up(options, url);
  set_up_security(options);
}

void HttpTransfer::set_up(const HttpOptions& options, const HttpUrl& url) {
  CURL* const easy = prototype_.get();
  set(easy, CURLOPT_URL, url.without_credentials.c_str());
  set(easy, CURLOPT_PROTOCOLS_STR, "http,https");
  set(easy, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  set(easy, CURLOPT_POST, 1L);
  if (options.put) set(easy, CURLOPT_CUSTOMREQUEST, "PUT");
  set(easy, CURLOPT_FOLLOWLOCATION, 0L);
  set(easy, CURLOPT_NOSIGNAL, 1L);
  set(easy, CURLOPT_QUICK_EXIT, 1L);  // no waiting for the look-up of a name
  set(easy, CURLOPT_TCP_KEEPALIVE, 1L);
  set(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
  set(easy, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(options.connect_timeout.count()));
  set(easy, CURLOPT_UPLOAD_BUFFERSIZE, kUploadBufferBytes);
  set(easy, CURLOPT_READFUNCTION, &HttpTransfer::read_body);
  set(easy, CURLOPT_READDATA, static_cast<void*>(this));
  set(easy, CURLOPT_SEEKFUNCTION, &HttpTransfer::seek_body);
  set(easy, CURLOPT_SEEKDATA, static_cast<void*>(this));
  set(easy, CURLOPT_WRITEFUNCTION, &HttpTransfer::take_body);
  set(easy, CURLOPT_WRITEDATA, static_cast<void*>(this));
  set(easy, CURLOPT_HEADERFUNCTION, &HttpTransfer::take_header);
  set(easy, CURLOPT_HEADERDATA, static_cast<void*>(this));
  set(easy, CURLOPT_ERRORBUFFER, why_.data());
  set(easy, CURLOPT_PRIVATE, static_cast<void*>(this));
  if (options.direct) set(easy, CURLOPT_PROXY, "");
  if (!options.unix_socket.empty()) {
    set(easy, CURLOPT_UNIX_SOCKET_PATH, options.unix_socket.c_str());
  }
  if (!url.user.empty() || !url.password.empty()) {
    set(easy, CURLOPT_HTTPAUTH, static_cast<long>(CURLAUTH_BASIC));
    set(easy, CURLOPT_USERNAME, url.user.c_str());
    set(easy, CURLOPT_PASSWORD, url.password.c_str());
  }
}

void HttpTransfer::set_up_security(const HttpOptions& options) {
  CURL* const easy = prototype_.get();
  set(easy, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  set(easy, CURLOPT_SSL_VERIFYPEER, options.insecure ? 0L : 1L);
  set(easy, CURLOPT_SSL_VERIFYHOST, options.insecure ? 0L : 2L);
  const auto set_file = [&](CURLoption option, const std::string& path) {
    if (!path.empty()) set(easy, option, path.c_str());
  };
  set_file(CURLOPT_CAINFO, options.ca_file);
  set_file(CURLOPT_SSLCERT, options.client_certificate_file);
  set_file(CURLOPT_SSLKEY, options.client_key_file);
}

void HttpTransfer::begin(std::size_t request, std::span<const std::string_view> body,
                         Deadline deadline, CurlHeaders own) {
  using std::chrono::milliseconds;
  easy_.reset(checked(curl_easy_duphandle(prototype_.get())));
  set(easy_.get(), CURLOPT_HTTPHEADER, (own.get() != nullptr ? own : shared_headers_).get());
  own_headers_ = std::move(own);
  body_.assign(body.begin(), body.end());
  seek(0);
  answer_ = {};
  answer_.request = request;
  header_bytes_ = 0;
  has_status_ = is_too_long_ = false;
  why_[0] = '\0';
  const auto left = std::chrono::ceil<milliseconds>(deadline - std::chrono::steady_clock::now());
  set(easy_.get(), CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(size_of(body)));
  // To libcurl 0 means for ever.
  set(easy_.get(), CURLOPT_TIMEOUT_MS, static_cast<long>(std::max<std::int64_t>(left.count(), 1)));
  is_busy_ = true;
}

HttpAnswer HttpTransfer::finish(CURLcode code) {
  is_busy_ = false;
  answer_.fate = fate_of(code);
  if (!has_status_) answer_.status = 0;
  if (is_too_long_) {
    answer_.error = "the answer is longer than its bound";
  } else if (code != CURLE_OK) {
    append_visible(answer_.error, why_[0] != '\0' ? why_.data() : curl_easy_strerror(code));
  } else if (!has_status_) {
    answer_.error = "the connection ended within the headers of the answer";
  }
  return std::exchange(answer_, {});
}

HttpFate HttpTransfer::fate_of(CURLcode code) const noexcept {
  if (has_status_) {
    const bool is_whole = code == CURLE_OK || answer_.status / 100 != 2;
    return is_whole ? HttpFate::kAnswered : HttpFate::kTruncated;
  }
  if (is_too_long_) return HttpFate::kRefused;
  switch (code) {
    case CURLE_OK:  // to libcurl headers may end with the connection
    case CURLE_COULDNT_RESOLVE_PROXY:
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_CONNECT:
    case CURLE_PROXY:
    case CURLE_OPERATION_TIMEDOUT:
    case CURLE_SSL_CONNECT_ERROR:  // also a connection that is lost meanwhile
    case CURLE_GOT_NOTHING:
    case CURLE_SEND_ERROR:
    case CURLE_RECV_ERROR:
    case CURLE_PARTIAL_FILE:
      return HttpFate::kUnanswered;
    default:
      return HttpFate::kRefused;
  }
}

std::size_t HttpTransfer::read(char* to, std::size_t room) noexcept {
  std::size_t written = 0;
  while (written < room && piece_ < body_.size()) {
    const std::string_view piece = body_[piece_].substr(offset_);
    const std::size_t bytes = std::min(piece.size(), room - written);
    if (bytes != 0) std::memcpy(to + written, piece.data(), bytes);
    written += bytes;
    offset_ += bytes;
    if (offset_ == body_[piece_].size()) {
      ++piece_;
      offset_ = 0;
    }
  }
  return written;
}

bool HttpTransfer::seek(std::size_t offset) noexcept {
  piece_ = 0;
  while (piece_ < body_.size() && offset >= body_[piece_].size()) offset -= body_[piece_++].size();
  offset_ = offset;
  return piece_ < body_.size() || offset == 0;
}

bool HttpTransfer::add_body(std::string_view bytes) {
  if (bytes.size() > kResponseBytesMax - answer_.body.size()) {
    is_too_long_ = true;
    return false;
  }
  answer_.body.append(bytes);
  return true;
}

bool HttpTransfer::add_header(std::string_view line) {
  header_bytes_ += line.size();
  if (header_bytes_ > kResponseHeaderBytesMax) {
    is_too_long_ = true;
    return false;
  }
  if (line.starts_with("HTTP/")) answer_.status = status_of(line);
  const std::string_view text = trimmed(line);
  // An interim response, as 100 Continue, is followed by another.
  if (text.empty() && answer_.status >= 200) has_status_ = true;
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos) return true;
  const std::string_view name = text.substr(0, colon);
  const std::string_view value = trimmed(text.substr(colon + 1));
  if (is_same_name(name, "Content-Type")) answer_.content_type = value;
  if (is_same_name(name, "Retry-After")) answer_.retry_after = value;
  if (is_same_name(name, "Location")) answer_.location = value;
  return true;
}

std::size_t HttpTransfer::read_body(char* to, std::size_t size, std::size_t count, void* self) {
  return static_cast<HttpTransfer*>(self)->read(to, size * count);
}

int HttpTransfer::seek_body(void* self, curl_off_t offset, int origin) {
  if (origin != SEEK_SET || offset < 0) return CURL_SEEKFUNC_FAIL;
  const bool is_there = static_cast<HttpTransfer*>(self)->seek(static_cast<std::size_t>(offset));
  return is_there ? CURL_SEEKFUNC_OK : CURL_SEEKFUNC_FAIL;
}

std::size_t HttpTransfer::take_body(char* bytes, std::size_t size, std::size_t count, void* self) {
  const bool fits = static_cast<HttpTransfer*>(self)->add_body({bytes, size * count});
  return fits ? size * count : CURL_WRITEFUNC_ERROR;
}

std::size_t HttpTransfer::take_header(char* bytes, std::size_t size, std::size_t count,
                                      void* self) {
  const bool fits = static_cast<HttpTransfer*>(self)->add_header({bytes, size * count});
  return fits ? size * count : CURL_WRITEFUNC_ERROR;
}

}  // namespace v1
}  // namespace tracebus
