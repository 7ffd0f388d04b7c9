// SPDX-License-Identifier: Apache-2.0
#include "tracebus/exporters/http/http_client.h"

#include <absl/status/status.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cassert>
#include <cstdio>
#include <utility>

#include "tracebus/core/visible_text.h"
#include "tracebus/exporters/http/curl_handles.h"
#include "tracebus/exporters/http/http_transfer.h"
#include "tracebus/exporters/http/http_url.h"

namespace tracebus {
inline namespace v1 {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kConnectTimeoutMax{3'600'000};
constexpr milliseconds kPollMax{60'000};

// What RFC 9110 (5.6.2) lets a header's name be made of.
bool is_token(std::string_view name) noexcept {
  static constexpr std::string_view kMarks = "!#$%&'*+-.^_`|~";
  const auto is_good = [](char c) {
    const bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    return is_letter || (c >= '0' && c <= '9') || kMarks.find(c) != std::string_view::npos;
  };
  return !name.empty() && std::all_of(name.begin(), name.end(), is_good);
}

// What ends a line would begin another header.
bool is_one_line(std::string_view value) noexcept {
  return std::none_of(value.begin(), value.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return (byte < 0x20 && c != '\t') || byte == 0x7F;
  });
}

absl::Status check_header(const HttpHeader& header) {
  std::string shown;
  append_visible_quoted(shown, header.name, '\'');
  if (!is_token(header.name)) {
    return absl::InvalidArgumentError("'" + shown + "' cannot be the name of a header");
  }
  if (!is_one_line(header.value)) {
    return absl::InvalidArgumentError("the value of the header " + shown +
                                      " has a line end or another control character in it");
  }
  return absl::OkStatus();
}

absl::Status check_file(const char* what, const std::string& path) {
  if (path.empty() || ::access(path.c_str(), R_OK) == 0) return absl::OkStatus();
  std::string shown;
  append_visible(shown, path);
  return absl::NotFoundError(std::string(what) + " " + shown + " cannot be read");
}

absl::Status check(const HttpOptions& options) {
  if (options.requests_max < 1 || options.requests_max > kHttpRequestsMax) {
    return absl::InvalidArgumentError("requests_max is not from 1 to 64");
  }
  if (options.connect_timeout.count() < 1 || options.connect_timeout > kConnectTimeoutMax) {
    return absl::InvalidArgumentError("connect_timeout is not from 1 to 3600000 ms");
  }
  for (const HttpHeader& header : options.headers) {
    if (absl::Status status = check_header(header); !status.ok()) return status;
  }
  const std::array<std::pair<const char*, const std::string*>, 3> files = {
      {{"the file of authorities", &options.ca_file},
       {"the client's certificate", &options.client_certificate_file},
       {"the client's key", &options.client_key_file}}};
  for (const auto& [what, path] : files) {
    if (absl::Status status = check_file(what, *path); !status.ok()) return status;
  }
  return absl::OkStatus();
}

void append_headers(CurlHeaders& list, std::span<const HttpHeader> headers) {
  for (const HttpHeader& header : headers) {
    // libcurl takes a name with a colon and nothing else as a header to leave out.
    list.add(header.value.empty() ? header.name + ";" : header.name + ": " + header.value);
  }
}

}  // namespace

class HttpClient::Connections {
 public:
  Connections(const HttpOptions& options, HttpUrl url) : url_(std::move(url)) {
    start_curl();
    multi_.reset(curl_multi_init());
    if (!multi_) throw std::bad_alloc();
    const long kept = static_cast<long>(options.requests_max);
    curl_multi_setopt(multi_.get(), CURLMOPT_MAXCONNECTS, kept);
    curl_multi_setopt(multi_.get(), CURLMOPT_MAX_TOTAL_CONNECTIONS, kept);
    curl_multi_setopt(multi_.get(), CURLMOPT_PIPELINING, CURLPIPE_NOTHING);
    headers_.add("Expect:");  // the body follows at once
    append_headers(headers_, options.headers);
    for (std::size_t i = 0; i < options.requests_max; ++i) {
      transfers_.push_back(std::make_unique<HttpTransfer>(options, url_, headers_));
    }
  }
  ~Connections() { cancel_all(); }

  void start(std::size_t request, std::span<const std::string_view> body, Deadline deadline,
             std::span<const HttpHeader> headers) {
    const auto idle = std::find_if(transfers_.begin(), transfers_.end(),
                                   [](const auto& transfer) { return !transfer->is_busy(); });
    assert(idle != transfers_.end());
    CurlHeaders own;
    if (!headers.empty()) {
      own.add_all(headers_);
      append_headers(own, headers);
    }
    (*idle)->begin(request, body, deadline, std::move(own));
    if (curl_multi_add_handle(multi_.get(), (*idle)->handle()) != CURLM_OK) {
      (*idle)->cancel();
      throw std::bad_alloc();
    }
    ++in_flight_;
  }

  void progress(std::vector<HttpAnswer>& answers) {
    int running = 0;
    curl_multi_perform(multi_.get(), &running);
    int left = 0;
    while (const CURLMsg* const message = curl_multi_info_read(multi_.get(), &left)) {
      if (message->msg != CURLMSG_DONE) continue;
      const CURLcode code = message->data.result;
      HttpTransfer& transfer = transfer_of(message->easy_handle);
      curl_multi_remove_handle(multi_.get(), transfer.handle());
      --in_flight_;
      answers.push_back(transfer.finish(code));
    }
  }

  void wait(Deadline until, const std::stop_token& stop, std::vector<HttpAnswer>& answers) {
    const std::stop_callback wake(stop, [this] { curl_multi_wakeup(multi_.get()); });
    const std::size_t before = answers.size();
    for (;;) {
      progress(answers);
      const auto now = std::chrono::steady_clock::now();
      if (answers.size() != before || now >= until || stop.stop_requested()) return;
      const auto left = std::chrono::ceil<milliseconds>(until - now);
      curl_multi_poll(multi_.get(), nullptr, 0, static_cast<int>(std::min(left, kPollMax).count()),
                      nullptr);
    }
  }

  void cancel_all() noexcept {
    for (const auto& transfer : transfers_) {
      if (!transfer->is_busy()) continue;
      curl_multi_remove_handle(multi_.get(), transfer->handle());
      transfer->cancel();
    }
    in_flight_ = 0;
  }

  std::size_t in_flight() const noexcept { return in_flight_; }
  const std::string& shown_url() const noexcept { return url_.shown; }

 private:
  static HttpTransfer& transfer_of(CURL* easy) noexcept {
    char* transfer = nullptr;
    curl_easy_getinfo(easy, CURLINFO_PRIVATE, &transfer);
    return *reinterpret_cast<HttpTransfer*>(transfer);
  }

  const HttpUrl url_;
  CurlHeaders headers_;
  CurlMulti multi_;
  std::vector<std::unique_ptr<HttpTransfer>> transfers_;  // cleaned up before multi_
  std::size_t in_flight_ = 0;
};

absl::StatusOr<std::unique_ptr<HttpClient>> HttpClient::create(HttpOptions options) {
  start_curl();
  auto url = HttpUrl::parse(options.url);
  if (!url.ok()) return url.status();
  if (absl::Status status = check(options); !status.ok()) return status;
  if (options.insecure && url->is_https) {
    std::fprintf(stderr, "tracebus: insecure: no certificate of %s is verified\n",
                 url->shown.c_str());
  }
  auto connections = std::make_unique<Connections>(options, *std::move(url));
  return std::unique_ptr<HttpClient>(new HttpClient(std::move(connections)));
}

HttpClient::HttpClient(std::unique_ptr<Connections> connections) noexcept
    : connections_(std::move(connections)) {}
HttpClient::~HttpClient() = default;

void HttpClient::start(std::size_t request, std::span<const std::string_view> body,
                       Deadline deadline, std::span<const HttpHeader> headers) {
  connections_->start(request, body, deadline, headers);
}
void HttpClient::progress(std::vector<HttpAnswer>& answers) { connections_->progress(answers); }
void HttpClient::wait(Deadline until, const std::stop_token& stop,
                      std::vector<HttpAnswer>& answers) {
  connections_->wait(until, stop, answers);
}
void HttpClient::cancel_all() noexcept { connections_->cancel_all(); }
std::size_t HttpClient::in_flight() const noexcept { return connections_->in_flight(); }
const std::string& HttpClient::shown_url() const noexcept { return connections_->shown_url(); }

}  // namespace v1
}  // namespace tracebus
