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

  static const ContextValues& none() noexcept;

 private:
  friend class SharedContextValues;
  mutable std::atomic<std::uint32_t> shares_{1};
};

// A share of ContextValues that nobody changes any more, or none. Thread safety: as a shared_ptr,
// at half its size.
class SharedContextValues {
 public:
  constexpr SharedContextValues() noexcept = default;
  explicit SharedContextValues(std::unique_ptr<const ContextValues> values) noexcept
      : values_(values.release()) {}
  SharedContextValues(const SharedContextValues& other) noexcept : values_(other.values_) {
    // Relaxed: whoever copies has a share.
    if (values_ != nullptr) values_->shares_.fetch_add(1, std::memory_order_relaxed);
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
  void drop() const noexcept {
    // Release and acquire pair with each other: the last one to drop sees all uses ended.
    if (values_->shares_.fetch_sub(1, std::memory_order_acq_rel) == 1) destroy(values_);
  }

  static void destroy(const ContextValues* values) noexcept;  // rare, so out of line

  const ContextValues* values_ = nullptr;
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_TRACE_CONTEXT_VALUES_H_
