// SPDX-License-Identifier: Apache-2.0
//
// Identities: of runs, traces and spans, of subscriptions, and of an event within a bus.
#ifndef TRACEBUS_CORE_IDS_H_
#define TRACEBUS_CORE_IDS_H_

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>

namespace tracebus {
inline namespace v1 {

// Binary identity of kBytes bytes; all zero means "none". Text form: 2 * kBytes lower-case hex
// digits.
template <class Tag, std::size_t kBytes>
struct BinaryId {
  static_assert(kBytes % 8 == 0);
  std::array<std::uint8_t, kBytes> bytes{};

  auto operator<=>(const BinaryId&) const = default;

  // By words: a comparison with none would be a call.
  bool is_none() const noexcept {
    std::uint64_t bits = 0;
    for (std::size_t i = 0; i < kBytes; i += sizeof bits) {
      std::uint64_t word;
      std::memcpy(&word, &bytes[i], sizeof word);
      bits |= word;
    }
    return bits == 0;
  }
  explicit operator bool() const noexcept { return !is_none(); }

  static constexpr std::size_t kHexDigits = 2 * kBytes;
  void to_hex(char* out) const noexcept {  // writes kHexDigits characters
    constexpr char kDigits[] = "0123456789abcdef";
    for (const std::uint8_t byte : bytes) {
      *out++ = kDigits[byte >> 4];
      *out++ = kDigits[byte & 15];
    }
  }
  std::string hex() const {
    std::string text(kHexDigits, '0');
    to_hex(text.data());
    return text;
  }
  // Accepts exactly kHexDigits hex digits; upper-case ones only if any_case.
  static std::optional<BinaryId> from_hex(std::string_view text, bool any_case = false) noexcept {
    if (text.size() != kHexDigits) return std::nullopt;
    BinaryId id;
    for (std::size_t i = 0; i < kBytes; ++i) {
      const int high = digit(text[2 * i], any_case);
      const int low = digit(text[2 * i + 1], any_case);
      if (high < 0 || low < 0) return std::nullopt;
      id.bytes[i] = static_cast<std::uint8_t>(high << 4 | low);
    }
    return id;
  }
  // The identity of a foreign text: FNV-1a of kBytes, never none for a text that is not empty. The
  // text itself travels beside it (see TraceEvent::foreign_ids), so readers can restore it.
  static BinaryId from_foreign(std::string_view text) noexcept;

 private:
  static constexpr int digit(char c, bool any_case) noexcept {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (any_case && c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
  }
};

using RunId = BinaryId<struct RunTag, 16>;
using TraceId = BinaryId<struct TraceTag, 16>;
using SpanId = BinaryId<struct SpanTag, 8>;

// Identifies a subscription within the process; printable as 32 hex digits by hex().
using SubscriptionId = BinaryId<struct SubscriptionTag, 16>;

// Where an event belongs. In a record these are 48 bytes in this order.
struct EventIds {
  RunId run_id;
  TraceId trace_id;
  SpanId span_id;
  SpanId parent_span_id;

  bool operator==(const EventIds&) const = default;
  bool is_none() const noexcept {
    return run_id.is_none() && trace_id.is_none() && span_id.is_none() && parent_span_id.is_none();
  }
};
static_assert(sizeof(EventIds) == 48, "EventIds is copied into records as it lies in memory");

// Says at a call site that an event carries no ids.
struct NoIds {};
inline constexpr NoIds kNoIds{};

// Which bus first emitted an event, on which of its producers, and in which place. Sequences start
// at 1 and rise by one for each event that the producer tried to emit: gaps are drops.
struct Origin {
  std::uint64_t instance = 0;
  std::uint64_t sequence = 0;
  std::uint32_t producer = 0;

  auto operator<=>(const Origin&) const = default;
};

// Random bytes from the kernel, for identities made on the control plane. Thread-safe.
void fill_random(void* out, std::size_t bytes) noexcept;
SubscriptionId random_subscription_id() noexcept;

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_CORE_IDS_H_
