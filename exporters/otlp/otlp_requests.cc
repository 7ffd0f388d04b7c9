// SPDX-License-Identifier: Apache-2.0
#include "tracebus/exporters/otlp/otlp_requests.h"

#include <algorithm>
#include <utility>

#include "tracebus/core/limits.h"
#include "tracebus/core/profile.h"
#include "tracebus/core/text_cut.h"
#include "tracebus/exporters/http/retry_schedule.h"

namespace tracebus {
inline namespace v1 {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kTimeoutMax{3'600'000};
constexpr std::size_t kRequestBytesMin = 4096;
constexpr std::size_t kErrorBytesMax = 512;
// Records of so much are encoded at a time, and make a request. As much as one block of the bus's
// queue has, and with it a batch: each request wakes the receiver, and where that shares a
// processor with the worker it takes the worker's place. A quarter of it costs a fifth of the rate.
constexpr std::size_t kChunkBytes = kBlockBytesMax;
// Encoded, a chunk is well within the bound of a request.
constexpr std::size_t kChunksInRequest = 4;
template <class Item>
std::vector<std::unique_ptr<Item>> made(std::size_t count) {
  std::vector<std::unique_ptr<Item>> items(count);
  for (auto& item : items) item = std::make_unique<Item>();
  return items;
}

}  // namespace

absl::Status check(const OtlpRequestOptions& options) {
  if (options.timeout.count() < 1 || options.timeout > kTimeoutMax) {
    return absl::InvalidArgumentError("timeout is not from 1 to 3600000 ms");
  }
  if (options.request_bytes_max < kRequestBytesMin ||
      options.request_bytes_max > kOtlpRequestBytesMax) {
    return absl::InvalidArgumentError("request_bytes_max is not from 4096 to 67108864");
  }
  return absl::OkStatus();
}

OtlpRequests::OtlpRequests(const OtlpRequestOptions& options, std::unique_ptr<OtlpSender> sender)
    : signal_(options.signal), timeout_(options.timeout),
      chunk_bytes_(std::min(kChunkBytes, options.request_bytes_max / kChunksInRequest)),
      encoder_({.profile = options.profile,
                .spans = options.signal == OtlpSignal::kTraces,
                .logs = options.signal == OtlpSignal::kLogs}),
      frame_(options.resource, schema_url(options.profile),
             {.spans_max = options.request_spans_max, .bytes_max = options.request_bytes_max}),
      sender_(std::move(sender)), requests_(made<Request>(options.requests_max)) {}

ExportResult OtlpRequests::export_batch(const Batch& batch, const ExportContext& context,
                                        std::string& error) {
  error_ = &error;
  result_ = {};
  next_event_ = 0;
  chunk_.reset();
  done_.clear();
  // After an exception some may be left of the batch before.
  for (const auto& request : requests_) request->chunk.reset();
  sender_->begin(give_up_at(context, timeout_), context.stop);
  for (;;) {
    if (sender_->is_over()) {
      fail_the_rest(batch);
    } else {
      send_while_there_is_room(batch);
    }
    if (sender_->outstanding() == 0 && chunk_ == nullptr && next_event_ == batch.size()) break;
    sender_->wait(done_);
    settle();
  }
  return result_;
}

absl::Status OtlpRequests::check(Deadline deadline) {
  std::string error;
  error_ = &error;
  result_ = {};
  done_.clear();
  sender_->begin(deadline, {});
  Request& request = *requests_.front();
  request.pieces = frame_.empty_request();
  request.units = 1;  // it is the request itself that arrives or not
  sender_->send(0, request.pieces);
  while (sender_->outstanding() != 0) sender_->wait(done_);
  settle();
  return result_.lost() == 0 ? absl::OkStatus() : absl::UnavailableError(error);
}

void OtlpRequests::send_while_there_is_room(const Batch& batch) {
  while (sender_->has_room() && find_next_request(batch)) {
    send_request(frame_.end_of_request(*chunk_, next_unit_));
    sender_->progress(done_);
    settle();
    if (sender_->is_over()) return;
  }
}

// Whether next_unit_ of chunk_ begins one.
bool OtlpRequests::find_next_request(const Batch& batch) {
  for (;;) {
    if (chunk_ == nullptr) {
      if (next_event_ == batch.size()) return false;
      encode_chunk(batch);
    }
    while (next_unit_ < chunk_->size() &&
           frame_.end_of_request(*chunk_, next_unit_) == next_unit_) {
      fail(1, (signal_ == OtlpSignal::kTraces ? "a span of " : "a log record of ") +
                  std::to_string(chunk_->units(next_unit_, next_unit_ + 1).size()) +
                  " bytes is larger than a request may be");
      ++next_unit_;
    }
    if (next_unit_ < chunk_->size()) return true;
    chunk_.reset();
  }
}

void OtlpRequests::encode_chunk(const Batch& batch) {
  const std::size_t first = next_event_;
  std::size_t bytes = 0;
  while (next_event_ < batch.size() && bytes < chunk_bytes_) {
    bytes += batch.events[next_event_++].size_bytes();
  }
  result_ += encoder_.encode({.events = batch.events.subspan(first, next_event_ - first),
                              .first_number = batch.first_number + first,
                              .drops = batch.drops});
  chunk_ = idle_chunk();
  signal_ == OtlpSignal::kTraces ? encoder_.swap_spans(*chunk_) : encoder_.swap_logs(*chunk_);
  next_unit_ = 0;
}

// Each request holds at most one, so there are never many.
OtlpRequests::Chunk OtlpRequests::idle_chunk() {
  for (const Chunk& chunk : chunks_) {
    if (chunk.use_count() == 1) return chunk;
  }
  return chunks_.emplace_back(std::make_shared<EncodedBatch>());
}

void OtlpRequests::send_request(std::size_t end) {
  const auto idle = std::find_if(requests_.begin(), requests_.end(),
                                 [](const auto& request) { return request->chunk == nullptr; });
  Request& request = **idle;
  request.chunk = chunk_;
  request.units = end - next_unit_;
  request.pieces = frame_.request(*chunk_, next_unit_, end);
  next_unit_ = end;
  if (next_unit_ == chunk_->size()) chunk_.reset();
  sender_->send(static_cast<std::size_t>(idle - requests_.begin()), request.pieces);
}

// Encodes it all the same: only so it is known what of it was a part of the signal.
void OtlpRequests::fail_the_rest(const Batch& batch) {
  std::size_t rest = 0;
  for (;;) {
    if (chunk_ != nullptr) rest += chunk_->size() - next_unit_;
    chunk_.reset();
    if (next_event_ == batch.size()) break;
    encode_chunk(batch);
  }
  if (rest != 0) fail(rest, "there was no time left to send the rest of a batch");
}

void OtlpRequests::settle() {
  for (const OtlpOutcome& outcome : done_) {
    Request& request = *requests_[outcome.request];
    settle(outcome, request.units);
    request.chunk.reset();
  }
  done_.clear();
}

void OtlpRequests::settle(const OtlpOutcome& outcome, std::size_t units) {
  if (!outcome.is_delivered) {
    fail(units, outcome.text);
    return;
  }
  const std::uint64_t rejected = std::min<std::uint64_t>(outcome.rejected, units);
  result_.rejected += rejected;
  if (rejected == 0 && outcome.text.empty()) return;
  note("rejected " + std::to_string(rejected) + " of " + std::to_string(units) + ": " +
       outcome.text);
}

void OtlpRequests::fail(std::size_t units, const std::string& why) {
  result_.failed += units;
  note(why);
}

void OtlpRequests::note(const std::string& error) {
  *error_ = cut_text(error, kErrorBytesMax);
}

}  // namespace v1
}  // namespace tracebus
