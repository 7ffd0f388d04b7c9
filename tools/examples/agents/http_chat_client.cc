// SPDX-License-Identifier: Apache-2.0
#include "tracebus/tools/examples/agents/http_chat_client.h"

#include <absl/status/status.h>
#include <curl/curl.h>

#include <exception>
#include <mutex>
#include <optional>
#include <string_view>
#include <utility>

#include "tracebus/core/visible_text.h"
#include "tracebus/tools/examples/agents/chat_json.h"
#include "tracebus/tools/examples/agents/chat_stream.h"

namespace tracebus::examples {
namespace {

std::string visible(std::string_view text) {
  std::string out;
  append_visible(out, text);
  return out;
}

void start_curl() {
  static std::once_flag once;
  std::call_once(once, [] { curl_global_init(CURL_GLOBAL_DEFAULT); });
}

struct EasyCleanup {
  void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
};
using Easy = std::unique_ptr<CURL, EasyCleanup>;

struct ListCleanup {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
class Headers {
 public:
  void add(const std::string& line) {
    curl_slist* const longer = curl_slist_append(list_.get(), line.c_str());
    if (longer == nullptr) throw std::bad_alloc();
    (void)list_.release();
    list_.reset(longer);
  }
  curl_slist* get() const { return list_.get(); }

 private:
  std::unique_ptr<curl_slist, ListCleanup> list_;
};

struct UrlCleanup {
  void operator()(CURLU* url) const { curl_url_cleanup(url); }
};
class Url {
 public:
  explicit Url(const std::string& text) : url_(curl_url()) {
    is_valid_ = url_ && curl_url_set(url_.get(), CURLUPART_URL, text.c_str(), 0) == CURLUE_OK;
  }
  bool is_valid() const { return is_valid_; }
  // Empty if there is none.
  std::string part(CURLUPart which) const {
    char* text = nullptr;
    if (curl_url_get(url_.get(), which, &text, 0) != CURLUE_OK) return {};
    std::string part = text;
    curl_free(text);
    return part;
  }

 private:
  std::unique_ptr<CURLU, UrlCleanup> url_;
  bool is_valid_ = false;
};

bool is_this_machine(std::string_view host) {
  return host == "localhost" || host == "127.0.0.1" || host == "[::1]";
}

std::string with_path(std::string url) {
  while (url.ends_with('/')) url.pop_back();
  if (url.ends_with("/chat/completions")) return url;
  return url + (url.ends_with("/v1") ? "/chat/completions" : "/v1/chat/completions");
}

// What goes into a header line is a name of ours; what could end the line is left out anyway.
std::string header_line(std::string_view name, std::string_view value) {
  std::string line = std::string(name) + ": ";
  for (const char c : value) {
    if (static_cast<unsigned char>(c) >= 0x20 && c != 0x7F) line += c;
  }
  return line;
}

// What an endpoint answers, as it comes.
class Answer {
 public:
  // stream: takes what comes as an event stream with status 200; null for an answer all at once.
  // REQUIRES: both outlive it.
  Answer(CURL* easy, ChatStream* stream) : easy_(easy), stream_(stream) {}

  // For curl. What goes wrong is kept: no exception may cross it.
  static std::size_t take_bytes(char* bytes, std::size_t, std::size_t size, void* answer) noexcept {
    return static_cast<Answer*>(answer)->take({bytes, size}) ? size : CURL_WRITEFUNC_ERROR;
  }

  long status() const {
    long status = 0;
    curl_easy_getinfo(easy_, CURLINFO_RESPONSE_CODE, &status);
    return status;
  }
  bool is_streamed() const {
    const char* type = nullptr;
    curl_easy_getinfo(easy_, CURLINFO_CONTENT_TYPE, &type);
    return stream_ != nullptr && status() == 200 && type != nullptr &&
           std::string_view(type).starts_with("text/event-stream");
  }
  const std::string& body() const { return body_; }  // unless it is streamed
  void throw_failure() const {
    if (failure_) std::rethrow_exception(failure_);
  }

 private:
  bool take(std::string_view bytes) noexcept {
    try {
      if (bytes.size() > kAnswerBytesMax - size_) {
        throw ChatError("answered more than " + std::to_string(kAnswerBytesMax) + " bytes");
      }
      size_ += bytes.size();
      if (is_streamed()) {
        stream_->feed(bytes);
        return !stream_->is_done();  // some leave the connection open
      }
      body_ += bytes;
      return true;
    } catch (...) {
      failure_ = std::current_exception();
      return false;
    }
  }

  CURL* const easy_;
  ChatStream* const stream_;
  std::string body_;
  std::size_t size_ = 0;
  std::exception_ptr failure_;
};

void set_up(CURL* easy, const HttpChatOptions& options, const std::string& body,
            const Headers& headers) {
  curl_easy_setopt(easy, CURLOPT_URL, options.url.c_str());
  curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(easy, CURLOPT_POSTFIELDS, body.data());
  curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body.size()));
  curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers.get());
  curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
  curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 1L);
  curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 2L);
  curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS,
                   static_cast<long>(options.connect_timeout.count()));
  curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, static_cast<long>(options.timeout.count()));
  if (options.direct) curl_easy_setopt(easy, CURLOPT_PROXY, "");
}

ChatReply read_answer(const Answer& answer) {
  if (answer.status() == 200) return parse_reply(answer.body());
  const std::string said = parse_error(answer.body());
  throw ChatError("answered " + std::to_string(answer.status()) +
                  (said.empty() ? std::string() : ": " + shown(said)));
}

Headers headers_of(const HttpChatOptions& options, const ChatRequest& request) {
  Headers headers;
  headers.add("Content-Type: application/json");
  headers.add(request.stream ? "Accept: text/event-stream, application/json"
                             : "Accept: application/json");
  headers.add("Expect:");  // the body is sent at once
  headers.add(header_line(kAgentHeader, request.agent));
  if (!options.api_key.empty()) {
    headers.add(header_line("Authorization", "Bearer " + options.api_key));
  }
  return headers;
}

// Null: the answer is wanted at once.
ChatReply ask(const HttpChatOptions& options, const ChatRequest& request, const TakePiece* take) {
  const Easy easy(curl_easy_init());
  if (!easy) throw ChatError("there is no memory for a connection");
  const std::string body = request_json(request);
  const Headers headers = headers_of(options, request);
  std::optional<ChatStream> stream;
  if (take != nullptr) stream.emplace(*take);
  Answer answer(easy.get(), stream ? &*stream : nullptr);
  char why[CURL_ERROR_SIZE] = "";
  set_up(easy.get(), options, body, headers);
  curl_easy_setopt(easy.get(), CURLOPT_WRITEFUNCTION, Answer::take_bytes);
  curl_easy_setopt(easy.get(), CURLOPT_WRITEDATA, &answer);
  curl_easy_setopt(easy.get(), CURLOPT_ERRORBUFFER, why);
  const CURLcode code = curl_easy_perform(easy.get());
  answer.throw_failure();
  if (stream && stream->is_done()) return stream->finish();
  if (code != CURLE_OK) {
    throw ChatError((answer.is_streamed() ? "broke off: " : "did not answer: ") +
                    visible(*why != '\0' ? why : curl_easy_strerror(code)));
  }
  if (answer.is_streamed()) return stream->finish();
  ChatReply reply = read_answer(answer);
  if (take != nullptr) (*take)(reply.text);  // it does not stream
  return reply;
}

// Says who it is that went wrong.
ChatReply ask_by_name(const HttpChatOptions& options, const ChatRequest& request,
                      const TakePiece* take) {
  try {
    return ask(options, request, take);
  } catch (const ChatError& error) {
    throw ChatError(visible(options.url) + ": " + error.what());
  }
}

}  // namespace

absl::StatusOr<std::unique_ptr<HttpChatClient>> HttpChatClient::create(HttpChatOptions options) {
  start_curl();
  const Url url(options.url);
  const std::string scheme = url.is_valid() ? url.part(CURLUPART_SCHEME) : std::string();
  if (scheme != "http" && scheme != "https") {
    return absl::InvalidArgumentError("the address of the endpoint is no http:// or https:// URL");
  }
  if (!url.part(CURLUPART_USER).empty() || !url.part(CURLUPART_PASSWORD).empty()) {
    return absl::InvalidArgumentError(
        "the address of the endpoint has a name or password in it; give the key by the "
        "environment");
  }
  const bool in_the_open = scheme == "http" && !is_this_machine(url.part(CURLUPART_HOST));
  if (!options.api_key.empty() && in_the_open) {
    return absl::InvalidArgumentError(
        "the key would be sent in the open; use https://, or unset the key");
  }
  options.url = with_path(std::move(options.url));
  return std::unique_ptr<HttpChatClient>(new HttpChatClient(std::move(options)));
}

ChatReply HttpChatClient::complete(const ChatRequest& request) {
  return ask_by_name(options_, request, nullptr);
}

ChatReply HttpChatClient::stream(const ChatRequest& request, const TakePiece& take) {
  ChatRequest streamed = request;
  streamed.stream = true;
  streamed.include_usage = true;
  return ask_by_name(options_, streamed, &take);
}

}  // namespace tracebus::examples
