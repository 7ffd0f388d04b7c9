// SPDX-License-Identifier: Apache-2.0
//
// PaymentTable: what was paid for the last calls of models, and which event counts it.
//
// A call may be told of several times: by its own end, by that of the provider's call within it,
// and by a cost record. All of them are one payment, of which each figure is counted by one event:
// that of the highest rank among those that say it. A later event of a higher rank takes the figure
// over, and the one before counts it no more.
//
//   with a span id     one payment a key, the last one; others join it, whatever they say
//   without            those that lack their other half wait in line, and the oldest that does not
//                      contradict is taken; one that 1,024 others contradicted is forgotten
//
// Bounded: a new payment takes the place of the oldest. What comes later than that for an old one
// counts beside it. Keys are hashes of texts and ids, so that they hold whatever is renumbered.
// Thread safety: none.
#ifndef TRACEBUS_STUDIO_PAYMENT_TABLE_H_
#define TRACEBUS_STUDIO_PAYMENT_TABLE_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace tracebus {
inline namespace v1 {

// Who tells of a payment. Later ones count before earlier ones.
enum class PaymentSource : std::uint8_t { kRecord, kProvider, kCall };

struct PaidFigures {
  std::int64_t cost_nanos = 0;
  std::uint32_t input_tokens = 0;
  std::uint32_t output_tokens = 0;
  std::uint32_t total_tokens = 0;
  bool has_cost = false;
  bool has_tokens = false;
  bool has_split = false;  // into input and output
};

// What one event says.
struct PaymentClaim {
  std::uint64_t event = 0;  // its number in the table
  std::uint32_t run = 0;
  PaymentSource source = PaymentSource::kCall;
  bool failed = false;
  std::uint64_t model = 0;  // model_stem_hash; 0: it says none
  PaidFigures figures;
};

// Of a name without the date at its end, "gpt-4o-2024-08-06": who asks often leaves that out.
std::uint64_t model_stem_hash(std::string_view model) noexcept;

class Payment {
 public:
  enum Part : std::uint8_t { kCall, kPrice, kTokens };
  static constexpr std::size_t kParts = 3;

  // Nobody counts anything yet.
  Payment() = default;

  // Which parts the claim counts from now on, as bits; the others it says are counted already.
  // lost: the events that counted a part before, by part; only where the claim counts it now.
  struct Joining {
    std::uint32_t counts = 0;
    std::uint32_t lost = 0;
    std::array<std::uint64_t, kParts> losers{};
    PaidFigures before;  // what was counted until then
  };
  Joining join(const PaymentClaim& claim) noexcept;

  bool has(PaymentSource source) const noexcept { return (sources_ & bit(source)) != 0; }
  bool has_call() const noexcept {
    return has(PaymentSource::kCall) || has(PaymentSource::kProvider);
  }
  // Whether a record counts the part, or nobody.
  bool is_open_to_records(Part part) const noexcept;
  // Whether a call and a record may be of one payment: neither cost nor model says otherwise. A
  // cost of 0 is one that nobody knew.
  bool agrees(const PaymentClaim& claim) const noexcept;
  // Whether a call and its provider's may be: neither tokens nor outcome say otherwise.
  bool is_same_call(const PaymentClaim& claim) const noexcept;

  // The event that counts the call.
  std::uint64_t call_event() const noexcept { return events_[kCall]; }
  std::uint32_t run() const noexcept { return run_; }
  void set_run(std::uint32_t run) noexcept { run_ = run; }

 private:
  static constexpr std::uint8_t bit(PaymentSource source) noexcept {
    return static_cast<std::uint8_t>(1u << static_cast<unsigned>(source));
  }

  std::array<std::uint64_t, kParts> events_{};  // which event counts each part
  std::array<std::uint8_t, kParts> ranks_{};    // 0: nobody does
  std::uint8_t sources_ = 0;
  bool failed_ = false;
  std::uint32_t run_ = 0;
  std::uint64_t model_ = 0;
  PaidFigures counted_;
};

class PaymentTable {
 public:
  // payments_max: a power of two.
  explicit PaymentTable(std::size_t payments_max);

  // --- One a key ---
  // Null: nothing is known. Pointers hold until the next change.
  Payment* find(std::uint64_t key) noexcept;
  // In the place of what the key had.
  void put(std::uint64_t key, const Payment& payment);
  // The payment of `other` is that of key, too, unless key has one of its own.
  void put_alias(std::uint64_t key, std::uint64_t other);

  // --- Lines of those that wait for their other half; their keys are apart from those above ---
  void wait(std::uint64_t key, const Payment& payment);
  // The first of the key that agrees waits no more. Null: there is none.
  Payment* take(std::uint64_t key, const PaymentClaim& claim) noexcept;

  // renumber(run): its number from now on; 0 for one that is gone, whose payments go with it.
  template <class Renumber>
  void renumber_runs(const Renumber& renumber) {
    for (Entry& entry : entries_) {
      const std::uint32_t run = entry.payment.run();
      if (!entry.in_use || run == 0) continue;
      entry.payment.set_run(renumber(run));
      if (entry.payment.run() == 0) unlink(entry);
    }
  }
  std::size_t bytes() const noexcept {
    return entries_.capacity() * sizeof(Entry) + chains_.size() * sizeof(Chain);
  }

 private:
  static constexpr std::uint32_t kNone = 0xFFFFFFFF;
  static constexpr std::uint32_t kContradictedMax = 1024;

  struct Entry {
    std::uint64_t key = 0;
    std::uint64_t other = 0;     // the key that has the payment; 0: it is here
    std::uint32_t next = kNone;  // in its chain, where the oldest is first
    std::uint16_t contradicted = 0;
    bool in_use = false;
    Payment payment;
  };
  struct Chain {
    std::uint32_t first = kNone;
    std::uint32_t last = kNone;
  };

  Chain& chain_of(std::uint64_t key) noexcept { return chains_[key & (chains_.size() - 1)]; }
  Entry* entry_of(std::uint64_t key) noexcept;
  void add(std::uint64_t key, std::uint64_t other, const Payment& payment);
  void unlink(const Entry& entry) noexcept;
  void unlink(Chain& chain, std::uint32_t at, std::uint32_t before) noexcept;

  std::vector<Entry> entries_;  // a ring once it has all
  std::vector<Chain> chains_;
  const std::size_t payments_max_;
  std::size_t next_ = 0;
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_STUDIO_PAYMENT_TABLE_H_
