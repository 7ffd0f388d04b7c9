// SPDX-License-Identifier: Apache-2.0
//
// DiscardingSender: carries requests of OTLP nowhere, and says at once that they were taken. It
// counts the spans in what it is given, a look at the first bytes of each.
//
// Thread safety: as OtlpSender; spans may be read by any thread.
#ifndef TRACEBUS_BENCH_DISCARDING_SENDER_H_
#define TRACEBUS_BENCH_DISCARDING_SENDER_H_

#include <atomic>
#include <cstdint>
#include <memory>
#include <stop_token>
#include <vector>

#include "tracebus/exporters/otlp/otlp_sender.h"
#include "tracebus/core/wire_reader.h"

namespace tracebus::bench {

struct Discarded {
  std::atomic<std::uint64_t> spans{0};
  std::atomic<std::uint64_t> bytes{0};
};

class DiscardingSender final : public OtlpSender {
 public:
  explicit DiscardingSender(std::shared_ptr<Discarded> discarded)
      : discarded_(std::move(discarded)) {}

  void begin(Deadline, std::stop_token) override { done_.clear(); }
  bool is_over() const override { return false; }
  std::size_t outstanding() const noexcept override { return done_.size(); }
  bool has_room() const noexcept override { return done_.empty(); }
  void send(std::size_t request, const TraceRequest& pieces) override {
    std::uint64_t spans = 0;
    WireReader fields(pieces.spans);
    for (WireField field; fields.next(field);) ++spans;
    discarded_->spans += spans;
    discarded_->bytes += pieces.size_bytes();
    done_.push_back({.request = request, .is_delivered = true});
  }
  void progress(std::vector<OtlpOutcome>& outcomes) override {
    outcomes.insert(outcomes.end(), done_.begin(), done_.end());
    done_.clear();
  }
  void wait(std::vector<OtlpOutcome>& outcomes) override { progress(outcomes); }

 private:
  const std::shared_ptr<Discarded> discarded_;
  std::vector<OtlpOutcome> done_;
};

}  // namespace tracebus::bench

#endif  // TRACEBUS_BENCH_DISCARDING_SENDER_H_
