// SPDX-License-Identifier: Apache-2.0
#include "tracebus/studio/studio_site.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>

#include "tracebus/core/json_fields.h"
#include "tracebus/core/version.h"
#include "tracebus/studio/api_reply.h"
#include "tracebus/studio/bus_json.h"
#include "tracebus/studio/call_parameters.h"
#include "tracebus/studio/moment_text.h"
#include "tracebus/studio/page_files.h"
#include "tracebus/studio/upload.h"

namespace tracebus {
inline namespace v1 {
namespace {

constexpr int kNanosecondDigits = 9;
// A ring of a small store is smaller: an event that streams still have is to be in the store.
constexpr std::size_t kStorePartOfRing = 4;

TraceStoreOptions store_options(const StudioOptions& options) {
  TraceStoreOptions store;
  store.bytes_max = options.bytes_max;
  store.bytes_max_name = options.bytes_max_name;
  return store;
}

HttpReply wrong_method(std::string_view allowed) {
  HttpReply reply = error_reply(405, "this is asked for by " + std::string(allowed));
  reply.headers = {{"Allow", std::string(allowed)}};
  return reply;
}

HttpReply bad_parameter(const absl::Status& status) { return error_reply(status); }

std::string file_json(const FileProgress& file) {
  return JsonFields()
      .add("path", file.path)
      .add("bytes", file.bytes)
      .add("bytes_total", file.bytes_total)
      .add("spans", file.spans)
      .add("bad_lines", file.bad_lines)
      .add("done", file.done)
      .add("error", file.error.empty() ? std::nullopt : std::optional(file.error))
      .to_string();
}

// "NUMBER-INSTANCE", or the number alone. False: it is neither.
bool read_event_id(std::string_view text, StreamStart& start) {
  std::uint64_t number = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
  const std::string_view rest(read.ptr, text.data() + text.size());
  if (read.ec != std::errc() || (!rest.empty() && (rest[0] != '-' || rest.size() == 1)))
    return false;
  start.behind = number;
  if (!rest.empty()) start.instance = rest.substr(1);
  return true;
}

}  // namespace

StudioSite::StudioSite(TraceEventBus& bus, const StudioOptions& options)
    : options_(options), token_(options.host.empty() ? AccessToken() : AccessToken::random()),
      store_(std::make_shared<TraceStore>(store_options(options))),
      stream_(std::make_shared<EventStream>(
          store_, std::min(EventStream::kRingBytesMax, options.bytes_max / kStorePartOfRing))),
      loading_(std::make_shared<FileLoading>(store_, stream_, options.files, options.follow)),
      api_(*store_, {.budget_usd = options.budget_usd}), bus_(&bus) {}

void StudioSite::set_receiver(std::shared_ptr<OtlpReceiver> receiver, std::string error) {
  receiver_ = std::move(receiver);
  receiver_error_ = std::move(error);
}

void StudioSite::leave_bus() {
  const std::lock_guard lock(bus_mutex_);
  bus_ = nullptr;
}

std::size_t StudioSite::body_bytes_max(std::string_view path) noexcept {
  if (path == "/api/upload") return kUploadBytesMax;
  return path.starts_with("/v1/") ? kOtlpBodyBytesMax : kApiBodyBytesMax;
}

HttpReply StudioSite::answer(const HttpCall& call) {
  const bool is_stream = call.path.starts_with("/traces/");
  const bool is_otlp = call.path.starts_with("/v1/");
  const bool is_api = call.path == "/api" || call.path.starts_with("/api/");
  if (!is_stream && !is_otlp && !is_api) return page_reply(call);
  if (!token_.admits(call)) {
    HttpReply reply = error_reply(401,
                                  "this needs the token of the link that tracebus studio printed: "
                                  "open that link, or send the header Authorization: Bearer TOKEN");
    reply.headers = {{"WWW-Authenticate", "Bearer"}};
    return reply;
  }
  if (is_stream) return answer_stream(call);
  return is_otlp ? receiver_->answer(call) : answer_api(call);
}

HttpReply StudioSite::answer_api(const HttpCall& call) {
  const bool is_post = call.path == "/api/upload" || call.path == "/api/session";
  if (is_post && call.method != "POST") return wrong_method("POST");
  if (call.path == "/api/upload") return take_upload(call, *store_, options_.bytes_max, *loading_);
  if (call.path == "/api/session") return answer_session();
  const bool is_status = call.path == "/api/status";
  const bool is_bad_lines = call.path == "/api/bad-lines";
  if (!is_status && !is_bad_lines && call.path != "/api/exporters") return api_.answer(call);
  if (call.method != "GET" && call.method != "HEAD") return wrong_method("GET");
  CallParameters parameters(call.query);
  if (const absl::Status status = parameters.finish(); !status.ok()) return bad_parameter(status);
  if (is_status) return json_reply(status_json());
  return is_bad_lines ? json_reply(bad_lines_json()) : answer_exporters();
}

HttpReply StudioSite::answer_session() const {
  HttpReply reply = json_reply(JsonFields().add("token", token_.is_needed()).to_string());
  if (token_.is_needed()) reply.headers = {{"Set-Cookie", token_.set_cookie()}};
  return reply;
}

HttpReply StudioSite::answer_stream(const HttpCall& call) {
  const bool is_live = call.path == "/traces/live";
  if (!is_live && call.path != "/traces/stream") {
    return error_reply(404,
                       "there is no such stream: /traces/live begins with what comes next, "
                       "/traces/stream with the oldest that is there");
  }
  if (call.method != "GET") return wrong_method("GET");
  CallParameters parameters(call.query);
  StreamStart start = {.from_oldest = !is_live};
  std::string last = parameters.take("last_event_id");
  if (!call.last_event_id.empty()) last = call.last_event_id;
  if (!last.empty() && !read_event_id(last, start)) {
    parameters.refuse("last_event_id", last, "is no id of an event");
  }
  const SpanQuery query = parameters.take_filters(Timestamp::now().to_unix_ns());
  if (const absl::Status status = parameters.finish(); !status.ok()) return bad_parameter(status);
  auto stream = stream_->open(query, start);
  if (!stream.ok()) {
    HttpReply reply =
        error_reply(503, {stream.status().message().data(), stream.status().message().size()});
    reply.headers = {{"Retry-After", "5"}};
    return reply;
  }
  return {
      .content_type = "text/event-stream", .body = "retry: 2000\n\n", .stream = *std::move(stream)};
}

std::string StudioSite::status_json() const {
  std::string files = "[";
  for (const FileProgress& file : loading_->files()) {
    if (files.size() > 1) files += ',';
    files += file_json(file);
  }
  std::uint64_t events = 0, runs = 0, open_spans = 0, evicted = 0, bytes = 0;
  std::optional<std::uint64_t> last;
  store_->look([&](const SpanTable& table) {
    events = table.spans();
    runs = table.runs().runs().size() - 1;
    open_spans = table.open_spans();
    evicted = table.evicted();
    bytes = table.bytes();
    const auto& chunks = table.chunks();
    if (!chunks.empty()) last = chunks.back()->first + chunks.back()->rows - 1;
  });
  const std::string otlp_url = receiver_ ? receiver_->url() : "";
  return JsonFields()
      .add("version", version())
      .add("started", moment_text(started_, kNanosecondDigits))
      .add("now", moment_text(Timestamp::now(), kNanosecondDigits))
      .add_json("files", files + "]")
      .add("loading", loading_->is_loading())
      .add("loaded", events != 0)
      .add("events", events)
      .add("runs", runs)
      .add("open_spans", open_spans)
      .add("evicted", evicted)
      .add("bad_lines", loading_->bad_line_count())
      .add("bytes", bytes)
      .add("bytes_max", options_.bytes_max)
      .add("last_id", last)
      .add("instance", stream_->instance())
      .add("otlp_url", otlp_url.empty() ? std::nullopt : std::optional(otlp_url))
      .add("otlp_error", receiver_error_.empty() ? std::nullopt : std::optional(receiver_error_))
      .add("following", loading_->is_following())
      .add("live", true)
      .to_string();
}

std::string StudioSite::bad_lines_json() const {
  std::string lines = "[";
  for (const BadLine& line : loading_->bad_lines()) {
    if (lines.size() > 1) lines += ',';
    lines += JsonFields()
                 .add("file", line.file)
                 .add("line", line.line)
                 .add("offset", line.offset)
                 .add("reason", line.reason)
                 .to_string();
  }
  return JsonFields()
      .add("matched", loading_->bad_line_count())
      .add_json("lines", lines + "]")
      .to_string();
}

HttpReply StudioSite::answer_exporters() {
  BusStats stats;
  {
    const std::lock_guard lock(bus_mutex_);
    if (bus_ == nullptr) return error_reply(503, "Studio is being shut down");
    stats = bus_->stats();
  }
  return json_reply(
      JsonFields()
          .add_json("bus", bus_json(stats))
          .add_json("subscriptions",
                    subscriptions_json(stats, subscription_, options_.queue_bytes_max))
          .add_json("streams", streams_json(stream_->stats()))
          .add_json("receiver", receiver_ ? receiver_json(receiver_->stats()) : "null")
          .to_string());
}

}  // namespace v1
}  // namespace tracebus
