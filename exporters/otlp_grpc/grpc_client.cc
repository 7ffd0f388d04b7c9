// SPDX-License-Identifier: Apache-2.0
#include "tracebus/exporters/otlp_grpc/grpc_client.h"

#include <absl/status/status.h>
#include <grpcpp/alarm.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/security/credentials.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <utility>

#include "tracebus/core/version.h"
#include "tracebus/exporters/otlp_grpc/grpc_endpoint.h"
#include "tracebus/exporters/otlp_grpc/grpc_headers.h"
#include "tracebus/exporters/otlp_grpc/pem_file.h"

namespace tracebus {
inline namespace v1 {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr milliseconds kConnectTimeoutMin{100};  // gRPC's own
constexpr milliseconds kConnectTimeoutMax{3'600'000};
constexpr seconds kPollMax{60};
// Cancelled calls end at once, in our own thread. This is for the day on which they do not.
constexpr seconds kCloseMax{5};
constexpr int kMetadataBytesMax = 64 << 10;
constexpr char kPushback[] = "grpc-retry-pushback-ms";

// The steady clock is gRPC's monotonic one.
gpr_timespec timespec_of(Deadline moment) noexcept {
  const auto since = moment.time_since_epoch();
  const auto whole = std::chrono::floor<seconds>(since);
  return {.tv_sec = whole.count(),
          .tv_nsec = static_cast<std::int32_t>((since - whole).count()),
          .clock_type = GPR_CLOCK_MONOTONIC};
}

absl::Status check(const OtlpGrpcOptions& options) {
  if (options.requests_max < 1 || options.requests_max > kGrpcRequestsMax) {
    return absl::InvalidArgumentError("requests_max is not from 1 to 64");
  }
  if (options.connect_timeout < kConnectTimeoutMin ||
      options.connect_timeout > kConnectTimeoutMax) {
    return absl::InvalidArgumentError("connect_timeout is not from 100 to 3600000 ms");
  }
  return absl::OkStatus();
}

absl::StatusOr<std::shared_ptr<grpc::ChannelCredentials>> credentials_of(
    const OtlpGrpcOptions& options, bool with_tls) {
  if (options.client_certificate_file.empty() != options.client_key_file.empty()) {
    return absl::InvalidArgumentError(
        "the client's certificate and its key come together: one of them is missing");
  }
  grpc::SslCredentialsOptions texts;
  const PemFile files[] = {
      {"the file of authorities", options.ca_file, &texts.pem_root_certs},
      {"the client's certificate", options.client_certificate_file, &texts.pem_cert_chain},
      {"the client's key", options.client_key_file, &texts.pem_private_key}};
  for (const PemFile& file : files) {
    if (absl::Status status = file.read(); !status.ok()) return status;
  }
  return with_tls ? grpc::SslCredentials(texts) : grpc::InsecureChannelCredentials();
}

grpc::ChannelArguments arguments_of(const OtlpGrpcOptions& options) {
  grpc::ChannelArguments arguments;
  const auto set_ms = [&](const char* name, milliseconds value) {
    arguments.SetInt(name, static_cast<int>(value.count()));
  };
  arguments.SetInt(GRPC_ARG_ENABLE_RETRIES, 0);
  arguments.SetInt(GRPC_ARG_SERVICE_CONFIG_DISABLE_RESOLUTION, 1);
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  arguments.SetInt(GRPC_ARG_MAX_RECEIVE_MESSAGE_LENGTH, static_cast<int>(kOtlpResponseBytesMax));
  arguments.SetInt(GRPC_ARG_MAX_METADATA_SIZE, kMetadataBytesMax);
  if (options.direct) arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  // Whoever cannot be connected to is tried again as often as his requests are.
  set_ms(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, options.retry.initial_backoff);
  set_ms(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, options.retry.max_backoff);
  set_ms(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, options.connect_timeout);
  arguments.SetUserAgentPrefix("OTel-OTLP-Exporter-Cpp-tracebus/" + std::string(version()));
  return arguments;
}

// Whether this process is the child of one that used gRPC here, which it does not survive.
bool was_used_before_fork() noexcept {
  static std::atomic<pid_t> user{0};
  pid_t first = 0;
  return !user.compare_exchange_strong(first, ::getpid()) && first != ::getpid();
}

// What is started meanwhile gets no signals.
class NoSignals {
 public:
  NoSignals() {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  NoSignals(const NoSignals&) = delete;
  NoSignals& operator=(const NoSignals&) = delete;
  ~NoSignals() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

 private:
  sigset_t before_;
};

grpc::ByteBuffer copy_of(std::span<const std::string_view> pieces) {
  std::vector<grpc::Slice> slices;
  for (const std::string_view piece : pieces) slices.emplace_back(piece.data(), piece.size());
  return {slices.data(), slices.size()};
}

std::string text_of(const grpc::ByteBuffer& buffer) {
  std::string text;
  std::vector<grpc::Slice> slices;
  if (!buffer.Dump(&slices).ok()) return text;
  for (const grpc::Slice& slice : slices) {
    text.append(reinterpret_cast<const char*>(slice.begin()), slice.size());
  }
  return text;
}

struct Call {
  std::size_t request = 0;
  bool is_cancelled = false;  // nobody waits for its answer any more
  grpc::ClientContext context;
  grpc::Status status;
  grpc::ByteBuffer response;
  std::unique_ptr<grpc::ClientAsyncResponseReader<grpc::ByteBuffer>> reader;

  GrpcAnswer answer() {
    GrpcAnswer answer = {.request = request,
                         .code = status.error_code(),
                         .message = status.error_message(),
                         .details = status.error_details()};
    const auto& trailers = context.GetServerTrailingMetadata();
    if (const auto pushback = trailers.find(kPushback); pushback != trailers.end()) {
      answer.pushback.emplace(pushback->second.data(), pushback->second.size());
    }
    if (status.ok()) answer.response = text_of(response);
    return answer;
  }
};

}  // namespace

class GrpcClient::Calls {
 public:
  Calls(const OtlpGrpcOptions& options, std::string method, const GrpcEndpoint& endpoint,
        const std::shared_ptr<grpc::ChannelCredentials>& credentials)
      : method_(std::move(method)), shown_(endpoint.shown), headers_(sent_headers(options.headers)),
        gzip_(options.gzip),
        stub_(grpc::CreateCustomChannel(endpoint.target, credentials, arguments_of(options))) {}

  void start(std::size_t request, std::span<const std::string_view> body, Deadline deadline) {
    Call& call = *calls_.emplace_back(std::make_unique<Call>());
    call.request = request;
    call.context.set_deadline(timespec_of(deadline));
    if (gzip_) call.context.set_compression_algorithm(GRPC_COMPRESS_GZIP);
    for (const GrpcHeader& header : headers_) call.context.AddMetadata(header.name, header.value);
    call.reader = stub_.PrepareUnaryCall(&call.context, method_, copy_of(body), &queue_);
    call.reader->StartCall();
    call.reader->Finish(&call.response, &call.status, &call);
  }

  void progress(std::vector<GrpcAnswer>& answers) {
    while (take(std::chrono::steady_clock::now(), answers)) continue;
  }

  void wait(Deadline until, const std::stop_token& stop, std::vector<GrpcAnswer>& answers) {
    const std::stop_callback waking(stop, [this] { wake_up(); });
    const std::size_t before = answers.size();
    for (;;) {
      progress(answers);
      const auto now = std::chrono::steady_clock::now();
      if (answers.size() != before || now >= until || stop.stop_requested()) return;
      take(std::min(until, now + kPollMax), answers);
    }
  }

  void cancel_all() noexcept {
    for (const auto& call : calls_) {
      if (!std::exchange(call->is_cancelled, true)) call->context.TryCancel();
    }
  }

  // Whether gRPC has let go of all that it was given.
  bool close() {
    cancel_all();
    queue_.Shutdown();
    const Deadline until = std::chrono::steady_clock::now() + kCloseMax;
    std::vector<GrpcAnswer> nobodys;
    while (take(until, nobodys)) continue;
    return is_shut_down_;
  }

  bool is_inherited() const noexcept { return process_ != ::getpid(); }
  const std::string& shown_url() const noexcept { return shown_; }

 private:
  // Takes one event; false if there was none until then.
  bool take(Deadline until, std::vector<GrpcAnswer>& answers) {
    void* tag = nullptr;
    bool ok = false;
    const auto next = queue_.AsyncNext(&tag, &ok, timespec_of(until));
    is_shut_down_ = next == grpc::CompletionQueue::SHUTDOWN;
    if (next != grpc::CompletionQueue::GOT_EVENT) return false;
    if (tag == &alarm_) {
      is_waking_ = false;
      return true;
    }
    const auto call = std::find_if(calls_.begin(), calls_.end(),
                                   [&](const auto& each) { return each.get() == tag; });
    if (!(*call)->is_cancelled) answers.push_back((*call)->answer());
    calls_.erase(call);
    return true;
  }

  // From any thread: an event without a call, unless one is coming already.
  void wake_up() {
    if (is_waking_.exchange(true)) return;
    alarm_.Set(&queue_, gpr_now(GPR_CLOCK_MONOTONIC), &alarm_);
  }

  const pid_t process_ = ::getpid();
  const std::string method_;
  const std::string shown_;
  const std::vector<GrpcHeader> headers_;
  const bool gzip_;
  grpc::GenericStub stub_;
  grpc::CompletionQueue queue_;
  grpc::Alarm alarm_;
  std::atomic<bool> is_waking_{false};
  bool is_shut_down_ = false;
  std::vector<std::unique_ptr<Call>> calls_;  // and those that were cancelled and have not ended
};

absl::StatusOr<std::unique_ptr<GrpcClient>> GrpcClient::create(const OtlpGrpcOptions& options,
                                                               std::string method) {
  const auto endpoint = GrpcEndpoint::parse(options.endpoint, options.insecure);
  if (!endpoint.ok()) return endpoint.status();
  for (const absl::Status& status : {check(options), check_headers(options.headers)}) {
    if (!status.ok()) return status;
  }
  const NoSignals masked;
  const auto credentials = credentials_of(options, endpoint->with_tls);
  if (!credentials.ok()) return credentials.status();
  if (was_used_before_fork()) {
    return absl::FailedPreconditionError(
        "gRPC was used before this process forked, and does not survive that: fork first, or send "
        "over HTTP in the child");
  }
  auto calls = std::make_unique<Calls>(options, std::move(method), *endpoint, *credentials);
  return std::unique_ptr<GrpcClient>(new GrpcClient(std::move(calls)));
}

GrpcClient::GrpcClient(std::unique_ptr<Calls> calls) noexcept : calls_(std::move(calls)) {}

GrpcClient::~GrpcClient() {
  if (calls_->is_inherited() || !calls_->close()) (void)calls_.release();
}

void GrpcClient::start(std::size_t request, std::span<const std::string_view> body,
                       Deadline deadline) {
  calls_->start(request, body, deadline);
}
void GrpcClient::progress(std::vector<GrpcAnswer>& answers) { calls_->progress(answers); }
void GrpcClient::wait(Deadline until, const std::stop_token& stop,
                      std::vector<GrpcAnswer>& answers) {
  calls_->wait(until, stop, answers);
}
void GrpcClient::cancel_all() noexcept { calls_->cancel_all(); }
const std::string& GrpcClient::shown_url() const noexcept { return calls_->shown_url(); }

}  // namespace v1
}  // namespace tracebus
