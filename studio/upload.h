// SPDX-License-Identifier: Apache-2.0
//
// POST /api/upload: a file that somebody has at hand comes beside what a store holds.
#ifndef TRACEBUS_STUDIO_UPLOAD_H_
#define TRACEBUS_STUDIO_UPLOAD_H_

#include <cstddef>

#include "tracebus/studio/file_loading.h"
#include "tracebus/studio/http_call.h"
#include "tracebus/studio/trace_store.h"

namespace tracebus {
inline namespace v1 {

// Of the body, and of what it holds where it is gzip.
inline constexpr std::size_t kUploadBytesMax = std::size_t{256} << 20;

// Nothing of a body is taken that is damaged or too long as gzip, or for which there is no room in
// the store, which has store_bytes_max. The body stays where it is: nothing is written to a disk.
// loading: where its bad lines are listed; as long as that is under way, 503 is the answer.
HttpReply take_upload(const HttpCall& call, TraceStore& store, std::size_t store_bytes_max,
                      FileLoading& loading);

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_STUDIO_UPLOAD_H_
