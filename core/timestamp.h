// SPDX-License-Identifier: Apache-2.0
//
// Timestamp: a point of wall time, exact to the nanosecond, for any year.
#ifndef TRACEBUS_CORE_TIMESTAMP_H_
#define TRACEBUS_CORE_TIMESTAMP_H_

#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace tracebus {
inline namespace v1 {

// Seconds since 1970-01-01T00:00:00Z, leap seconds not counted, plus nanoseconds in [0, 1e9).
// Times before 1970 have negative seconds and still count nanoseconds forward.
struct Timestamp {
  std::int64_t seconds = 0;
  std::uint32_t nanoseconds = 0;

  auto operator<=>(const Timestamp&) const = default;

  static Timestamp now() noexcept;
  // Exact for |unix_ns| < 2^63, which covers the years 1678 to 2262.
  static constexpr Timestamp from_unix_ns(std::int64_t unix_ns) noexcept {
    constexpr std::int64_t kBillion = 1'000'000'000;
    std::int64_t seconds = unix_ns / kBillion;
    std::int64_t rest = unix_ns % kBillion;
    if (rest < 0) {
      rest += kBillion;
      --seconds;
    }
    return {seconds, static_cast<std::uint32_t>(rest)};
  }
  // Saturates outside the years 1678 to 2262.
  std::int64_t to_unix_ns() const noexcept;

  // Seconds as a double, as the seed's events carry them. Values that do not fit saturate; NaN is
  // 0.
  static Timestamp from_seconds(double seconds) noexcept;
};

// Decimal seconds, as JSONL carries them: at least one and at most nine fraction digits, no more
// than needed ("1749479521.2434397", "12.0", "-0.5").
inline constexpr std::size_t kTimestampTextMax = 32;
std::size_t format_decimal_seconds(Timestamp time, char* out) noexcept;  // out: kTimestampTextMax

// Reads a JSON number as decimal seconds without going through a double. Digits beyond the ninth
// are cut off. Nothing when the text is no JSON number or the seconds exceed 63 bits.
std::optional<Timestamp> parse_decimal_seconds(std::string_view text) noexcept;

// ISO 8601: "2026-06-16T09:00:00", with 'T' or a space, 0 to 9 fraction digits (more are cut off),
// and "Z", an offset, or nothing, which means UTC. Nothing when the text is not of this form.
std::optional<Timestamp> parse_iso8601(std::string_view text) noexcept;

// "2026-06-16T09:00:00.123Z" with as many fraction digits, 0 to 9, as digits says. Years outside
// 0000 to 9999 are written with a sign. Returns the length; out: kTimestampTextMax + 16.
std::size_t format_iso8601(Timestamp time, int digits, char* out) noexcept;

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_CORE_TIMESTAMP_H_
