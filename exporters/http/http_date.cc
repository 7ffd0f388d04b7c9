// SPDX-License-Identifier: Apache-2.0
#include "tracebus/exporters/http/http_date.h"

#include <array>
#include <cstddef>
#include <span>

namespace tracebus {
inline namespace v1 {
namespace {

using std::chrono::sys_days;
using std::chrono::sys_seconds;
using std::chrono::year;
using std::chrono::year_month_day;

constexpr std::array<std::string_view, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                      "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
// Long before short: a name is also the beginning of its long form.
constexpr std::array<std::string_view, 7> kLongDays = {
    "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"};
constexpr std::array<std::string_view, 7> kShortDays = {"Mon", "Tue", "Wed", "Thu",
                                                        "Fri", "Sat", "Sun"};

// Takes the text apart from its beginning; once something was not there, nothing else is.
class DateText {
 public:
  explicit DateText(std::string_view text) noexcept : rest_(text) {}

  bool take(std::string_view expected) noexcept {
    if (!is_good_ || !rest_.starts_with(expected)) return false;
    rest_.remove_prefix(expected.size());
    return true;
  }
  void expect(std::string_view expected) noexcept { is_good_ = take(expected); }

  // The number of the name that comes next.
  unsigned expect_one_of(std::span<const std::string_view> names) noexcept {
    for (std::size_t i = 0; i < names.size(); ++i) {
      if (take(names[i])) return static_cast<unsigned>(i);
    }
    is_good_ = false;
    return 0;
  }

  unsigned expect_digits(std::size_t count) noexcept {
    if (rest_.size() < count) is_good_ = false;
    unsigned number = 0;
    for (std::size_t i = 0; is_good_ && i < count; ++i) {
      is_good_ = rest_[i] >= '0' && rest_[i] <= '9';
      number = number * 10 + static_cast<unsigned>(rest_[i] - '0');
    }
    if (is_good_) rest_.remove_prefix(count);
    return number;
  }

  bool is_read() const noexcept { return is_good_ && rest_.empty(); }

 private:
  std::string_view rest_;
  bool is_good_ = true;
};

struct DateFields {
  int year = 0;
  unsigned month = 0;  // 1 to 12
  unsigned day = 0;
  unsigned hour = 0;
  unsigned minute = 0;
  unsigned second = 0;
};

void read_time(DateText& text, DateFields& fields) noexcept {
  fields.hour = text.expect_digits(2);
  text.expect(":");
  fields.minute = text.expect_digits(2);
  text.expect(":");
  fields.second = text.expect_digits(2);
}

bool read_fixdate(std::string_view from, DateFields& fields) noexcept {
  DateText text(from);
  text.expect_one_of(kShortDays);
  text.expect(", ");
  fields.day = text.expect_digits(2);
  text.expect(" ");
  fields.month = 1 + text.expect_one_of(kMonths);
  text.expect(" ");
  fields.year = static_cast<int>(text.expect_digits(4));
  text.expect(" ");
  read_time(text, fields);
  text.expect(" GMT");
  return text.is_read();
}

int full_year(int two_digits, sys_seconds now) noexcept {
  const year_month_day today(std::chrono::floor<std::chrono::days>(now));
  const int last = static_cast<int>(today.year()) + 50;
  const int candidate = last - last % 100 + two_digits;
  return candidate <= last ? candidate : candidate - 100;
}

bool read_rfc850(std::string_view from, sys_seconds now, DateFields& fields) noexcept {
  DateText text(from);
  text.expect_one_of(kLongDays);
  text.expect(", ");
  fields.day = text.expect_digits(2);
  text.expect("-");
  fields.month = 1 + text.expect_one_of(kMonths);
  text.expect("-");
  fields.year = full_year(static_cast<int>(text.expect_digits(2)), now);
  text.expect(" ");
  read_time(text, fields);
  text.expect(" GMT");
  return text.is_read();
}

bool read_asctime(std::string_view from, DateFields& fields) noexcept {
  DateText text(from);
  text.expect_one_of(kShortDays);
  text.expect(" ");
  fields.month = 1 + text.expect_one_of(kMonths);
  text.expect(" ");
  fields.day = text.take(" ") ? text.expect_digits(1) : text.expect_digits(2);
  text.expect(" ");
  read_time(text, fields);
  text.expect(" ");
  fields.year = static_cast<int>(text.expect_digits(4));
  return text.is_read();
}

std::optional<sys_seconds> moment_of(const DateFields& fields) noexcept {
  const year_month_day date(year(fields.year), std::chrono::month(fields.month),
                            std::chrono::day(fields.day));
  const bool is_time = fields.hour < 24 && fields.minute < 60 && fields.second <= 60;
  if (!date.ok() || !is_time) return std::nullopt;
  return sys_days(date) + std::chrono::hours(fields.hour) + std::chrono::minutes(fields.minute) +
         std::chrono::seconds(fields.second);
}

}  // namespace

std::optional<sys_seconds> parse_http_date(std::string_view text, sys_seconds now) {
  DateFields fields;
  if (read_fixdate(text, fields) || read_rfc850(text, now, fields) || read_asctime(text, fields)) {
    return moment_of(fields);
  }
  return std::nullopt;
}

}  // namespace v1
}  // namespace tracebus
