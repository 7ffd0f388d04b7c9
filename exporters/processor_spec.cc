// SPDX-License-Identifier: Apache-2.0
#include "tracebus/exporters/processor_spec.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>
#include <string>
#include <utility>

#include "tracebus/core/redaction_rule.h"
#include "tracebus/core/visible_text.h"
#include "tracebus/exporters/cost_joiner.h"
#include "tracebus/exporters/langfuse_processor.h"
#include "tracebus/exporters/openllmetry_processor.h"
#include "tracebus/exporters/profile_processor.h"
#include "tracebus/exporters/rate_limiter.h"
#include "tracebus/exporters/redacting_processor.h"
#include "tracebus/exporters/span_event_joiner.h"
#include "tracebus/exporters/span_pairer.h"
#include "tracebus/exporters/tail_sampler.h"
#include "tracebus/exporters/trace_sampler.h"

namespace tracebus {
inline namespace v1 {
namespace {

using Made = absl::StatusOr<std::unique_ptr<Processor>>;

constexpr std::string_view kNames[] = {"redact", "openllmetry", "profile", "sample",
                                       "tail",   "rate",        "pair",    "span-events"};

absl::Status invalid(std::string_view spec, std::string_view expected) {
  std::string message = "there is no processor '";
  append_visible(message, spec);
  message.append("'; give ").append(expected);
  return absl::InvalidArgumentError(message);
}

std::optional<double> number_of(std::string_view text) noexcept {
  double number = 0;
  const char* const end = text.data() + text.size();
  const auto [read, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc() || read != end || !std::isfinite(number)) return std::nullopt;
  return number;
}

std::optional<SamplingThreshold> share_of(std::string_view text) noexcept {
  const auto share = number_of(text);
  return share ? SamplingThreshold::of_share(*share) : std::nullopt;
}

std::string rule_names() {
  std::string names;
  for (std::size_t i = 0; i < kRedactionRules; ++i) {
    names.append(i == 0 ? "" : ", ").append(to_string(static_cast<RedactionRule>(i)));
  }
  return names;
}

std::optional<RedactionRule> rule_of(std::string_view name) noexcept {
  for (std::size_t i = 0; i < kRedactionRules; ++i) {
    const auto rule = static_cast<RedactionRule>(i);
    if (to_string(rule) == name) return rule;
  }
  return std::nullopt;
}

Made make_redaction(std::string_view spec, std::string_view rest) {
  RedactionOptions options;
  if (rest.data() != nullptr) options.rules = {};
  while (rest.data() != nullptr) {
    const std::size_t end = rest.find('+');
    const auto rule = rule_of(rest.substr(0, end));
    if (!rule) return invalid(spec, "redact, or redact=RULE+RULE... of " + rule_names());
    options.rules = options.rules.with(*rule);
    rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
  }
  return std::make_unique<RedactingProcessor>(std::move(options));
}

Made make_rate_limiter(std::string_view spec, std::string_view rest) {
  const std::size_t colon = rest.rfind(':');
  const auto rate =
      colon == std::string_view::npos ? std::nullopt : number_of(rest.substr(colon + 1));
  if (!rate || *rate < 0 || colon == 0) {
    return invalid(spec, "rate=TYPE:PER_SECOND, such as rate=llm_token:100");
  }
  const RateLimit limit = {.per_second = *rate, .burst = std::max(1.0, *rate)};
  return std::make_unique<RateLimiter>(
      std::vector<RateLimiter::TypeLimit>{{std::string(rest.substr(0, colon)), limit}});
}

Made make_profile(std::string_view spec, std::string_view rest) {
  const std::optional<Profile> profile = profile_called(rest);
  if (profile) return std::make_unique<ProfileProcessor>(*profile);
  if (rest == "langfuse") return std::make_unique<LangfuseProcessor>();
  std::string names = "langfuse";
  for (std::size_t i = 0; i < kProfileCount; ++i) {
    names.append(", ").append(to_string(static_cast<Profile>(i)));
  }
  return invalid(spec, "profile=NAME, of " + names);
}

std::string_view name_of(std::string_view spec) noexcept { return spec.substr(0, spec.find('=')); }

}  // namespace

Made make_processor(std::string_view spec) {
  const std::string_view name = name_of(spec);
  const std::string_view rest =
      name.size() == spec.size() ? std::string_view() : spec.substr(name.size() + 1);
  if (name == "redact") return make_redaction(spec, rest);
  if (name == "rate") return make_rate_limiter(spec, rest);
  if (name == "openllmetry") {
    if (name.size() != spec.size()) return invalid(spec, "openllmetry alone");
    return std::make_unique<OpenLlmetryProcessor>();
  }
  if (name == "pair") {
    if (name.size() != spec.size()) return invalid(spec, "pair alone");
    return std::make_unique<SpanPairer>();
  }
  if (name == "costs") {
    if (name.size() != spec.size()) return invalid(spec, "costs alone");
    return std::make_unique<CostJoiner>();
  }
  if (name == "span-events") {
    if (name.size() != spec.size()) return invalid(spec, "span-events alone");
    return std::make_unique<SpanEventJoiner>();
  }
  if (name == "profile") return make_profile(spec, rest);
  if (name != "sample" && name != "tail") {
    return invalid(
        spec,
        "redact, openllmetry, pair, costs, span-events, profile=NAME, sample=SHARE, tail=SHARE or "
        "rate=TYPE:PER_SECOND");
  }
  const auto share = share_of(rest);
  if (!share) return invalid(spec, std::string(name) + "=SHARE, from 0 to 1");
  if (name == "sample") return std::make_unique<TraceSampler>(*share);
  return std::make_unique<TailSampler>(TailSamplerOptions{.share = *share});
}

absl::StatusOr<std::vector<std::unique_ptr<Processor>>> take_processors(std::string_view& spec) {
  std::vector<std::unique_ptr<Processor>> processors;
  for (;;) {
    const std::size_t bar = spec.find('|');
    if (bar == std::string_view::npos) return processors;
    const std::string_view one = spec.substr(0, bar);
    if (std::find(std::begin(kNames), std::end(kNames), name_of(one)) == std::end(kNames)) {
      return processors;
    }
    auto made = make_processor(one);
    if (!made.ok()) return made.status();
    processors.push_back(*std::move(made));
    spec.remove_prefix(bar + 1);
  }
}

}  // namespace v1
}  // namespace tracebus
