// SPDX-License-Identifier: Apache-2.0
//
// CallParameters: what stands behind the '?' of an address, decoded, and taken by name.
//
//   CallParameters parameters(call.query);
//   SpanQuery query = parameters.take_filters(now_ns);
//   query.limit = parameters.take_number("limit", 100, 10'000);
//   if (const absl::Status status = parameters.finish(); !status.ok()) ...
//
// Text is as forms write it: %XX is a byte, and '+' a space. What was taken is known; finish says
// what was wrong first, and refuses what nobody took. An empty value asks for nothing, as if the
// parameter was not there.
//
// Thread safety: none.
#ifndef TRACEBUS_STUDIO_CALL_PARAMETERS_H_
#define TRACEBUS_STUDIO_CALL_PARAMETERS_H_

#include <absl/status/status.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tracebus/studio/span_query.h"

namespace tracebus {
inline namespace v1 {

// The bytes that a part of an address stands for. Nothing where '%' has no two hex digits behind
// it, or where the bytes are no UTF-8. plus_is_space: as in a query, and not in a path.
std::optional<std::string> decoded_address(std::string_view text, bool plus_is_space);

class CallParameters {
 public:
  static constexpr std::size_t kBytesMax = std::size_t{16} << 10;
  static constexpr std::size_t kCountMax = 128;

  // Borrows nothing.
  explicit CallParameters(std::string_view query);
  CallParameters(const CallParameters&) = delete;
  CallParameters& operator=(const CallParameters&) = delete;

  // Empty where it is not given.
  std::string take(std::string_view name);
  // Of one that may be given again and again, in order.
  std::vector<std::string> take_all(std::string_view name);
  // 1, or else 0.
  bool take_flag(std::string_view name);
  // A whole number from 0 to most; fallback where it is not given.
  std::size_t take_number(std::string_view name, std::size_t fallback, std::size_t most);
  // As parse_moment takes it.
  std::optional<std::int64_t> take_moment(std::string_view name, std::int64_t now_ns);
  // The place of the value among the choices; fallback where it is not given.
  std::size_t take_choice(std::string_view name, std::span<const std::string_view> choices,
                          std::size_t fallback);
  // FILTERS of api.md.
  SpanQuery take_filters(std::int64_t now_ns);

  // "name=value reason": the first that is said counts.
  void refuse(std::string_view name, std::string_view value, std::string_view reason);
  // InvalidArgument: what is wrong, by name and value, and what it may be.
  absl::Status finish() const;

 private:
  struct Parameter {
    std::string name, value;
    bool is_taken = false;
  };

  void read(std::string_view query);

  std::vector<Parameter> given_;
  std::vector<std::string> known_;
  std::string error_;
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_STUDIO_CALL_PARAMETERS_H_
