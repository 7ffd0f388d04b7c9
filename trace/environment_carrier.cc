// SPDX-License-Identifier: Apache-2.0
#include "tracebus/trace/environment_carrier.h"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "tracebus/trace/header_text.h"

namespace tracebus {
inline namespace v1 {
namespace {

std::vector<std::string> variables_of_this_process() {
  std::vector<std::string> variables;
  for (char** at = environ; at != nullptr && *at != nullptr; ++at) variables.emplace_back(*at);
  return variables;
}

// Whether "NAME=value" is of that name, with its equals sign.
auto is_of(const std::string& prefix) {
  return [&prefix](const std::string& variable) { return variable.starts_with(prefix); };
}

}  // namespace

std::string environment_name(std::string_view name) {
  std::string variable;
  if (name.empty() || (name[0] >= '0' && name[0] <= '9')) variable += '_';
  for (const char c : name) {
    const bool lower = c >= 'a' && c <= 'z';
    variable += lower ? static_cast<char>(c - 'a' + 'A') : is_letter_or_digit(c) ? c : '_';
  }
  return variable;
}

std::optional<std::string_view> ProcessEnvironment::get(std::string_view name) const {
  const char* const value = std::getenv(environment_name(name).c_str());
  if (value == nullptr || *value == '\0') return std::nullopt;
  return value;
}

ChildEnvironment::ChildEnvironment() : variables_(variables_of_this_process()) {}

std::optional<std::string_view> ChildEnvironment::get(std::string_view name) const {
  const std::string prefix = environment_name(name) + '=';
  const auto found = std::find_if(variables_.begin(), variables_.end(), is_of(prefix));
  if (found == variables_.end() || found->size() == prefix.size()) return std::nullopt;
  return std::string_view(*found).substr(prefix.size());
}

void ChildEnvironment::set(std::string_view name, std::string_view value) {
  erase(name);
  std::string variable = environment_name(name) + '=';
  variable += value.substr(0, value.find('\0'));
  variables_.push_back(std::move(variable));
}

void ChildEnvironment::erase(std::string_view name) {
  const std::string prefix = environment_name(name) + '=';
  std::erase_if(variables_, is_of(prefix));
}

char* const* ChildEnvironment::envp() {
  pointers_.clear();
  for (std::string& variable : variables_) pointers_.push_back(variable.data());
  pointers_.push_back(nullptr);
  return pointers_.data();
}

}  // namespace v1
}  // namespace tracebus
