// SPDX-License-Identifier: Apache-2.0
#include "tracebus/studio/payment_table.h"

#include <algorithm>

#include "tracebus/core/hash.h"

namespace tracebus {
inline namespace v1 {
namespace {

constexpr std::uint8_t kSaysMore = 4;  // than any source of less

std::uint8_t rank_of(const PaymentClaim& claim, Payment::Part part) noexcept {
  const PaidFigures& figures = claim.figures;
  const auto source = static_cast<std::uint8_t>(static_cast<unsigned>(claim.source) + 1);
  const auto rank = [source](bool says_more) {
    return static_cast<std::uint8_t>(source + (says_more ? kSaysMore : 0));
  };
  if (part == Payment::kCall) return source;
  if (part == Payment::kPrice) return figures.has_cost ? rank(figures.cost_nanos != 0) : 0;
  return figures.has_tokens ? rank(figures.has_split) : 0;
}

// Where the pattern has a 0 the text has any digit.
bool ends_as(std::string_view text, std::string_view pattern) noexcept {
  if (text.size() <= pattern.size()) return false;
  text.remove_prefix(text.size() - pattern.size());
  return std::equal(text.begin(), text.end(), pattern.begin(),
                    [](char c, char p) { return p == '0' ? c >= '0' && c <= '9' : c == p; });
}

}  // namespace

std::uint64_t model_stem_hash(std::string_view model) noexcept {
  if (model.empty()) return 0;
  for (const std::string_view date : {"-0000-00-00", "-00000000", "@00000000", "-0000"}) {
    if (!ends_as(model, date)) continue;
    model.remove_suffix(date.size());
    break;
  }
  return hash_bytes(model) | 1;
}

Payment::Joining Payment::join(const PaymentClaim& claim) noexcept {
  Joining joining;
  joining.before = counted_;
  for (const Part part : {kCall, kPrice, kTokens}) {
    const std::uint8_t rank = rank_of(claim, part);
    if (rank <= ranks_[part]) continue;
    const std::uint32_t mark = 1u << part;
    joining.counts |= mark;
    if (ranks_[part] != 0) joining.lost |= mark;
    joining.losers[part] = events_[part];
    ranks_[part] = rank;
    events_[part] = claim.event;
  }
  if ((joining.counts & 1u << kPrice) != 0) {
    counted_.has_cost = true;
    counted_.cost_nanos = claim.figures.cost_nanos;
  }
  if ((joining.counts & 1u << kTokens) != 0) {
    counted_.has_tokens = true;
    counted_.input_tokens = claim.figures.input_tokens;
    counted_.output_tokens = claim.figures.output_tokens;
    counted_.total_tokens = claim.figures.total_tokens;
  }
  if (sources_ == 0) failed_ = claim.failed;
  if (model_ == 0) model_ = claim.model;
  run_ = claim.run;
  sources_ |= bit(claim.source);
  return joining;
}

bool Payment::is_open_to_records(Part part) const noexcept {
  return (ranks_[part] & (kSaysMore - 1)) <= 1;
}

bool Payment::agrees(const PaymentClaim& claim) const noexcept {
  const std::int64_t cost = counted_.has_cost ? counted_.cost_nanos : 0;
  const std::int64_t its_cost = claim.figures.has_cost ? claim.figures.cost_nanos : 0;
  if (cost != 0 && its_cost != 0 && cost != its_cost) return false;
  return model_ == 0 || claim.model == 0 || model_ == claim.model;
}

bool Payment::is_same_call(const PaymentClaim& claim) const noexcept {
  if (failed_ != claim.failed) return false;
  if (!counted_.has_tokens || !claim.figures.has_tokens) return true;
  return counted_.total_tokens == claim.figures.total_tokens;
}

PaymentTable::PaymentTable(std::size_t payments_max)
    : chains_(payments_max), payments_max_(payments_max) {}

PaymentTable::Entry* PaymentTable::entry_of(std::uint64_t key) noexcept {
  for (std::uint32_t at = chain_of(key).first; at != kNone; at = entries_[at].next) {
    if (entries_[at].key == key) return &entries_[at];
  }
  return nullptr;
}

Payment* PaymentTable::find(std::uint64_t key) noexcept {
  constexpr int kStepsMax = 3;  // aliases of aliases, which may go in circles
  Entry* entry = entry_of(key);
  for (int i = 0; i < kStepsMax && entry != nullptr; ++i) {
    if (entry->other == 0) return &entry->payment;
    entry = entry_of(entry->other);
  }
  return nullptr;
}

void PaymentTable::put(std::uint64_t key, const Payment& payment) {
  if (const Entry* const known = entry_of(key)) unlink(*known);
  add(key, 0, payment);
}

void PaymentTable::put_alias(std::uint64_t key, std::uint64_t other) {
  const Entry* const known = entry_of(key);
  if (known != nullptr && known->other == 0) return;
  if (known != nullptr) unlink(*known);
  add(key, other, Payment());
}

void PaymentTable::wait(std::uint64_t key, const Payment& payment) { add(key, 0, payment); }

Payment* PaymentTable::take(std::uint64_t key, const PaymentClaim& claim) noexcept {
  Chain& chain = chain_of(key);
  std::uint32_t before = kNone;
  for (std::uint32_t at = chain.first; at != kNone;) {
    Entry& entry = entries_[at];
    const std::uint32_t next = entry.next;
    if (entry.key != key) {
      before = at;
    } else if (entry.payment.agrees(claim)) {
      unlink(chain, at, before);
      return &entry.payment;
    } else if (++entry.contradicted == kContradictedMax) {
      unlink(chain, at, before);
    } else {
      before = at;
    }
    at = next;
  }
  return nullptr;
}

void PaymentTable::add(std::uint64_t key, std::uint64_t other, const Payment& payment) {
  if (entries_.size() < payments_max_) {
    next_ = entries_.size();
    entries_.emplace_back();
  } else {
    next_ = (next_ + 1) & (payments_max_ - 1);
  }
  const auto at = static_cast<std::uint32_t>(next_);
  // The oldest of all is the oldest of its chain.
  if (entries_[at].in_use) unlink(chain_of(entries_[at].key), at, kNone);
  entries_[at] = {key, other, kNone, 0, true, payment};
  Chain& chain = chain_of(key);
  (chain.last == kNone ? chain.first : entries_[chain.last].next) = at;
  chain.last = at;
}

void PaymentTable::unlink(const Entry& entry) noexcept {
  Chain& chain = chain_of(entry.key);
  std::uint32_t before = kNone;
  for (std::uint32_t at = chain.first; at != kNone; at = entries_[at].next) {
    if (&entries_[at] == &entry) return unlink(chain, at, before);
    before = at;
  }
}

void PaymentTable::unlink(Chain& chain, std::uint32_t at, std::uint32_t before) noexcept {
  Entry& entry = entries_[at];
  (before == kNone ? chain.first : entries_[before].next) = entry.next;
  if (chain.last == at) chain.last = before;
  entry.in_use = false;
}

}  // namespace v1
}  // namespace tracebus
