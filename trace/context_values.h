// SPDX-License-Identifier: Apache-2.0
//
// ContextValues: what a context holds beside ids, shared by all contexts that were derived from one
// without changing it; and ContextFields: how a caller names what is to change.
#ifndef TRACEBUS_TRACE_CONTEXT_VALUES_H_
#define TRACEBUS_TRACE_CONTEXT_VALUES_H_

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tracebus/core/ids.h"
#include "tracebus/core/value.h"
#include "tracebus/trace/baggage.h"
#include "tracebus/trace/metadata.h"
#include "tracebus/trace/trace_state.h"

namespace tracebus {
inline namespace v1 {

// Borrows all text, until Context::with returns. What is empty stays as it was.
struct ContextFields {
  std::string_view session_id = {};
  std::string_view user_id = {};
  std::string_view workflow = {};
  std::string_view provider = {};  // of models, as "anthropic"
  std::string_view agent = {};     // whose events these are
  std::string_view pattern = {};   // in which pattern, as "debate"
  RunId run_id = {};
  Payload metadata = {};                    // merged by key; the inner value wins
  std::vector<std::string_view> tags = {};  // appended, but for those that are there already
  Payload log_fields = {};                  // as metadata, but for lines of logs (LogContext)
};

struct ContextValues {
  ContextValues() = default;
  ContextValues(const ContextValues& other);  // with one share of its own
  ContextValues& operator=(const ContextValues&) = delete;

  void change(const ContextFields& fields);

  TraceState trace_state;
  Baggage baggage;
  std::string session_id;
  std::string user_id;
  std::string workflow;
  std::string provider;
  std::string agent;
  std::string pattern;
  std::shared_ptr<const Metadata> metadata;  // null if there is none
  std::shared_ptr<const std::vector<std::string>> tags;
  std::shared_ptr<const Metadata> log_fields;  // likewise

  static const ContextValues& none() noexcept;

 private:
  friend class SharedContextValues;
  mutable std::atomic<std::uint32_t> shares_{1};
};

// Shares of one ContextValues that a thread holds for copies to come, and gets back from those that
// it drops: so a thread that copies and drops the same one goes without atomic additions. They keep
// it alive until the thread copies another one or ends, unless no other shares are left when it
// drops one: then it goes at once.
struct HeldShares {
  const ContextValues* values = nullptr;
  std::uint32_t count = 0;
  bool armed = false;   // the thread will give them back when it ends
  bool closed = false;  // it did; what comes later takes and drops shares one by one
};

#if defined(__GNUC__) && defined(__linux__)
[[gnu::tls_model("initial-exec")]]
#endif
extern constinit thread_local HeldShares t_held_shares;

// A share of ContextValues that nobody changes any more, or none. Thread safety: as a shared_ptr,
// at half its size. Not for signal handlers.
class SharedContextValues {
 public:
  static constexpr std::uint32_t kHeldSharesMax = 64;

  constexpr SharedContextValues() noexcept = default;
  explicit SharedContextValues(std::unique_ptr<const ContextValues> values) noexcept
      : values_(values.release()) {}
  SharedContextValues(const SharedContextValues& other) noexcept : values_(other.values_) {
    if (values_ != nullptr) take();
  }
  SharedContextValues(SharedContextValues&& other) noexcept
      : values_(std::exchange(other.values_, nullptr)) {}
  SharedContextValues& operator=(const SharedContextValues& other) noexcept {
    return *this = SharedContextValues(other);
  }
  SharedContextValues& operator=(SharedContextValues&& other) noexcept {
    std::swap(values_, other.values_);  // what was here is dropped with other
    return *this;
  }
  constexpr ~SharedContextValues() {
    if (values_ != nullptr) drop();
  }

  explicit operator bool() const noexcept { return values_ != nullptr; }
  const ContextValues& operator*() const noexcept {
    return values_ != nullptr ? *values_ : ContextValues::none();
  }
  const ContextValues* operator->() const noexcept { return &**this; }

 private:
  class AtThreadExit;

  // REQUIRES, both: there are values.
  void take() const noexcept {
    HeldShares& held = t_held_shares;
    if (held.values != values_ || held.count == 0) [[unlikely]]
      return take_more(values_);
    --held.count;
  }
  void drop() const noexcept {
    HeldShares& held = t_held_shares;
    if (held.values != values_) [[unlikely]]
      return drop(values_, 1);
    // Acquire pairs with the release of other threads' drops: if all shares that are left are this
    // thread's, their uses ended.
    if (values_->shares_.load(std::memory_order_acquire) == ++held.count) [[unlikely]]
      give_back();
  }

  static void take_more(const ContextValues* values) noexcept;
  static void drop(const ContextValues* values, std::uint32_t shares) noexcept;
  static void give_back() noexcept;  // all that the thread holds

  const ContextValues* values_ = nullptr;
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_TRACE_CONTEXT_VALUES_H_
