// SPDX-License-Identifier: Apache-2.0
#include "tracebus/trace/price_table.h"

#include <algorithm>
#include <array>
#include <utility>

#include "tracebus/core/glob.h"
#include "tracebus/core/limits.h"

namespace tracebus {
inline namespace v1 {
namespace {

using Wide = unsigned __int128;

constexpr Wide kPicosANano = 1000;

bool is_wildcard(char c) noexcept { return c == '*' || c == '?'; }

bool begins_with_name(std::string_view model, std::string_view prefix) noexcept {
  if (!model.starts_with(prefix)) return false;
  if (model.size() == prefix.size()) return true;
  return std::string_view("-@:/").find(model[prefix.size()]) != std::string_view::npos;
}

bool in_range(std::int64_t price) noexcept { return price >= 0 && price <= kPricePicoDollarsMax; }

// The name of the first price that is out of range, and the price.
std::optional<std::pair<std::string_view, std::int64_t>> first_out_of_range(
    const ModelPrice& price) noexcept {
  const std::pair<std::string_view, std::int64_t> prices[] = {
      {"input", price.input},
      {"output", price.output},
      {"cache_read", price.cache_read.value_or(0)},
      {"cache_write", price.cache_write.value_or(0)},
      {"reasoning", price.reasoning.value_or(0)}};
  const auto found =
      std::ranges::find_if(prices, [](const auto& named) { return !in_range(named.second); });
  if (found == std::end(prices)) return std::nullopt;
  return *found;
}

Wide product(std::int64_t tokens, std::int64_t price) noexcept {
  return static_cast<Wide>(tokens) * static_cast<Wide>(price);
}

}  // namespace

CallCost cost_of(const TokenUsage& usage, const ModelPrice& price) noexcept {
  std::int64_t cached = usage.cache_read;
  add_saturating(cached, usage.cache_write);
  const std::int64_t fresh = cached <= usage.input ? usage.input - cached : usage.input;
  const std::int64_t reasoning = std::min(usage.reasoning, usage.output);
  const std::array<Wide, 5> picos = {
      product(fresh, price.input),
      product(usage.cache_read, price.cache_read.value_or(price.input)),
      product(usage.cache_write, price.cache_write.value_or(price.input)),
      product(usage.output - reasoning, price.output),
      product(reasoning, price.reasoning.value_or(price.output))};
  CallCost cost;
  const std::array<NanoDollars*, 5> parts = {&cost.input, &cost.cache_read, &cost.cache_write,
                                             &cost.output, &cost.reasoning};
  // Each part is the difference of two rounded running sums, so nothing is lost between them.
  Wide sum = 0;
  std::int64_t rounded = 0;
  for (std::size_t i = 0; i < picos.size(); ++i) {
    sum += picos[i];
    const Wide next = divide_half_even(sum, kPicosANano);
    if (next > static_cast<Wide>(NanoDollars::max().value())) {
      return {.total = NanoDollars::max(), .saturated = true};
    }
    *parts[i] = NanoDollars(static_cast<std::int64_t>(next) - rounded);
    rounded = static_cast<std::int64_t>(next);
  }
  cost.total = NanoDollars(rounded);
  return cost;
}

absl::Status PriceTable::add(std::string_view pattern, const ModelPrice& price) {
  const std::string name(pattern.substr(0, kNameBytesMax));
  if (pattern.empty() || pattern.size() > kNameBytesMax) {
    return absl::InvalidArgumentError("a price's pattern has 1 to " +
                                      std::to_string(kNameBytesMax) + " bytes, not " +
                                      std::to_string(pattern.size()) + ": \"" + name + "\"");
  }
  if (const auto wrong = first_out_of_range(price)) {
    return absl::InvalidArgumentError(
        "the price of \"" + name + "\", " + std::string(wrong->first) + ", is " +
        std::to_string(wrong->second) + " pico-dollars a token; give 0 to " +
        std::to_string(kPricePicoDollarsMax));
  }
  // Later ones count, so a pattern that comes again moves to the end.
  if (patterns_.contains(pattern)) {
    std::erase_if(entries_, [&](const Entry& entry) { return entry.pattern == pattern; });
  }
  if (entries_.size() >= kPricesMax) {
    return absl::ResourceExhaustedError("a price table holds " + std::to_string(kPricesMax) +
                                        " patterns; \"" + name + "\" is one too many");
  }
  patterns_.insert(name);
  const auto wildcards = static_cast<std::size_t>(std::ranges::count_if(pattern, is_wildcard));
  entries_.push_back({name, pattern.size() - wildcards, wildcards != 0, price});
  return absl::OkStatus();
}

const ModelPrice* PriceTable::find(std::string_view model) const noexcept {
  if (const ModelPrice* price = find_whole(model)) return price;
  const std::size_t slash = model.rfind('/');
  return slash == std::string_view::npos ? nullptr : find_whole(model.substr(slash + 1));
}

const ModelPrice* PriceTable::find_whole(std::string_view model) const noexcept {
  const Entry* best = nullptr;
  for (const Entry& entry : entries_) {
    const bool outdone = best != nullptr && std::pair(entry.literals, !entry.is_glob) <
                                                std::pair(best->literals, !best->is_glob);
    if (outdone) continue;
    const bool matches =
        entry.is_glob ? matches_glob(entry.pattern, model) : begins_with_name(model, entry.pattern);
    if (matches) best = &entry;
  }
  return best == nullptr ? nullptr : &best->price;
}

}  // namespace v1
}  // namespace tracebus
