// SPDX-License-Identifier: Apache-2.0
//
// StudioClient: asks a Studio that runs (studio/api.md), by libcurl.
//
// Thread safety: one thread's.
#ifndef TRACEBUS_TOOLS_LOOK_STUDIO_CLIENT_H_
#define TRACEBUS_TOOLS_LOOK_STUDIO_CLIENT_H_

#include <absl/status/status.h>
#include <absl/status/statusor.h>

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "tracebus/tools/look/event_frames.h"

namespace tracebus {
inline namespace v1 {

class StudioClient {
 public:
  static constexpr std::chrono::milliseconds kAnswerWait{10'000};
  static constexpr std::size_t kAnswerBytesMax = std::size_t{256} << 20;

  // address: as `tracebus studio` prints it, also with its "#token=...". InvalidArgument.
  static absl::StatusOr<std::unique_ptr<StudioClient>> open(const std::string& address);
  StudioClient(const StudioClient&) = delete;
  StudioClient& operator=(const StudioClient&) = delete;
  ~StudioClient();

  // The body of the answer to GET, within kAnswerWait. what: "/api/status". Unavailable: nobody
  // answers; else what the Studio says is wrong.
  absl::StatusOr<std::string> get(const std::string& what);

  // Begins to read a stream, behind that event if one is named, and lets go of the one before.
  void follow(const std::string& what, const std::string& last_event_id);
  // What has come, at the latest after that time; nothing is no error. Errors as of get, also when
  // the stream has ended.
  absl::StatusOr<std::vector<EventFrame>> read(std::chrono::milliseconds wait);

  // The address without its token; safe to print.
  const std::string& shown() const noexcept;
  // The error for an answer that is none of a Studio's.
  absl::Status not_understood(const std::string& what) const;

 private:
  class Transfer;
  struct Place;
  explicit StudioClient(std::unique_ptr<Place> place);

  const std::unique_ptr<Place> place_;
  std::unique_ptr<Transfer> stream_;
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_TOOLS_LOOK_STUDIO_CLIENT_H_
