// SPDX-License-Identifier: Apache-2.0
#include "tracebus/studio/studio.h"

#include <algorithm>
#include <chrono>
#include <exception>
#include <utility>

#include "tracebus/studio/event_stream.h"
#include "tracebus/studio/http_server.h"
#include "tracebus/studio/studio_site.h"
#include "tracebus/studio/upload.h"

namespace tracebus {
inline namespace v1 {
namespace {

using std::chrono::steady_clock;

constexpr std::size_t kWorkers = 4;
constexpr std::size_t kBodiesBytesMax = kUploadBytesMax + kUploadBytesMax / 2;
constexpr std::int64_t kBatchDelayMs = 20;  // what is live is seen so soon
constexpr std::size_t kBytesMin = std::size_t{1} << 20;

absl::Status validate(const StudioOptions& options) {
  if (options.follow && options.files.empty()) {
    return absl::InvalidArgumentError("follow needs a file to follow");
  }
  if (options.bytes_max < kBytesMin) {
    return absl::InvalidArgumentError("bytes_max=" + std::to_string(options.bytes_max) +
                                      " is less than 1048576");
  }
  if (options.streams_max > EventRing::kFiltersMax) {
    return absl::InvalidArgumentError("streams_max=" + std::to_string(options.streams_max) +
                                      " is more than " + std::to_string(EventRing::kFiltersMax));
  }
  return absl::OkStatus();
}

// Senders are held up before the queue is full.
bool is_overloaded(const TraceEventBus& bus, const SubscriptionId& id, std::size_t bytes_max) {
  for (const SubscriptionStats& each : bus.stats().subscriptions) {
    if (each.id == id) return each.queue_bytes > bytes_max / 4 * 3;
  }
  return false;
}

void start_receiver(TraceEventBus& bus, StudioSite& site, const SubscriptionId& id) {
  OtlpReceiverOptions options;
  options.is_overloaded = [&bus, id, bytes_max = site.options().queue_bytes_max] {
    return is_overloaded(bus, id, bytes_max);
  };
  std::string error;
  if (const auto port = site.options().otlp_port) {
    options.http.port = *port;
    auto receiver = OtlpReceiver::start(bus, options);
    if (receiver.ok()) return site.set_receiver(*std::move(receiver), "");
    error = std::string(receiver.status().message()) +
            "; until then OTLP is taken at Studio's own port";
  }
  site.set_receiver(OtlpReceiver::without_server(bus, options), std::move(error));
}

}  // namespace

Studio::Studio(TraceEventBus& bus, const StudioOptions& options) : bus_(bus) {
  try {
    status_ = start_all(bus, options);
  } catch (const std::exception& error) {
    status_ = absl::ResourceExhaustedError(std::string("cannot start Studio: ") + error.what());
  }
  if (status_.ok()) return;
  shutdown(steady_clock::now() + std::chrono::seconds(1)).IgnoreError();
  server_.reset();
  site_.reset();
}

absl::StatusOr<std::unique_ptr<Studio>> Studio::start(TraceEventBus& bus,
                                                      const StudioOptions& options) {
  auto studio = std::make_unique<Studio>(bus, options);
  if (!studio->status_.ok()) return studio->status_;
  return studio;
}

absl::Status Studio::start_all(TraceEventBus& bus, const StudioOptions& options) {
  if (absl::Status valid = validate(options); !valid.ok()) return valid;
  site_ = std::make_shared<StudioSite>(bus, options);
  HttpServerOptions http;
  http.port = options.port;
  http.host = options.host;
  http.body_bytes_max = kUploadBytesMax;
  http.body_limit = &StudioSite::body_bytes_max;
  http.bodies_bytes_max = kBodiesBytesMax;
  http.workers = kWorkers;
  http.streams_max = options.streams_max;
  http.json_errors = true;
  ExporterOptions live;
  live.content = options.content;
  live.queue_bytes_max = options.queue_bytes_max;
  live.batch.delay_ms_max = kBatchDelayMs;
  auto id = bus.add_exporter(site_->stream().make_exporter(), live);
  if (!id.ok()) return id.status();
  subscription_ = *id;
  site_->set_subscription(*id);
  start_receiver(bus, *site_, *id);
  auto server =
      HttpServer::start(http, [site = site_](const HttpCall& call) { return site->answer(call); });
  if (!server.ok()) return server.status();
  server_ = *std::move(server);
  site_->loading().start();
  return absl::OkStatus();
}

Studio::~Studio() { shutdown(steady_clock::now() + std::chrono::seconds(2)).IgnoreError(); }

std::string Studio::url() const {
  if (!server_) return {};
  const std::string& host = site_->options().host;
  if (host.empty()) return server_->url() + "/";
  const bool is_anywhere = host == "0.0.0.0" || host == "::";
  const std::string name = host.find(':') == host.npos ? host : "[" + host + "]";
  return "http://" + (is_anywhere ? "127.0.0.1" : name) + ":" + std::to_string(server_->port()) +
         "/#token=" + site_->token().text();
}

std::uint16_t Studio::port() const noexcept { return server_ ? server_->port() : 0; }
const TraceStore& Studio::store() const { return site_->store(); }
std::vector<FileProgress> Studio::files() const { return site_->loading().files(); }

absl::Status Studio::otlp_status() const {
  if (!site_ || site_->receiver_error().empty()) return absl::OkStatus();
  return absl::UnavailableError(site_->receiver_error());
}
std::string Studio::otlp_url() const {
  return site_ && site_->receiver() != nullptr ? site_->receiver()->url() : std::string();
}

absl::Status Studio::shutdown(Deadline deadline) {
  if (!site_) return absl::OkStatus();
  absl::Status status;
  if (server_) status.Update(server_->shutdown(deadline));
  if (site_->receiver() != nullptr) status.Update(site_->receiver()->shutdown(deadline));
  if (!site_->loading().stop(deadline)) {
    status.Update(absl::DeadlineExceededError("the thread that reads files had not ended in time"));
  }
  const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
      std::max(deadline, steady_clock::now()) - steady_clock::now());
  if (subscription_) bus_.unsubscribe(std::exchange(subscription_, {}), left);
  site_->leave_bus();
  return status;
}

}  // namespace v1
}  // namespace tracebus
