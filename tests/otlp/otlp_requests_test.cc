// SPDX-License-Identifier: Apache-2.0
//
// The account of a batch, against a sender that answers as the test says.
#include "tracebus/exporters/otlp/otlp_requests.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "tracebus/core/wire_reader.h"
#include "tracebus/tests/otlp/span_maker.h"

namespace tracebus::testing {
namespace {

using ::testing::HasSubstr;

std::size_t spans_in(const TraceRequest& pieces) {
  std::size_t spans = 0;
  WireReader fields(pieces.spans);
  for (WireField field; fields.next(field);) ++spans;
  return spans;
}

struct Script {
  std::function<OtlpOutcome(std::size_t spans)> answer;
  bool is_over = false;                // the deadline has come
  bool throws = false;                 // from the next send
  std::vector<std::size_t> sent = {};  // spans of each request
};

class ScriptedSender final : public OtlpSender {
 public:
  explicit ScriptedSender(std::shared_ptr<Script> script) : script_(std::move(script)) {}
  void begin(Deadline, std::stop_token) override { done_.clear(); }
  bool is_over() const override { return script_->is_over; }
  std::size_t outstanding() const noexcept override { return done_.size(); }
  bool has_room() const noexcept override { return done_.empty(); }
  void send(std::size_t request, const TraceRequest& pieces) override {
    if (std::exchange(script_->throws, false)) throw std::runtime_error("as the test says");
    script_->sent.push_back(spans_in(pieces));
    done_.push_back(script_->answer(script_->sent.back()));
    done_.back().request = request;
  }
  void progress(std::vector<OtlpOutcome>&) override {}
  void wait(std::vector<OtlpOutcome>& outcomes) override {
    outcomes.insert(outcomes.end(), done_.begin(), done_.end());
    done_.clear();
  }

 private:
  const std::shared_ptr<Script> script_;
  std::vector<OtlpOutcome> done_;
};

class OtlpRequestsTest : public ::testing::Test {
 protected:
  explicit OtlpRequestsTest(std::size_t spans_max = 0)
      : requests_({.requests_max = 1, .request_spans_max = spans_max, .resource = resource_},
                  std::make_unique<ScriptedSender>(script_)) {
    for (std::uint64_t i = 0; i < 10; ++i) batch_.add(numbered_span(i, "span"));
  }
  ExportResult run() {
    return requests_.export_batch(batch_.batch(), {.deadline = Deadline::max(), .stop = {}},
                                  error_);
  }

  const Resource resource_;
  const std::shared_ptr<Script> script_ = std::make_shared<Script>(
      Script{.answer = [](std::size_t) { return OtlpOutcome{.is_delivered = true}; }});
  OtlpRequests requests_;
  BuiltBatch batch_;
  std::string error_;
};

TEST_F(OtlpRequestsTest, WhatIsTakenIsDelivered) {
  EXPECT_EQ(run().lost(), 0u);
  EXPECT_EQ(script_->sent, std::vector<std::size_t>{10});
  EXPECT_EQ(error_, "");
}

TEST_F(OtlpRequestsTest, NoMoreAreRejectedThanWereSent) {
  script_->answer = [](std::size_t) {
    return OtlpOutcome{.is_delivered = true, .rejected = 1'000'000, .text = "too old"};
  };
  const ExportResult result = run();
  EXPECT_EQ(result.rejected, 10u);
  EXPECT_EQ(result.failed, 0u);
  EXPECT_EQ(error_, "rejected 10 of 10: too old");
}

TEST_F(OtlpRequestsTest, AWarningIsToldAndCostsNothing) {
  script_->answer = [](std::size_t) {
    return OtlpOutcome{.is_delivered = true, .text = "soon too old"};
  };
  EXPECT_EQ(run().lost(), 0u);
  EXPECT_EQ(error_, "rejected 0 of 10: soon too old");
}

TEST_F(OtlpRequestsTest, WhatThereIsNoTimeForFails) {
  script_->is_over = true;
  EXPECT_EQ(run().failed, 10u);
  EXPECT_TRUE(script_->sent.empty());
  EXPECT_THAT(error_, HasSubstr("no time left"));
}

TEST_F(OtlpRequestsTest, AfterAnExceptionTheNextBatchIsWhole) {
  script_->throws = true;
  EXPECT_THROW(run(), std::runtime_error);
  EXPECT_EQ(run().lost(), 0u);
  EXPECT_EQ(script_->sent, std::vector<std::size_t>{10});
}

class SmallRequestsTest : public OtlpRequestsTest {
 protected:
  SmallRequestsTest() : OtlpRequestsTest(3) {}
};

TEST_F(SmallRequestsTest, EachRequestIsSettledForItself) {
  script_->answer = [this](std::size_t) {
    return OtlpOutcome{.is_delivered = script_->sent.size() != 2, .text = "busy"};
  };
  const ExportResult result = run();
  EXPECT_EQ(script_->sent, (std::vector<std::size_t>{3, 3, 3, 1}));
  EXPECT_EQ(result.failed, 3u);
  EXPECT_EQ(result.rejected, 0u);
}

TEST_F(SmallRequestsTest, WhenTheTimeComesTheRestFails) {
  script_->answer = [this](std::size_t) {
    script_->is_over = true;
    return OtlpOutcome{.is_delivered = true};
  };
  EXPECT_EQ(run().failed, 7u);
}

}  // namespace
}  // namespace tracebus::testing
