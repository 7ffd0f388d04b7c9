// SPDX-License-Identifier: Apache-2.0
//
// Site: one place in the checked code that names a memory order. Mutation: one such order made
// weaker, to see whether the scenarios notice.
#ifndef TRACEBUS_TESTS_MODEL_SITE_H_
#define TRACEBUS_TESTS_MODEL_SITE_H_

#include <atomic>
#include <compare>
#include <cstdint>
#include <set>
#include <source_location>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

namespace tracebus::inline v1::model {

enum class Operation : std::uint8_t {
  kLoad, kStore, kExchange, kFetch, kCompareExchange, kFailedCompareExchange, kFence
};
std::string_view name_of(Operation operation);
std::string_view name_of(std::memory_order order);
// The last component of a path.
std::string_view file_of(const std::source_location& location);
// The bare name of the function, without its type, scope and arguments.
std::string_view function_of(const std::source_location& location);

struct Site {
  std::string file;
  std::string function;
  std::uint32_t line;
  std::uint32_t column;
  Operation operation;  // a compare-and-swap is two sites: its order on success and on failure
  std::memory_order order;

  friend auto operator<=>(const Site&, const Site&) = default;
  std::string describe() const;
};

struct Mutation {
  Site site;
  std::memory_order to;

  bool applies(Operation operation, const std::source_location& location) const;
  std::string describe() const;
};

// The sites that executions pass through.
class Sites {
 public:
  void add(const std::source_location& location, Operation operation, std::memory_order order);
  const std::set<Site>& all() const noexcept { return sites_; }

 private:
  std::set<Site> sites_;
  std::unordered_set<std::uint64_t> known_;  // fingerprints, as add is called at each operation
};

// Every way to weaken one site of the file, one step or all the way to relaxed.
std::vector<Mutation> mutations_of(const std::set<Site>& sites, std::string_view file);

}  // namespace tracebus::inline v1::model

#endif  // TRACEBUS_TESTS_MODEL_SITE_H_
