// SPDX-License-Identifier: Apache-2.0
#include "tracebus/trace/context_values.h"

#include <algorithm>
#include <utility>

namespace tracebus {
inline namespace v1 {
namespace {

void change_text(std::string& text, std::string_view changed) {
  if (!changed.empty()) text = changed;
}

void merge(std::shared_ptr<const Metadata>& outer, const Payload& inner) {
  if (inner.empty()) return;
  auto merged = std::make_shared<Metadata>();
  // Copied, not referred to: a loop that derives each context from the one before keeps nothing of
  // those that are gone.
  if (outer) {
    for (const Attribute& attribute : outer->attributes()) merged->set(attribute);
  }
  for (const Attribute& attribute : inner) merged->set(attribute);
  outer = std::move(merged);
}

}  // namespace

constinit thread_local HeldShares t_held_shares;

ContextValues::ContextValues(const ContextValues& other)
    : trace_state(other.trace_state), baggage(other.baggage), session_id(other.session_id),
      user_id(other.user_id), workflow(other.workflow), provider(other.provider),
      agent(other.agent), pattern(other.pattern), metadata(other.metadata), tags(other.tags),
      log_fields(other.log_fields) {}

void ContextValues::change(const ContextFields& fields) {
  change_text(session_id, fields.session_id);
  change_text(user_id, fields.user_id);
  change_text(workflow, fields.workflow);
  change_text(provider, fields.provider);
  change_text(agent, fields.agent);
  change_text(pattern, fields.pattern);
  merge(metadata, fields.metadata);
  merge(log_fields, fields.log_fields);
  if (!fields.tags.empty()) {
    auto all = tags ? std::make_shared<std::vector<std::string>>(*tags)
                    : std::make_shared<std::vector<std::string>>();
    for (const std::string_view tag : fields.tags) {
      if (std::find(all->begin(), all->end(), tag) == all->end()) all->emplace_back(tag);
    }
    tags = std::move(all);
  }
}

class SharedContextValues::AtThreadExit {
 public:
  ~AtThreadExit() {
    t_held_shares.closed = true;
    give_back();
  }
  void arm() noexcept { t_held_shares.armed = true; }
};

void SharedContextValues::take_more(const ContextValues* values) noexcept {
  HeldShares& held = t_held_shares;
  std::uint32_t shares = 1;
  if (!held.closed) {
    if (!held.armed) {
      thread_local AtThreadExit at_thread_exit;
      at_thread_exit.arm();
    }
    if (held.values != values) give_back();
    held.values = values;
    held.count = kHeldSharesMax;
    shares += kHeldSharesMax;
  }
  // Relaxed: whoever copies has a share.
  values->shares_.fetch_add(shares, std::memory_order_relaxed);
}

void SharedContextValues::give_back() noexcept {
  HeldShares& held = t_held_shares;
  const std::uint32_t shares = std::exchange(held.count, 0);
  const ContextValues* const values = std::exchange(held.values, nullptr);
  if (shares != 0) drop(values, shares);
}

void SharedContextValues::drop(const ContextValues* values, std::uint32_t shares) noexcept {
  // Release and acquire pair with each other: the last one to drop sees all uses ended.
  if (values->shares_.fetch_sub(shares, std::memory_order_acq_rel) == shares) delete values;
}

const ContextValues& ContextValues::none() noexcept {
  static const ContextValues& values = *new ContextValues;  // static destructors may still ask
  return values;
}

}  // namespace v1
}  // namespace tracebus
