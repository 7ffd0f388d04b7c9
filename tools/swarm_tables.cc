// SPDX-License-Identifier: Apache-2.0
#include "tracebus/tools/swarm_tables.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace tracebus {
inline namespace v1 {
namespace {

constexpr double kAgentExponent = 1.1;

constexpr SwarmModel model(std::string_view name, std::string_view provider, std::uint32_t percent,
                           double usd_input_per_1k, double usd_output_per_1k) {
  return {name, provider, percent, usd_input_per_1k / 1000, usd_output_per_1k / 1000};
}

// The standard normal value that is exceeded with probability 1 - p.
double normal_quantile(double p) {
  double low = -10;
  double high = 10;
  for (int i = 0; i < 60; ++i) {
    const double middle = (low + high) / 2;
    const bool below = std::erfc(-middle / std::numbers::sqrt2) / 2 < p;
    (below ? low : high) = middle;
  }
  return low;
}

const std::array<double, LogNormalTable::kQuantiles>& normal_quantiles() {
  static const auto kQuantiles = [] {
    std::array<double, LogNormalTable::kQuantiles> made{};
    for (std::size_t i = 0; i < made.size(); ++i) {
      made[i] = normal_quantile((static_cast<double>(i) + 0.5) / static_cast<double>(made.size()));
    }
    return made;
  }();
  return kQuantiles;
}

std::string make_text(std::size_t bytes) {
  constexpr std::array<std::string_view, 16> kWords = {
      "the ",      "invoice ", "was ",   "paid ",  "twice",     ", ",      "refund ", "to ",
      "customer ", "and ",     "check ", "order ", "\"A-17\" ", "within ", "3 days",  ".\n"};
  SwarmRandom random(1, 0);
  std::string text;
  text.reserve(bytes + 16);
  while (text.size() < bytes) text.append(kWords[random.below(kWords.size())]);
  text.resize(bytes);
  return text;
}

}  // namespace

const std::array<SwarmModel, kSwarmModels> kSwarmModelTable = {
    model("gpt-4o-mini", "openai", 55, .00015, .0006),
    model("gpt-4o", "openai", 20, .0025, .01),
    model("claude-sonnet-4-20250514", "anthropic", 10, .003, .015),
    model("claude-haiku-3-5-20241022", "anthropic", 8, .0008, .004),
    model("gemini-2.5-flash", "google", 5, .0003, .0025),
    model("gemini-2.0-flash", "google", 2, .0001, .0004),
};

LogNormalTable::LogNormalTable(double median, double sigma) {
  const auto& quantiles = normal_quantiles();
  for (std::size_t i = 0; i < kQuantiles; ++i) {
    values_[i] = static_cast<float>(median * std::exp(sigma * quantiles[i]));
  }
}

ZipfTable::ZipfTable(std::uint32_t size, double exponent) : columns_(size) {
  std::vector<double> share(size);  // of an average column
  double sum = 0;
  for (std::uint32_t i = 0; i < size; ++i) sum += share[i] = std::pow(i + 1.0, -exponent);
  for (double& value : share) value *= size / sum;

  std::vector<std::uint32_t> small;
  std::vector<std::uint32_t> large;
  for (std::uint32_t i = 0; i < size; ++i) (share[i] < 1 ? small : large).push_back(i);
  // Each column that is not full is topped up by one that has too much.
  while (!small.empty() && !large.empty()) {
    const std::uint32_t column = small.back();
    const std::uint32_t giver = large.back();
    small.pop_back();
    columns_[column] = {static_cast<std::uint32_t>(share[column] * 4294967295.0), giver};
    share[giver] -= 1 - share[column];
    if (share[giver] >= 1) continue;
    large.pop_back();
    small.push_back(giver);
  }
}

SwarmTables::SwarmTables(std::uint32_t agent_count)
    : agents(agent_count, kAgentExponent), text(make_text(kTextBytes)) {
  std::size_t percent = 0;
  for (std::size_t i = 0; i < kSwarmModels; ++i) {
    for (std::uint32_t n = 0; n < kSwarmModelTable[i].percent; ++n) {
      model_of_percent[percent++] = static_cast<std::uint8_t>(i);
    }
  }
}

std::string_view SwarmTables::draw_content(SwarmRandom& random) const noexcept {
  const auto bytes = static_cast<std::uint32_t>(content_bytes.draw(random));
  return std::string_view(text).substr(
      random.below(static_cast<std::uint32_t>(text.size()) - bytes), bytes);
}

std::string_view SwarmTables::draw_delta(SwarmRandom& random) const noexcept {
  constexpr std::uint32_t kBytes = 32;
  return std::string_view(text).substr(random.below(kTextBytes - kBytes), kBytes);
}

}  // namespace v1
}  // namespace tracebus
