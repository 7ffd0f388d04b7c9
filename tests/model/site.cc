// SPDX-License-Identifier: Apache-2.0
#include "tracebus/tests/model/site.h"

#include "tracebus/tests/model/view.h"

namespace tracebus::inline v1::model {

std::string_view name_of(Operation operation) {
  switch (operation) {
    case Operation::kLoad: return "load";
    case Operation::kStore: return "store";
    case Operation::kExchange: return "exchange";
    case Operation::kFetch: return "fetch-and-change";
    case Operation::kCompareExchange: return "compare-and-swap";
    case Operation::kFailedCompareExchange: return "failed compare-and-swap";
    case Operation::kFence: return "fence";
  }
  return "?";
}

std::string_view name_of(std::memory_order order) {
  switch (order) {
    case std::memory_order_relaxed: return "relaxed";
    case std::memory_order_consume: return "consume";
    case std::memory_order_acquire: return "acquire";
    case std::memory_order_release: return "release";
    case std::memory_order_acq_rel: return "acq_rel";
    case std::memory_order_seq_cst: return "seq_cst";
  }
  return "?";
}

std::string_view file_of(const std::source_location& location) {
  const std::string_view path = location.file_name();
  const std::size_t slash = path.rfind('/');
  return slash == std::string_view::npos ? path : path.substr(slash + 1);
}

std::string_view function_of(const std::source_location& location) {
  const std::string_view whole = location.function_name();
  if (whole.find("<lambda(") != std::string_view::npos) return "";
  const std::string_view before = whole.substr(0, whole.find('('));
  const std::size_t start = before.find_last_of(": *&");
  return start == std::string_view::npos ? before : before.substr(start + 1);
}

std::string Site::describe() const {
  return file + ":" + std::to_string(line) + ":" + std::to_string(column) + " " + function + " " +
         std::string(name_of(operation)) + " " + std::string(name_of(order));
}

bool Mutation::applies(Operation operation, const std::source_location& location) const {
  return site.line == location.line() && site.column == location.column() &&
         site.operation == operation && site.file == file_of(location);
}

std::string Mutation::describe() const {
  return site.describe() + " -> " + std::string(name_of(to));
}

void Sites::add(const std::source_location& location, Operation operation,
                std::memory_order order) {
  std::uint64_t key = mix(reinterpret_cast<std::uintptr_t>(location.file_name()), location.line());
  key = mix(mix(key, location.column()), static_cast<std::uint64_t>(operation));
  if (!known_.insert(mix(key, static_cast<std::uint64_t>(order))).second) return;
  sites_.insert({std::string(file_of(location)), std::string(function_of(location)),
                 location.line(), location.column(), operation, order});
}

namespace {

// What is one step weaker, and still legal for the operation.
std::vector<std::memory_order> weaker(Operation operation, std::memory_order order) {
  const bool loads = operation == Operation::kLoad ||
                     operation == Operation::kFailedCompareExchange;
  switch (order) {
    case std::memory_order_relaxed: return {};
    case std::memory_order_acq_rel:
      return {std::memory_order_acquire, std::memory_order_release, std::memory_order_relaxed};
    case std::memory_order_seq_cst:
      if (loads) return {std::memory_order_acquire, std::memory_order_relaxed};
      if (operation == Operation::kStore) {
        return {std::memory_order_release, std::memory_order_relaxed};
      }
      return {std::memory_order_acq_rel, std::memory_order_relaxed};
    default: return {std::memory_order_relaxed};
  }
}

}  // namespace

std::vector<Mutation> mutations_of(const std::set<Site>& sites, std::string_view file) {
  std::vector<Mutation> mutations;
  for (const Site& site : sites) {
    if (site.file != file) continue;
    for (const std::memory_order to : weaker(site.operation, site.order)) {
      mutations.push_back({site, to});
    }
  }
  return mutations;
}

}  // namespace tracebus::inline v1::model
