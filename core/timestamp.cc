// SPDX-License-Identifier: Apache-2.0
#include "tracebus/core/timestamp.h"

#include <time.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>

#include "tracebus/core/decimal_digits.h"

namespace tracebus {
inline namespace v1 {
namespace {

constexpr std::uint32_t kBillion = 1'000'000'000;
constexpr std::int64_t kSecondsMax = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t kSecondsMin = std::numeric_limits<std::int64_t>::min();
constexpr std::int64_t kDaySeconds = 86400;
constexpr int kFractionDigits = 9;

constexpr bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }

// Consumes a text from its front.
class Scanner {
 public:
  explicit Scanner(std::string_view text) noexcept : left_(text) {}

  bool done() const noexcept { return left_.empty(); }
  bool next_is(char c) const noexcept { return !left_.empty() && left_.front() == c; }
  bool skip(char c) noexcept {
    if (!next_is(c)) return false;
    left_.remove_prefix(1);
    return true;
  }
  // All the digits that stand next.
  std::string_view digits() noexcept {
    std::size_t count = 0;
    while (count < left_.size() && is_digit(left_[count])) ++count;
    return take(count);
  }
  // A number of exactly `count` digits that is at most `max`.
  bool number(std::size_t count, int max, int& value) noexcept {
    if (left_.size() < count) return false;
    value = 0;
    for (const char c : take(count)) {
      if (!is_digit(c)) return false;
      value = 10 * value + (c - '0');
    }
    return value <= max;
  }

 private:
  std::string_view take(std::size_t count) noexcept {
    const std::string_view taken = left_.substr(0, count);
    left_.remove_prefix(count);
    return taken;
  }

  std::string_view left_;
};

// A JSON number: its digits, and how many of them stand before the decimal point once the exponent
// is applied, which may be less than none or more than there are.
struct Decimal {
  bool negative = false;
  std::string_view whole;
  std::string_view fraction;
  std::int64_t point = 0;

  std::int64_t size() const noexcept {
    return static_cast<std::int64_t>(whole.size() + fraction.size());
  }
  unsigned digit(std::int64_t index) const noexcept {
    if (index < 0 || index >= size()) return 0;
    const auto at = static_cast<std::size_t>(index);
    const char c = at < whole.size() ? whole[at] : fraction[at - whole.size()];
    return static_cast<unsigned>(c - '0');
  }
  std::int64_t first_nonzero() const noexcept {
    std::int64_t index = 0;
    while (index < size() && digit(index) == 0) ++index;
    return index;
  }
};

bool scan_exponent(Scanner& text, std::int64_t& exponent) noexcept {
  // No text has as many digits as this, so a larger exponent says the same.
  constexpr std::int64_t kEnough = std::int64_t{1} << 59;
  const bool negative = text.skip('-');
  if (!negative) text.skip('+');
  const std::string_view digits = text.digits();
  for (const char c : digits) exponent = std::min(kEnough, 10 * exponent + (c - '0'));
  if (negative) exponent = -exponent;
  return !digits.empty();
}

std::optional<Decimal> scan_json_number(std::string_view number) noexcept {
  Scanner text(number);
  Decimal decimal;
  decimal.negative = text.skip('-');
  decimal.whole = text.digits();
  if (decimal.whole.empty() || (decimal.whole.size() > 1 && decimal.whole[0] == '0')) return {};
  if (text.skip('.')) {
    decimal.fraction = text.digits();
    if (decimal.fraction.empty()) return {};
  }
  std::int64_t exponent = 0;
  if ((text.skip('e') || text.skip('E')) && !scan_exponent(text, exponent)) return {};
  if (!text.done()) return {};
  decimal.point = static_cast<std::int64_t>(decimal.whole.size()) + exponent;
  return decimal;
}

// The time -(whole + nanoseconds / 1e9), or nothing if its seconds do not fit.
std::optional<Timestamp> negated(std::uint64_t whole, std::uint32_t nanoseconds) noexcept {
  if (nanoseconds != 0) {
    ++whole;
    nanoseconds = kBillion - nanoseconds;
  }
  if (whole > std::uint64_t{1} << 63) return std::nullopt;
  return Timestamp{static_cast<std::int64_t>(0 - whole), nanoseconds};
}

// Days since 1970-01-01 of a date of the proleptic Gregorian calendar, and back. Years are counted
// from March, so that the leap day is the last day of its year; an era is 400 years.
constexpr std::int64_t kEraDays = 146097;
constexpr std::int64_t kDaysBefore1970 = 719468;  // from 0000-03-01

struct Date {
  std::int64_t year;
  int month;
  int day;
};

constexpr std::int64_t floor_divide(std::int64_t a, std::int64_t b) noexcept {
  return a / b - (a % b < 0 ? 1 : 0);
}

constexpr std::int64_t days_of(const Date& date) noexcept {
  const std::int64_t year = date.year - (date.month <= 2 ? 1 : 0);
  const std::int64_t era = floor_divide(year, 400);
  const std::int64_t year_of_era = year - 400 * era;
  const std::int64_t month_from_march = (date.month + 9) % 12;
  const std::int64_t day_of_year = (153 * month_from_march + 2) / 5 + date.day - 1;
  const std::int64_t day_of_era =
      365 * year_of_era + year_of_era / 4 - year_of_era / 100 + day_of_year;
  return kEraDays * era + day_of_era - kDaysBefore1970;
}

constexpr Date date_of(std::int64_t days) noexcept {
  const std::int64_t shifted = days + kDaysBefore1970;
  const std::int64_t era = floor_divide(shifted, kEraDays);
  const std::int64_t day_of_era = shifted - kEraDays * era;
  const std::int64_t year_of_era =
      (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
  const std::int64_t day_of_year =
      day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const std::int64_t month_from_march = (5 * day_of_year + 2) / 153;
  const auto day = static_cast<int>(day_of_year - (153 * month_from_march + 2) / 5 + 1);
  const auto month =
      static_cast<int>(month_from_march < 10 ? month_from_march + 3 : month_from_march - 9);
  return {year_of_era + 400 * era + (month <= 2 ? 1 : 0), month, day};
}

static_assert(days_of({1970, 1, 1}) == 0 && days_of({2000, 2, 29}) == 11016);

constexpr int days_in_month(std::int64_t year, int month) noexcept {
  constexpr int kDays[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  const bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
  return kDays[month - 1] + (month == 2 && leap ? 1 : 0);
}

// Four digits, or a sign and up to twelve, which are more than 63 bits of seconds reach.
bool scan_year(Scanner& text, std::int64_t& year) noexcept {
  const bool negative = text.next_is('-');
  const bool is_signed = text.skip('-') || text.skip('+');
  const std::string_view digits = text.digits();
  if (is_signed ? digits.size() < 4 || digits.size() > 12 : digits.size() != 4) return false;
  std::from_chars(digits.data(), digits.data() + digits.size(), year);
  if (negative) year = -year;
  return true;
}

bool scan_date(Scanner& text, Date& date) noexcept {
  return scan_year(text, date.year) && text.skip('-') && text.number(2, 12, date.month) &&
         date.month >= 1 && text.skip('-') &&
         text.number(2, days_in_month(date.year, date.month), date.day) && date.day >= 1;
}

// Second 60 is a leap second, which counts as the first one of the next minute.
bool scan_time_of_day(Scanner& text, std::int64_t& seconds) noexcept {
  int hour = 0, minute = 0, second = 0;
  const bool found = text.number(2, 23, hour) && text.skip(':') && text.number(2, 59, minute) &&
                     text.skip(':') && text.number(2, 60, second);
  seconds = 3600 * hour + 60 * minute + second;
  return found;
}

bool scan_fraction(Scanner& text, std::uint32_t& nanoseconds) noexcept {
  if (!text.skip('.')) return true;
  const std::string_view digits = text.digits();
  for (std::size_t i = 0; i < kFractionDigits; ++i) {
    nanoseconds =
        10 * nanoseconds + (i < digits.size() ? static_cast<unsigned>(digits[i] - '0') : 0);
  }
  return !digits.empty();
}

// "Z", "+02", "+0200", "+02:00", or nothing.
bool scan_offset(Scanner& text, std::int64_t& seconds) noexcept {
  seconds = 0;
  if (text.done() || text.skip('Z')) return true;
  const bool west = text.next_is('-');
  if (!text.skip('-') && !text.skip('+')) return false;
  int hours = 0, minutes = 0;
  if (!text.number(2, 23, hours)) return false;
  if (!text.done()) {
    text.skip(':');
    if (!text.number(2, 59, minutes)) return false;
  }
  seconds = (west ? -60 : 60) * (60 * hours + minutes);
  return true;
}

// Writes value with at least width digits and returns the end.
char* put_padded(char* out, std::uint64_t value, int width) noexcept {
  char digits[20];
  const auto end = std::to_chars(digits, digits + sizeof digits, value).ptr;
  for (auto length = end - digits; length < width; ++length) *out++ = '0';
  return std::copy(digits, end, out);
}

// Writes all nine fraction digits.
void put_fraction(char* out, std::uint32_t nanoseconds) noexcept {
  out[0] = static_cast<char>('0' + nanoseconds / EightDigits::kEnd);
  EightDigits(nanoseconds % EightDigits::kEnd).store(out + 1);
}

}  // namespace

Timestamp Timestamp::now() noexcept {
  timespec time{};
  clock_gettime(CLOCK_REALTIME, &time);
  return {time.tv_sec, static_cast<std::uint32_t>(time.tv_nsec)};
}

std::int64_t Timestamp::to_unix_ns() const noexcept {
  const __int128 ns = static_cast<__int128>(seconds) * kBillion + nanoseconds;
  return static_cast<std::int64_t>(std::clamp<__int128>(ns, kSecondsMin, kSecondsMax));
}

Timestamp Timestamp::from_seconds(double seconds) noexcept {
  if (std::isnan(seconds)) return {};
  // By way of the shortest text, so that the double 1749479521.2434397 is the same time as that
  // text in a file, and is written as it was.
  char text[32];
  const auto end = std::to_chars(text, text + sizeof text, seconds).ptr;
  const auto time = parse_decimal_seconds({text, static_cast<std::size_t>(end - text)});
  if (time) return *time;
  return seconds < 0 ? Timestamp{kSecondsMin, 0} : Timestamp{kSecondsMax, kBillion - 1};
}

std::size_t format_decimal_seconds(Timestamp time, char* out) noexcept {
  std::uint32_t nanoseconds = std::min(time.nanoseconds, kBillion - 1);
  auto whole = static_cast<std::uint64_t>(time.seconds);
  char* at = out;
  if (time.seconds < 0) {
    *at++ = '-';
    whole = 0 - whole;
    if (nanoseconds != 0) {
      --whole;
      nanoseconds = kBillion - nanoseconds;
    }
  }
  at = write_uint64(at, whole);
  at[0] = '.';
  at[1] = static_cast<char>('0' + nanoseconds / EightDigits::kEnd);
  const EightDigits rest(nanoseconds % EightDigits::kEnd);
  rest.store(at + 2);
  return static_cast<std::size_t>(at + 10 - rest.trailing_zeros() - out);
}

std::optional<Timestamp> parse_decimal_seconds(std::string_view text) noexcept {
  const std::optional<Decimal> decimal = scan_json_number(text);
  if (!decimal) return std::nullopt;
  const std::int64_t first = decimal->first_nonzero();
  if (first == decimal->size()) return Timestamp{};
  if (decimal->point - first > 19) return std::nullopt;
  std::uint64_t whole = 0;
  for (std::int64_t i = first; i < decimal->point; ++i) whole = 10 * whole + decimal->digit(i);
  std::uint32_t nanoseconds = 0;
  for (int i = 0; i < kFractionDigits; ++i) {
    nanoseconds = 10 * nanoseconds + decimal->digit(decimal->point + i);
  }
  if (decimal->negative) return negated(whole, nanoseconds);
  if (whole > static_cast<std::uint64_t>(kSecondsMax)) return std::nullopt;
  return Timestamp{static_cast<std::int64_t>(whole), nanoseconds};
}

std::optional<Timestamp> parse_iso8601(std::string_view text) noexcept {
  Scanner scanner(text);
  Date date{};
  std::int64_t time_of_day = 0, offset = 0;
  std::uint32_t nanoseconds = 0;
  const bool found = scan_date(scanner, date) && (scanner.skip('T') || scanner.skip(' ')) &&
                     scan_time_of_day(scanner, time_of_day) &&
                     scan_fraction(scanner, nanoseconds) && scan_offset(scanner, offset) &&
                     scanner.done();
  if (!found) return std::nullopt;
  const __int128 seconds =
      static_cast<__int128>(days_of(date)) * kDaySeconds + time_of_day - offset;
  if (seconds < kSecondsMin || seconds > kSecondsMax) return std::nullopt;
  return Timestamp{static_cast<std::int64_t>(seconds), nanoseconds};
}

std::size_t format_iso8601(Timestamp time, int digits, char* out) noexcept {
  const std::int64_t days = floor_divide(time.seconds, kDaySeconds);
  // Unsigned: the product of the smallest times lies below int64, the difference does not.
  const std::uint64_t second = static_cast<std::uint64_t>(time.seconds) -
                               static_cast<std::uint64_t>(days) * std::uint64_t{kDaySeconds};
  const Date date = date_of(days);
  char* at = out;
  if (date.year < 0 || date.year > 9999) *at++ = date.year < 0 ? '-' : '+';
  at = put_padded(at, static_cast<std::uint64_t>(date.year < 0 ? -date.year : date.year), 4);
  const auto put_pair = [&at](char before, std::uint64_t value) noexcept {
    *at++ = before;
    at = put_padded(at, value, 2);
  };
  put_pair('-', static_cast<std::uint64_t>(date.month));
  put_pair('-', static_cast<std::uint64_t>(date.day));
  put_pair('T', second / 3600);
  put_pair(':', second / 60 % 60);
  put_pair(':', second % 60);
  if (digits > 0) {
    *at++ = '.';
    put_fraction(at, std::min(time.nanoseconds, kBillion - 1));
    at += std::min(digits, kFractionDigits);
  }
  *at++ = 'Z';
  return static_cast<std::size_t>(at - out);
}

}  // namespace v1
}  // namespace tracebus
