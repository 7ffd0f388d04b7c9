// SPDX-License-Identifier: Apache-2.0
#include "tracebus/studio/call_parameters.h"

#include <algorithm>
#include <charconv>

#include "tracebus/core/utf8.h"
#include "tracebus/core/visible_text.h"
#include "tracebus/studio/moment_text.h"
#include "tracebus/studio/query_field.h"

namespace tracebus {
inline namespace v1 {
namespace {

constexpr std::size_t kShownMax = 200;  // bytes of a value that is refused

int digit_of(char c) noexcept {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

std::string shown(std::string_view text) {
  std::string out;
  append_visible(out, text.substr(0, kShownMax));
  return text.size() > kShownMax ? out + "..." : out;
}

}  // namespace

std::optional<std::string> decoded_address(std::string_view text, bool plus_is_space) {
  std::string bytes;
  bytes.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      bytes += plus_is_space && text[i] == '+' ? ' ' : text[i];
      continue;
    }
    if (text.size() - i < 3) return std::nullopt;
    const int high = digit_of(text[i + 1]);
    const int low = digit_of(text[i + 2]);
    if (high < 0 || low < 0) return std::nullopt;
    bytes += static_cast<char>(high << 4 | low);
    i += 2;
  }
  if (!is_valid_utf8(bytes)) return std::nullopt;
  return bytes;
}

CallParameters::CallParameters(std::string_view query) {
  if (query.size() > kBytesMax) {
    error_ = "the parameters have " + std::to_string(query.size()) + " bytes: at most " +
             std::to_string(kBytesMax) + " are read";
    return;
  }
  read(query);
}

void CallParameters::read(std::string_view query) {
  while (!query.empty() && error_.empty()) {
    const std::string_view pair = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(query.size(), pair.size() + 1));
    if (pair.empty()) continue;
    const std::size_t equals = std::min(pair.find('='), pair.size());
    const auto name = decoded_address(pair.substr(0, equals), true);
    const auto value = decoded_address(pair.substr(std::min(pair.size(), equals + 1)), true);
    if (!name || !value) {
      error_ = "'" + shown(pair) +
               "' is no parameter: behind '%' stand two hex digits (a '%' itself is %25), and "
               "the bytes are UTF-8";
    } else if (given_.size() == kCountMax) {
      error_ = "more than " + std::to_string(kCountMax) + " parameters";
    } else {
      given_.push_back({*name, *value});
    }
  }
}

std::vector<std::string> CallParameters::take_all(std::string_view name) {
  known_.emplace_back(name);
  std::vector<std::string> values;
  for (Parameter& each : given_) {
    if (each.name != name) continue;
    each.is_taken = true;
    if (!each.value.empty()) values.push_back(each.value);
  }
  return values;
}

std::string CallParameters::take(std::string_view name) {
  std::vector<std::string> values = take_all(name);
  if (values.size() > 1) refuse(name, values[1], "is the second of that name: one is enough");
  return values.empty() ? std::string() : std::move(values.front());
}

bool CallParameters::take_flag(std::string_view name) {
  const std::string value = take(name);
  if (!value.empty() && value != "0" && value != "1") refuse(name, value, "is neither 1 nor 0");
  return value == "1";
}

std::size_t CallParameters::take_number(std::string_view name, std::size_t fallback,
                                        std::size_t most) {
  const std::string value = take(name);
  if (value.empty()) return fallback;
  std::size_t number = 0;
  const char* const end = value.data() + value.size();
  const auto parsed = std::from_chars(value.data(), end, number);
  if (parsed.ec == std::errc() && parsed.ptr == end && number <= most) return number;
  refuse(name, value, "is not a whole number from 0 to " + std::to_string(most));
  return fallback;
}

std::optional<std::int64_t> CallParameters::take_moment(std::string_view name,
                                                        std::int64_t now_ns) {
  const std::string value = take(name);
  if (value.empty()) return std::nullopt;
  const auto moment = parse_moment(value, now_ns);
  if (!moment) refuse(name, value, kNoMoment);
  return moment;
}

std::size_t CallParameters::take_choice(std::string_view name,
                                        std::span<const std::string_view> choices,
                                        std::size_t fallback) {
  const std::string value = take(name);
  if (value.empty()) return fallback;
  const auto found = std::ranges::find(choices, value);
  if (found != choices.end()) return static_cast<std::size_t>(found - choices.begin());
  std::string reason;
  for (const std::string_view choice : choices) {
    reason.append(reason.empty() ? "is none of " : ", ").append(choice);
  }
  refuse(name, value, reason);
  return fallback;
}

SpanQuery CallParameters::take_filters(std::int64_t now_ns) {
  SpanQuery query;
  for (const QueryField& field : query_fields()) {
    const std::string value = take(field.name);
    if (value.empty()) continue;
    const std::string reason = field.set(query, value, now_ns);
    if (!reason.empty()) refuse(field.name, value, reason);
  }
  for (const std::string& value : take_all("attr")) {
    const std::string reason = add_attribute(query, value, ':');
    if (!reason.empty()) refuse("attr", value, reason);
  }
  return query;
}

void CallParameters::refuse(std::string_view name, std::string_view value,
                            std::string_view reason) {
  if (!error_.empty()) return;
  error_.append(name).append(": '").append(shown(value)).append("' ").append(reason);
}

absl::Status CallParameters::finish() const {
  if (!error_.empty()) return absl::InvalidArgumentError(error_);
  const auto unknown =
      std::ranges::find_if(given_, [](const Parameter& each) { return !each.is_taken; });
  if (unknown == given_.end()) return absl::OkStatus();
  std::string text = "no parameter '" + shown(unknown->name) + "' here: ";
  if (known_.empty()) text += "there is none";
  for (const std::string& name : known_) text += (name == known_.front() ? "" : ", ") + name;
  return absl::InvalidArgumentError(text);
}

}  // namespace v1
}  // namespace tracebus
