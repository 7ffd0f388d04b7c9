// SPDX-License-Identifier: Apache-2.0
//
// StudioSite: what Studio answers, and all that its answers are about. The threads of its server
// share it, and one that is left behind keeps it.
//
// Thread safety: answer by any thread, several at a time; close by one.
#ifndef TRACEBUS_STUDIO_STUDIO_SITE_H_
#define TRACEBUS_STUDIO_STUDIO_SITE_H_

#include <cstddef>
#include <memory>
#include <mutex>
#include <string>

#include "tracebus/bus/trace_event_bus.h"
#include "tracebus/core/timestamp.h"
#include "tracebus/studio/access_token.h"
#include "tracebus/studio/event_stream.h"
#include "tracebus/studio/file_loading.h"
#include "tracebus/studio/http_call.h"
#include "tracebus/studio/otlp_receiver.h"
#include "tracebus/studio/studio.h"
#include "tracebus/studio/studio_api.h"

namespace tracebus {
inline namespace v1 {

class StudioSite {
 public:
  // A body of the API that is no upload and no OTLP.
  static constexpr std::size_t kApiBodyBytesMax = std::size_t{1} << 20;
  static constexpr std::size_t kOtlpBodyBytesMax = std::size_t{64} << 20;

  // Throws std::bad_alloc, and std::system_error where the system has no random token.
  StudioSite(TraceEventBus& bus, const StudioOptions& options);
  StudioSite(const StudioSite&) = delete;
  StudioSite& operator=(const StudioSite&) = delete;

  HttpReply answer(const HttpCall& call);
  static std::size_t body_bytes_max(std::string_view path) noexcept;

  const StudioOptions& options() const noexcept { return options_; }
  const AccessToken& token() const noexcept { return token_; }
  TraceStore& store() noexcept { return *store_; }
  EventStream& stream() noexcept { return *stream_; }
  FileLoading& loading() noexcept { return *loading_; }

  // Before the first answer.
  void set_receiver(std::shared_ptr<OtlpReceiver> receiver, std::string error);
  void set_subscription(const SubscriptionId& id) { subscription_ = id; }
  OtlpReceiver* receiver() const noexcept { return receiver_.get(); }
  const std::string& receiver_error() const noexcept { return receiver_error_; }
  // From now on nothing here touches the bus.
  void leave_bus();

 private:
  HttpReply answer_api(const HttpCall& call);
  HttpReply answer_stream(const HttpCall& call);
  HttpReply answer_session() const;
  std::string status_json() const;
  std::string bad_lines_json() const;
  HttpReply answer_exporters();

  const StudioOptions options_;
  const AccessToken token_;
  const Timestamp started_ = Timestamp::now();
  const std::shared_ptr<TraceStore> store_;
  const std::shared_ptr<EventStream> stream_;
  const std::shared_ptr<FileLoading> loading_;
  const StudioApi api_;
  std::shared_ptr<OtlpReceiver> receiver_;
  std::string receiver_error_;
  SubscriptionId subscription_;

  std::mutex bus_mutex_;
  TraceEventBus* bus_;  // guarded by bus_mutex_; null: it was left
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_STUDIO_STUDIO_SITE_H_
