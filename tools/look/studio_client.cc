// SPDX-License-Identifier: Apache-2.0
#include "tracebus/tools/look/studio_client.h"

#include <curl/curl.h>
#include <simdjson.h>

#include <algorithm>
#include <new>
#include <string_view>
#include <utility>

#include "tracebus/core/visible_text.h"
#include "tracebus/exporters/http/curl_handles.h"
#include "tracebus/exporters/http/http_url.h"

namespace tracebus {
inline namespace v1 {
namespace {

constexpr std::string_view kTokenBegin = "#token=";
constexpr std::size_t kReasonBytesMax = 500;
constexpr std::size_t kStrangeBytesMax = 60;  // of what no Studio says, such as a page

// One line of what may be any text, cut.
std::string line_of(std::string_view text, std::size_t bytes_max) {
  std::string line;
  for (const char c : text) {
    const bool is_space = c == ' ' || (c >= '\t' && c <= '\r');
    if (!is_space) line += c;
    if (is_space && !line.empty() && line.back() != ' ') line += ' ';
    if (line.size() > bytes_max) break;
  }
  const bool is_cut = line.size() > bytes_max;
  std::string shown;
  append_visible(shown, std::string_view(line).substr(0, bytes_max));
  return shown + (is_cut ? "..." : "");
}

// What an answer says is wrong: of a Studio's {"error": "..."} the words, else its beginning.
std::string reason_of(std::string_view body) {
  simdjson::dom::parser parser;
  simdjson::dom::element answer;
  std::string_view words;
  const bool is_studio =
      !parser.parse(body.data(), body.size()).get(answer) && !answer["error"].get(words);
  if (is_studio) return line_of(words, kReasonBytesMax);
  return "(\"" + line_of(body, kStrangeBytesMax) + "\"): is it a Studio?";
}

}  // namespace

struct StudioClient::Place {
  std::string base;  // without the slash at the end
  std::string shown;
  CurlHeaders headers;
};

// One request, and what has come of its answer.
class StudioClient::Transfer {
 public:
  Transfer(const Place& place, const std::string& what, const std::string& last_event_id)
      : place_(place), easy_(curl_easy_init()), multi_(curl_multi_init()) {
    if (!easy_ || !multi_) throw std::bad_alloc();
    headers_.add_all(place.headers);
    if (!last_event_id.empty()) headers_.add("Last-Event-ID: " + last_event_id);
    CURL* const easy = easy_.get();
    curl_easy_setopt(easy, CURLOPT_URL, (place.base + what).c_str());
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(easy, CURLOPT_NOPROXY, "localhost,127.0.0.1,::1");
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers_.get());
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(kAnswerWait.count()));
    curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, why_);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, this);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, &Transfer::take_bytes);
    curl_multi_add_handle(multi_.get(), easy);
  }
  Transfer(const Transfer&) = delete;
  Transfer& operator=(const Transfer&) = delete;
  ~Transfer() { curl_multi_remove_handle(multi_.get(), easy_.get()); }

  // Goes on until bytes came and went, or the time is over.
  void work(std::chrono::milliseconds wait) {
    using Clock = std::chrono::steady_clock;
    const Clock::time_point deadline = Clock::now() + wait;
    const std::size_t before = body_.size();
    while (true) {
      int running = 0;
      curl_multi_perform(multi_.get(), &running);
      has_ended_ = running == 0;
      if (has_ended_ || body_.size() != before) return;
      const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now());
      if (left.count() <= 0) return;
      curl_multi_poll(multi_.get(), nullptr, 0, static_cast<int>(left.count()), nullptr);
    }
  }

  bool has_ended() const noexcept { return has_ended_; }
  std::string take_body() { return std::exchange(body_, {}); }
  // 0: nobody has answered yet.
  long http_status() const {
    long status = 0;
    curl_easy_getinfo(easy_.get(), CURLINFO_RESPONSE_CODE, &status);
    return status;
  }

  // What is wrong, of an answer with this body.
  absl::Status error(std::string_view body) const {
    const std::string who = place_.shown + ": ";
    if (is_too_long_) return absl::ResourceExhaustedError(who + "the answer is too long");
    const long status = http_status();
    if (status == 0) {
      const std::string why = why_[0] == '\0' ? "no answer in time" : visible(why_);
      return absl::UnavailableError(who + why + "; is a Studio running there?");
    }
    const std::string said = std::to_string(status) + " " + reason_of(body);
    if (status == 404) return absl::NotFoundError(who + said);
    if (status >= 500) return absl::UnavailableError(who + said);
    if (status >= 300) return absl::InvalidArgumentError(who + said);
    return absl::UnavailableError(who + "the connection ended");
  }

 private:
  static std::string visible(std::string_view text) {
    std::string out;
    append_visible(out, text);
    return out;
  }

  static std::size_t take_bytes(char* bytes, std::size_t one, std::size_t count, void* self) {
    auto& transfer = *static_cast<Transfer*>(self);
    transfer.is_too_long_ = transfer.body_.size() + one * count > kAnswerBytesMax;
    if (transfer.is_too_long_) return 0;
    transfer.body_.append(bytes, one * count);
    return one * count;
  }

  friend class StudioClient;

  const Place& place_;
  CurlHeaders headers_;
  char why_[CURL_ERROR_SIZE] = {};
  std::string body_;
  EventFrames frames_;
  bool has_ended_ = false;
  bool is_too_long_ = false;
  CurlEasy easy_;
  CurlMulti multi_;
};

StudioClient::StudioClient(std::unique_ptr<Place> place) : place_(std::move(place)) {}
StudioClient::~StudioClient() = default;

absl::StatusOr<std::unique_ptr<StudioClient>> StudioClient::open(const std::string& address) {
  start_curl();
  const std::size_t fragment = std::min(address.find('#'), address.size());
  const absl::StatusOr<HttpUrl> url = HttpUrl::parse(address.substr(0, fragment));
  if (!url.ok()) return url.status();
  auto place = std::make_unique<Place>();
  place->base = url->without_credentials;
  place->shown = url->shown;
  while (place->base.ends_with('/')) place->base.pop_back();
  const std::string_view rest = std::string_view(address).substr(fragment);
  if (rest.starts_with(kTokenBegin)) {
    const std::string token(rest.substr(kTokenBegin.size()));
    if (token.find_first_of("\r\n") != token.npos) {
      return absl::InvalidArgumentError("a token has no line feeds");
    }
    place->headers.add("Authorization: Bearer " + token);
  }
  return std::unique_ptr<StudioClient>(new StudioClient(std::move(place)));
}

absl::StatusOr<std::string> StudioClient::get(const std::string& what) {
  const auto deadline = std::chrono::steady_clock::now() + kAnswerWait;
  Transfer transfer(*place_, what, "");
  while (!transfer.has_ended()) {
    const auto left = deadline - std::chrono::steady_clock::now();
    if (left.count() <= 0) break;
    transfer.work(std::chrono::ceil<std::chrono::milliseconds>(left));
  }
  const bool is_whole = transfer.has_ended() && !transfer.is_too_long_ && transfer.why_[0] == '\0';
  std::string body = transfer.take_body();
  if (is_whole && transfer.http_status() == 200) return body;
  return transfer.error(body);
}

void StudioClient::follow(const std::string& what, const std::string& last_event_id) {
  stream_.reset();
  stream_ = std::make_unique<Transfer>(*place_, what, last_event_id);
}

absl::StatusOr<std::vector<EventFrame>> StudioClient::read(std::chrono::milliseconds wait) {
  if (!stream_) return absl::FailedPreconditionError("no stream is followed");
  if (stream_->has_ended()) return stream_->error(stream_->take_body());
  stream_->work(wait);
  std::vector<EventFrame> frames;
  const long status = stream_->http_status();
  if (status != 0 && status != 200) {
    // The reason is on its way.
    for (int tries = 0; tries < 10 && !stream_->has_ended(); ++tries) stream_->work(wait);
    return stream_->error(stream_->take_body());
  }
  if (!stream_->frames_.read(stream_->take_body(), frames)) {
    return absl::DataLossError(place_->shown + ": an event is too long");
  }
  if (frames.empty() && stream_->has_ended()) return stream_->error("");
  return frames;
}

const std::string& StudioClient::shown() const noexcept { return place_->shown; }

absl::Status StudioClient::not_understood(const std::string& what) const {
  return absl::DataLossError(shown() + ": what is said to " + what +
                             " is not understood; is it a Studio of this version?");
}

}  // namespace v1
}  // namespace tracebus
