// SPDX-License-Identifier: Apache-2.0
#include "tracebus/core/name.h"

#include "tracebus/core/name_registry.h"

namespace tracebus {
inline namespace v1 {
namespace {

constinit NameRegistry<kNamesMax> g_names;

}  // namespace

NameHandle NameHandle::of(std::string_view name) {
  return name.empty() ? NameHandle() : NameHandle(g_names.intern(name));
}

NameHandle NameHandle::of_foreign(std::string_view name) {
  if (name.empty()) return {};
  const std::uint32_t known = g_names.find(name);
  if (known != 0 || g_names.size() >= kNamesMax / 2) return NameHandle(known);
  return NameHandle(g_names.intern(name));
}

std::string_view NameHandle::text() const noexcept {
  return number_ == 0 ? std::string_view{} : g_names.name(number_);
}

}  // namespace v1
}  // namespace tracebus
