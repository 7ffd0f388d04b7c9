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

  // Shows those that come, at the latest after that time. Returns how many the Studio had to leave
  // out; Unavailable where the connection is lost: the next call makes another, and goes on behind
  // the last event that came.
  absl::StatusOr<std::uint64_t> show_next(std::chrono::milliseconds wait, const Show& show);

 private:
  StudioTail(std::unique_ptr<StudioClient> client, std::string filters)
      : client_(std::move(client)), filters_(std::move(filters)) {}

  // The latest that were not shown, up to limit; more where first, a number, is not among them yet.
  absl::Status show_page(std::uint64_t limit, std::uint64_t first, const Show& show);

  const std::unique_ptr<StudioClient> client_;
  const std::string filters_;
  bool is_following_ = false;
  std::uint64_t begin_ = 0;  // of events with smaller numbers nothing is shown
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_TOOLS_LOOK_STUDIO_TAIL_H_
