// SPDX-License-Identifier: Apache-2.0
//
// StudioTail: the events of a Studio that runs, the latest and those that come, in a store.
//
// Thread safety: one thread's.
#ifndef TRACEBUS_TOOLS_LOOK_STUDIO_TAIL_H_
#define TRACEBUS_TOOLS_LOOK_STUDIO_TAIL_H_

#include <absl/status/status.h>
#include <absl/status/statusor.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include "tracebus/studio/trace_store.h"
#include "tracebus/tools/look/studio_client.h"

namespace tracebus {
inline namespace v1 {

class StudioTail {
 public:
  // filters: FILTERS of studio/api.md as they stand in an address. Errors as of StudioClient::open.
  static absl::StatusOr<std::unique_ptr<StudioTail>> open(const std::string& address,
                                                          std::string filters);

  // Adds the latest events that match, up to limit. Errors as of StudioClient::get.
  absl::Status add_latest(TraceStore& store, std::uint64_t limit);

  // Adds what has come since, at the latest after that time. Returns how many events the Studio had
  // to leave out; Unavailable where the connection is lost: the next call makes another, and goes on
  // behind the last event that came.
  absl::StatusOr<std::uint64_t> add_next(TraceStore& store, std::chrono::milliseconds wait);

 private:
  StudioTail(std::unique_ptr<StudioClient> client, std::string filters)
      : client_(std::move(client)), filters_(std::move(filters)) {}

  const std::unique_ptr<StudioClient> client_;
  const std::string filters_;
  bool is_following_ = false;
  std::uint64_t last_id_ = 0;  // what is not behind it is in the store, or was not asked for
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_TOOLS_LOOK_STUDIO_TAIL_H_
