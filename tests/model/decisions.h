// SPDX-License-Identifier: Apache-2.0
//
// Decisions: every free choice of one execution (which thread goes on, which store a load reads),
// and the walk through all of them.
//
// The walk is depth first: an execution repeats the decisions of the one before it up to the last
// that has an untried alternative, takes that, and goes on with first choices. Random walks and
// the repetition of a reported failure use the same record.
#ifndef TRACEBUS_TESTS_MODEL_DECISIONS_H_
#define TRACEBUS_TESTS_MODEL_DECISIONS_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace tracebus::inline v1::model {

class Decisions {
 public:
  // Depth first from the start.
  Decisions() = default;
  // Repeats what to_string gave; choices beyond its end are first choices.
  static Decisions from_string(std::string_view text);

  // One of [0, count). REQUIRES: count > 0. Context says where the execution stands: when a
  // decision is repeated, count and context must be what they were.
  std::size_t choose(std::size_t count, std::uint64_t context);

  // True once the decisions taken over from the execution before are used up: what follows is new.
  bool is_new() const noexcept { return next_ >= repeated_; }
  // True if repeated decisions met something else: the scenario is not deterministic.
  bool diverged() const noexcept { return diverged_; }

  // Prepares the next execution of the depth-first walk. False when all have been taken.
  bool advance();
  // Prepares an execution whose choices all come from seed.
  void randomise(std::uint64_t seed);

  std::string to_string() const;

 private:
  struct Decision {
    std::uint32_t chosen;
    std::uint32_t count;  // 0 is unknown, and context with it: read from a string
    std::uint64_t context;
  };

  std::vector<Decision> taken_;
  std::size_t next_ = 0;
  std::size_t repeated_ = 0;
  bool diverged_ = false;
  std::optional<std::mt19937_64> random_;
};

}  // namespace tracebus::inline v1::model

#endif  // TRACEBUS_TESTS_MODEL_DECISIONS_H_
