// SPDX-License-Identifier: Apache-2.0
//
// What the swarm draws from, computed once: log-normal quantiles, Zipf shares, models, texts.
//
// Thread safety: immutable once made.
#ifndef TRACEBUS_TOOLS_SWARM_TABLES_H_
#define TRACEBUS_TOOLS_SWARM_TABLES_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tracebus/tools/swarm_random.h"

namespace tracebus {
inline namespace v1 {

struct SwarmModel {
  std::string_view name;
  std::string_view provider;
  std::uint32_t percent;  // of all calls
  double usd_input;       // a token
  double usd_output;
};

inline constexpr std::size_t kSwarmModels = 6;
extern const std::array<SwarmModel, kSwarmModels> kSwarmModelTable;

// The nearest multiple of 1 / parts, so that files show the figure that was meant.
constexpr double swarm_rounded(double value, double parts) noexcept {
  return static_cast<double>(static_cast<std::int64_t>(value * parts + 0.5)) / parts;
}

// Cached input costs a tenth. REQUIRES: cached <= input.
constexpr double swarm_cost_usd(const SwarmModel& model, std::uint32_t input, std::uint32_t output,
                                std::uint32_t cached) noexcept {
  const double usd = (input - 0.9 * cached) * model.usd_input + output * model.usd_output;
  return swarm_rounded(usd, 1e9);
}

// A log-normal distribution, by kQuantiles equally likely values. What is drawn is bounded by the
// last of them, 3.3 sigma above the median.
class LogNormalTable {
 public:
  static constexpr std::size_t kQuantiles = 1024;

  LogNormalTable(double median, double sigma);
  float draw(SwarmRandom& random) const noexcept { return values_[random.next() >> 54]; }

 private:
  std::array<float, kQuantiles> values_;
};

// Numbers 0 to size - 1, number i with a share of 1 / (i + 1)^exponent: the alias method (Walker
// 1977, Vose 1991), one look into the table a draw.
class ZipfTable {
 public:
  // REQUIRES: size >= 1.
  ZipfTable(std::uint32_t size, double exponent);
  std::uint32_t size() const noexcept { return static_cast<std::uint32_t>(columns_.size()); }
  std::uint32_t draw(SwarmRandom& random) const noexcept {
    const std::uint64_t bits = random.next();
    const auto index = static_cast<std::uint32_t>((bits >> 32) * size() >> 32);
    const Column& column = columns_[index];
    return static_cast<std::uint32_t>(bits) < column.own ? index : column.alias;
  }

 private:
  struct Column {
    std::uint32_t own = 0xFFFFFFFF;  // the part of the column, of 2^32, that is its own
    std::uint32_t alias = 0;
  };
  std::vector<Column> columns_;
};

struct SwarmTables {
  static constexpr double kSigma = 0.7;
  // One text in 1,000 is then larger than 100 KB.
  static constexpr double kContentSigma = 1.36;
  static constexpr std::size_t kTextBytes = std::size_t{256} << 10;

  explicit SwarmTables(std::uint32_t agents);

  const SwarmModel& draw_model(SwarmRandom& random) const noexcept {
    return kSwarmModelTable[model_of_percent[random.below(100)]];
  }
  // What somebody said. Borrowed from the tables.
  std::string_view draw_content(SwarmRandom& random) const noexcept;
  std::string_view draw_delta(SwarmRandom& random) const noexcept;  // eight tokens of it

  LogNormalTable latency_ms{900.0, kSigma};
  LogNormalTable input_tokens{420.0, kSigma};
  LogNormalTable output_tokens{180.0, kSigma};
  LogNormalTable content_bytes{1500.0, kContentSigma};
  ZipfTable agents;
  std::array<std::uint8_t, 100> model_of_percent;
  std::string text;
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_TOOLS_SWARM_TABLES_H_
