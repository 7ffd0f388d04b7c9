// SPDX-License-Identifier: Apache-2.0
#include "tracebus/trace/head_sampler.h"

#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace tracebus {
inline namespace v1 {
namespace {

constexpr std::string_view kMember = "ot";
constexpr std::string_view kThreshold = "th:";
constexpr std::string_view kRandomness = "rv:";

// The value of the part that begins so, of "th:8;rv:...".
std::optional<std::string_view> part(std::string_view member, std::string_view name) noexcept {
  while (!member.empty()) {
    const std::size_t end = member.find(';');
    const std::string_view one = member.substr(0, end);
    if (one.starts_with(name)) return one.substr(name.size());
    member.remove_prefix(end == std::string_view::npos ? member.size() : end + 1);
  }
  return std::nullopt;
}

// Exactly 14 hex digits, or it is none.
std::optional<std::uint64_t> explicit_randomness(std::string_view member) noexcept {
  const auto text = part(member, kRandomness);
  if (!text || text->size() != SamplingThreshold::kHexDigits) return std::nullopt;
  std::uint64_t bits = 0;
  for (const char c : *text) {
    const bool letter = c >= 'a' && c <= 'f';
    if (!letter && (c < '0' || c > '9')) return std::nullopt;
    bits = bits << 4 | static_cast<std::uint64_t>(letter ? c - 'a' + 10 : c - '0');
  }
  return bits;
}

// The member with another threshold, or without one.
std::string with_threshold(std::string_view member, const std::string& threshold) {
  std::string changed = threshold.empty() ? "" : std::string(kThreshold) + threshold;
  while (!member.empty()) {
    const std::size_t end = member.find(';');
    const std::string_view one = member.substr(0, end);
    if (!one.empty() && !one.starts_with(kThreshold)) {
      if (!changed.empty()) changed += ';';
      changed += one;
    }
    member.remove_prefix(end == std::string_view::npos ? member.size() : end + 1);
  }
  return changed;
}

}  // namespace

absl::StatusOr<HeadSampler> HeadSampler::create(const HeadSamplerOptions& options) {
  const auto threshold = SamplingThreshold::of_share(options.share);
  if (!threshold) {
    return absl::InvalidArgumentError("share is " + std::to_string(options.share) +
                                      "; give 0 to 1");
  }
  HeadSampler sampler;
  sampler.threshold_ = *threshold;
  sampler.parent_based_ = options.parent_based;
  return sampler;
}

HeadSampler::Decision HeadSampler::decide(const SpanContext& parent, const TraceId& trace_id,
                                          const TraceState& trace_state) const {
  if (parent.is_valid() && parent_based_) return {parent.sampled, trace_state};
  const std::string_view member = trace_state.get(kMember).value_or("");
  const std::uint64_t randomness =
      explicit_randomness(member).value_or(SamplingThreshold::randomness(trace_id));
  const bool sampled = threshold_.keeps(randomness);
  // Who is not recorded has no threshold to tell: the count it would stand for is none.
  const std::string changed = with_threshold(member, sampled ? threshold_.text() : "");
  if (changed == member) return {sampled, trace_state};
  if (changed.empty()) return {sampled, trace_state.without(kMember)};
  auto with = trace_state.with(kMember, changed);
  return {sampled, with ? *std::move(with) : trace_state};
}

}  // namespace v1
}  // namespace tracebus
