// SPDX-License-Identifier: Apache-2.0
#include "tracebus/tests/model/decisions.h"

#include <charconv>

namespace tracebus::inline v1::model {

Decisions Decisions::from_string(std::string_view text) {
  Decisions decisions;
  while (!text.empty()) {
    Decision decision{0, 0, 0};
    const char* const end = text.data() + text.size();
    const char* const dot = std::from_chars(text.data(), end, decision.chosen).ptr;
    decisions.taken_.push_back(decision);
    text = dot == end ? "" : text.substr(static_cast<std::size_t>(dot - text.data()) + 1);
  }
  decisions.repeated_ = decisions.taken_.size();
  return decisions;
}

std::size_t Decisions::choose(std::size_t count, std::uint64_t context) {
  if (count == 1) return 0;
  if (next_ < repeated_) {
    Decision& decision = taken_[next_++];
    if (decision.count == 0) {
      decision = {decision.chosen, static_cast<std::uint32_t>(count), context};
    }
    diverged_ = diverged_ || decision.count != count || decision.context != context ||
                decision.chosen >= count;
    return decision.chosen < count ? decision.chosen : 0;
  }
  const std::size_t chosen = random_ ? (*random_)() % count : 0;
  taken_.push_back(
      {static_cast<std::uint32_t>(chosen), static_cast<std::uint32_t>(count), context});
  ++next_;
  return chosen;
}

bool Decisions::advance() {
  while (!taken_.empty() && taken_.back().chosen + 1 == taken_.back().count) taken_.pop_back();
  if (taken_.empty()) return false;
  ++taken_.back().chosen;
  repeated_ = taken_.size();
  next_ = 0;
  return true;
}

void Decisions::randomise(std::uint64_t seed) {
  taken_.clear();
  repeated_ = next_ = 0;
  random_.emplace(seed);
}

std::string Decisions::to_string() const {
  std::string text;
  for (std::size_t i = 0; i < next_; ++i) {
    if (i != 0) text += '.';
    text += std::to_string(taken_[i].chosen);
  }
  return text;
}

}  // namespace tracebus::inline v1::model
