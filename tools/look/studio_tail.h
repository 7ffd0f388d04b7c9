// SPDX-License-Identifier: Apache-2.0
//
// StudioTail: the events of a Studio that runs, the latest and those that come.
//
// Thread safety: one thread's.
#ifndef TRACEBUS_TOOLS_LOOK_STUDIO_TAIL_H_
#define TRACEBUS_TOOLS_LOOK_STUDIO_TAIL_H_

#include <absl/status/status.h>
#include <absl/status/statusor.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "tracebus/studio/stored_span.h"
#include "tracebus/tools/look/studio_client.h"

namespace tracebus {
inline namespace v1 {

class StudioTail {
 public:
  // One event after the other, the earliest first; json is EVENT of studio/api.md. Borrowed for the
  // time of the call.
  using Show = std::function<void(const StoredSpan& span, std::string_view json)>;

  // filters: FILTERS of studio/api.md as they stand in an address. Errors as of StudioClient::open.
  static absl::StatusOr<std::unique_ptr<StudioTail>> open(const std::string& address,
                                                          std::string filters);

  // Shows the latest events that match, up to limit. Errors as of StudioClient::get.
  absl::Status show_latest(std::uint64_t limit, const Show& show);

  struct Gap {
    std::uint64_t missed = 0;  // events, of any kind, that the Studio has no more
    bool is_new_life = false;  // it was started anew: what it still had to show before is gone
  };

  // Shows those that come, some thousands at once, at the latest after that time, and says what is
  // missing before them.
  // Unavailable where the connection is lost: the next call makes another, and goes on behind the
  // last event that came.
  absl::StatusOr<Gap> show_next(std::chrono::milliseconds wait, const Show& show);

 private:
  StudioTail(std::unique_ptr<StudioClient> client, std::string filters)
      : client_(std::move(client)), filters_(std::move(filters)) {}

  // Shows a page of the Studio's events. Whether more would follow.
  absl::StatusOr<bool> show_page(const std::string& page, const Show& show);
  // Whether the Studio has let go of events behind that number.
  absl::StatusOr<bool> is_gone(std::uint64_t number);
  void follow();

  const std::unique_ptr<StudioClient> client_;
  const std::string filters_;
  bool is_following_ = false;
  bool is_more_ = false;                // there were more than were shown at once
  std::string instance_;                // of the Studio that the next is of
  std::optional<std::uint64_t> begin_;  // events of smaller numbers were shown; none: nothing came
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_TOOLS_LOOK_STUDIO_TAIL_H_
