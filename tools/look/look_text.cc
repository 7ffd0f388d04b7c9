// SPDX-License-Identifier: Apache-2.0
#include "tracebus/tools/look/look_text.h"

#include "tracebus/render/filled_line.h"
#include "tracebus/render/text_parts.h"
#include "tracebus/tools/text.h"
#include "tracebus/trace/nano_dollars.h"

namespace tracebus {
inline namespace v1 {
namespace {

constexpr std::int64_t kDollar = 1'000'000'000;
constexpr std::int64_t kCent = kDollar / 100;

std::int64_t rounded(std::int64_t value, std::int64_t unit) noexcept {
  return value / unit + (2 * (value % unit) >= unit ? 1 : 0);
}

}  // namespace

std::string dollars_text(std::int64_t nanos) {
  std::string text;
  if (nanos < kCent) {
    append_dollars(text, NanoDollars(nanos), 4);
    return text;
  }
  if (nanos < kDollar) {
    constexpr std::int64_t kTenThousandth = kDollar / 10'000;
    append_dollars(text, NanoDollars(rounded(nanos, kTenThousandth) * kTenThousandth), 4);
    return text;
  }
  const std::int64_t cents = rounded(nanos, kCent);
  text = "$" + grouped_signed(cents / 100) + ".";
  if (cents % 100 < 10) text += '0';
  return text + std::to_string(cents % 100);
}

std::string counted(std::uint64_t number, std::string_view noun) {
  return grouped(number) + " " + std::string(noun) + (number == 1 ? "" : "s");
}

std::string grouped_signed(std::int64_t number) {
  if (number >= 0) return grouped(static_cast<std::uint64_t>(number));
  return "-" + grouped(std::uint64_t{0} - static_cast<std::uint64_t>(number));
}

std::string title_text(std::string_view source, std::string_view sums, const Terminal& terminal) {
  std::string text;
  FilledLine line(text, terminal.width, "  ");
  line.add(source, 0);
  line.add("— " + std::string(sums), 1);
  return terminal.inked(text, Ink::kBold) + "\n";
}

std::string note_text(std::string_view sentence, const Terminal& terminal) {
  std::string text;
  FilledLine(text, terminal.width, "  ").add(sentence, 0);
  return text + "\n";
}

std::string ms_text(double ms) { return ms > 0 ? fixed(ms, 1) : std::string(); }

}  // namespace v1
}  // namespace tracebus
