// SPDX-License-Identifier: Apache-2.0
//
// How a SpanTable counts what was paid for once, whoever tells of it and in whichever order.
#include "tracebus/core/hash.h"
#include "tracebus/studio/span_table.h"

namespace tracebus {
inline namespace v1 {
namespace {

constexpr std::uint32_t flags_of(std::uint32_t parts) noexcept {
  using namespace span_flag;
  return ((parts & 1u << Payment::kCall) != 0 ? span_flag::kCall : 0) |
         ((parts & 1u << Payment::kPrice) != 0 ? kCountsCost : 0) |
         ((parts & 1u << Payment::kTokens) != 0 ? kCountsTokens : 0);
}

// By their span ids, of which a provider's call may have its own within the model's.
bool may_join(const Payment& known, const PaymentClaim& claim) noexcept {
  if (claim.source == PaymentSource::kRecord) return known.has_call();
  if (!known.has_call()) return true;
  const bool is_call = claim.source == PaymentSource::kCall;
  const auto other = is_call ? PaymentSource::kProvider : PaymentSource::kCall;
  return known.has(other) && !known.has(claim.source) && known.is_same_call(claim);
}

// Of those who wait for their other half: calls for records, and records for calls.
std::uint64_t line_key(std::uint64_t key, bool of_records) noexcept {
  return fold_words(key ^ kHashSecond, of_records ? 3 : 5);
}

}  // namespace

std::uint64_t SpanTable::span_key(const SpanChunk& chunk, std::uint32_t row,
                                  std::uint64_t id) const noexcept {
  const RunId& run = runs_->runs()[chunk.run[row]].id;
  const auto* const at = reinterpret_cast<const char*>(run.bytes.data());
  const std::uint64_t scope =
      fold_words(load_word<std::uint64_t>(at) ^ kHashFirst, load_word<std::uint64_t>(at + 8) ^ 1);
  if (id != 0) return fold_words(id ^ kHashFirst, scope ^ kHashSecond);
  const std::string_view agent =
      names_->of(SpanText::kAgent).text(chunk.text(SpanText::kAgent)[row]);
  return fold_words(hash_bytes(agent) ^ kHashSecond, scope ^ kHashFirst);
}

PaymentClaim SpanTable::claim_of(const SpanChunk& chunk, std::uint32_t row,
                                 const SpanTypeInfo& type, std::uint32_t flags) const {
  PaymentClaim claim;
  claim.event = chunk.first + row;
  claim.run = chunk.run[row];
  if (type.is_provider) claim.source = PaymentSource::kProvider;
  if (type.is_record) claim.source = PaymentSource::kRecord;
  claim.failed = (flags & span_flag::kFailed) != 0;
  claim.model =
      model_stem_hash(names_->of(SpanText::kModel).text(chunk.text(SpanText::kModel)[row]));
  PaidFigures& figures = claim.figures;
  figures.has_cost = (flags & span_flag::kHasCost) != 0;
  figures.has_tokens = (flags & span_flag::kHasTokens) != 0;
  figures.cost_nanos = chunk.cost_nanos[row];
  figures.input_tokens = chunk.input_tokens[row];
  figures.output_tokens = chunk.output_tokens[row];
  figures.total_tokens = chunk.total_tokens[row];
  figures.has_split = figures.input_tokens != 0 || figures.output_tokens != 0;
  return claim;
}

std::uint32_t SpanTable::count(SpanChunk& chunk, std::uint32_t row, const SpanTypeInfo& type,
                               std::uint32_t flags) {
  using namespace span_flag;
  const bool ends = type.moment == SpanMoment::kEnd || type.moment == SpanMoment::kWhole;
  const bool is_call = type.is_model_call && ends;
  // Of a vocabulary that nobody knows: whatever names a model and its figures.
  const bool is_other = !type.kind && !type.is_known && !type.is_record &&
                        chunk.text(SpanText::kModel)[row] != 0 &&
                        (flags & (kHasCost | kHasTokens)) != 0;
  if (is_other) {
    return kCall | ((flags & kHasCost) != 0 ? kCountsCost : 0) |
           ((flags & kHasTokens) != 0 ? kCountsTokens : 0);
  }
  if (!is_call && !type.is_record) return 0;
  const PaymentClaim claim = claim_of(chunk, row, type, flags);
  if (chunk.span_id[row] != 0) return join_by_id(chunk, row, claim);
  return join_by_agent(chunk, row, claim);
}

std::uint32_t SpanTable::join_by_id(SpanChunk& chunk, std::uint32_t row,
                                    const PaymentClaim& claim) {
  const std::uint64_t id = chunk.span_id[row];
  const std::uint64_t key = span_key(chunk, row, id);
  const std::uint64_t above_id =
      claim.source == PaymentSource::kProvider ? chunk.parent_span_id[row] : 0;
  const std::uint64_t above = above_id != 0 && above_id != id ? span_key(chunk, row, above_id) : 0;
  Payment* const known = payments_.find(key);
  if (known == nullptr && above != 0) {
    Payment* const around = payments_.find(above);
    if (around != nullptr && around->has(PaymentSource::kCall) && may_join(*around, claim)) {
      const std::uint32_t counts = join(*around, chunk, row, claim);
      payments_.put_alias(key, above);
      return counts;
    }
  }
  if (known != nullptr) {
    const bool is_record = claim.source == PaymentSource::kRecord;
    if (is_record && known->has_call() && known->has(PaymentSource::kRecord)) {
      // Another record of the call: another payment, where the call did not say it itself.
      const auto part = [known](bool says, Payment::Part which) {
        return says && known->is_open_to_records(which) ? 1u << which : 0;
      };
      return flags_of(part(claim.figures.has_cost, Payment::kPrice) |
                      part(claim.figures.has_tokens, Payment::kTokens));
    }
    if (may_join(*known, claim)) return join(*known, chunk, row, claim);
  }
  Payment payment;
  const std::uint32_t counts = join(payment, chunk, row, claim);
  payments_.put(key, payment);
  if (above != 0) payments_.put_alias(above, key);  // the call around it may end later
  return counts;
}

std::uint32_t SpanTable::join_by_agent(SpanChunk& chunk, std::uint32_t row,
                                       const PaymentClaim& claim) {
  const std::uint64_t key = span_key(chunk, row, 0);
  const bool is_record = claim.source == PaymentSource::kRecord;
  if (Payment* const waiting = payments_.take(line_key(key, !is_record), claim)) {
    return join(*waiting, chunk, row, claim);
  }
  Payment payment;
  const std::uint32_t counts = join(payment, chunk, row, claim);
  payments_.wait(line_key(key, is_record), payment);
  return counts;
}

std::uint32_t SpanTable::join(Payment& payment, SpanChunk& chunk, std::uint32_t row,
                              const PaymentClaim& claim) {
  const std::uint64_t other = payment.call_event();
  const bool is_new = !payment.has_call() && !payment.has(PaymentSource::kRecord);
  const bool had_call = payment.has(PaymentSource::kCall);
  const bool had_provider = payment.has(PaymentSource::kProvider);
  const Payment::Joining joining = payment.join(claim);
  if (is_new) return flags_of(joining.counts);
  count_less(payment, joining);
  share_names(chunk, row, other);
  const bool is_within = claim.source == PaymentSource::kProvider && had_call;
  if (claim.source == PaymentSource::kCall && had_provider) mark_within(other);
  return flags_of(joining.counts) | (is_within ? span_flag::kWithin : 0);
}

// The call around it stands for the provider's.
void SpanTable::mark_within(std::uint64_t number) {
  SpanChunk* const chunk = chunk_of(number);
  if (chunk == nullptr) return;
  const auto row = static_cast<std::uint32_t>(number - chunk->first);
  chunk->flags.set(row, chunk->flags[row] | span_flag::kWithin);
  if (type_info(chunk->text(SpanText::kType)[row]).failed) --runs_->run(chunk->run[row]).errors;
}

// Takes back what others counted until now. A run's sums are also of what was let go of.
void SpanTable::count_less(const Payment& payment, const Payment::Joining& joining) {
  RunEntry& run = runs_->run(payment.run());
  const auto is_lost = [&joining](Payment::Part part) { return (joining.lost & 1u << part) != 0; };
  for (const Payment::Part part : {Payment::kCall, Payment::kPrice, Payment::kTokens}) {
    if (!is_lost(part)) continue;
    SpanChunk* const chunk = chunk_of(joining.losers[part]);
    if (chunk == nullptr) continue;
    const auto row = static_cast<std::uint32_t>(joining.losers[part] - chunk->first);
    chunk->flags.set(row, chunk->flags[row] & ~flags_of(1u << part));
  }
  if (is_lost(Payment::kCall)) --run.calls;
  if (is_lost(Payment::kPrice)) run.cost_nanos -= joining.before.cost_nanos;
  if (is_lost(Payment::kTokens)) {
    run.input_tokens -= joining.before.input_tokens;
    run.output_tokens -= joining.before.output_tokens;
    run.total_tokens -= joining.before.total_tokens;
  }
}

// Of two that tell of one call, what one leaves out the other knows.
void SpanTable::share_names(SpanChunk& chunk, std::uint32_t row, std::uint64_t other) {
  SpanChunk* const its = chunk_of(other);
  if (its == nullptr) return;
  const auto its_row = static_cast<std::uint32_t>(other - its->first);
  for (const SpanText column : {SpanText::kModel, SpanText::kProvider}) {
    const std::uint32_t mine = chunk.text(column)[row];
    const std::uint32_t theirs = its->text(column)[its_row];
    if (mine == 0 && theirs != 0) set_text(chunk, row, column, theirs);
    if (theirs == 0 && mine != 0) set_text(*its, its_row, column, mine);
  }
}

}  // namespace v1
}  // namespace tracebus
