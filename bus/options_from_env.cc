// SPDX-License-Identifier: Apache-2.0
//
// Options from variables of the environment. A process must not change its environment meanwhile
// (see getenv(3)); variables of other names are not looked at.
#include <absl/strings/escaping.h>
#include <absl/strings/str_cat.h>

#include <charconv>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <type_traits>
#include <utility>
#include <vector>

#include "tracebus/bus/byte_count.h"
#include "tracebus/bus/cpu_list.h"
#include "tracebus/bus/option_list.h"
#include "tracebus/bus/options.h"

namespace tracebus {
inline namespace v1 {
namespace {

// An empty variable counts as not set.
std::optional<std::string_view> text_of(const OptionName& name) {
  const char* const text = std::getenv(name.in_environment);
  if (text == nullptr || *text == '\0') return std::nullopt;
  return text;
}

// All of text in decimal. A minus is read only where some values are below zero.
template <class T>
std::optional<T> parse_number(std::string_view text, T min) {
  if (min >= 0 && text.starts_with('-')) return std::nullopt;
  T number = 0;
  const char* const end = text.data() + text.size();
  const auto parsed = std::from_chars(text.data(), end, number);
  if (parsed.ec != std::errc() || parsed.ptr != end) return std::nullopt;
  return number;
}

template <class T>
std::optional<T> parse(std::string_view text, const NumberRange<T>& range) {
  if constexpr (std::is_same_v<T, std::size_t>) {
    if (range.form != NumberForm::kPlain) return parse_byte_count(text);
  }
  return parse_number(text, range.min);
}

template <class T>
std::string range_text(const NumberRange<T>& range) {
  if (range.form == NumberForm::kPlain) return absl::StrCat("a whole number ", range.text());
  return absl::StrCat(range.text(), ", in bytes or such as 64KiB");
}

// Shows what an environment holds, which may be anything.
std::string quoted(std::string_view text) {
  constexpr std::size_t kShownMax = 64;
  const std::string_view shown = text.substr(0, kShownMax);
  return absl::StrCat("\"", absl::CHexEscape({shown.data(), shown.size()}),
                      shown.size() < text.size() ? "..." : "", "\"");
}

// Replaces the values of the variables that are set, until the first error.
class EnvironmentReader {
 public:
  template <class T>
  void number(const OptionName& name, T& value, const NumberRange<T>& range) {
    if (!status_.ok()) return;
    const std::optional<std::string_view> text = text_of(name);
    const std::optional<T> read = text ? parse(*text, range) : value;
    if (read && range.contains(*read)) {
      value = *read;
      return;
    }
    refuse(name, text ? quoted(*text) : absl::StrCat(value, " by default"), range_text(range));
    if (range.min_option.in_environment == nullptr || !read || *read >= range.min) return;
    status_ = absl::InvalidArgumentError(
        absl::StrCat(status_.message(), "; ", range.min_option.in_environment, " is ", range.min));
  }

  template <class E>
  void choice(const OptionName& name, E& value, const Choices<E>& choices) {
    if (!status_.ok()) return;
    const std::optional<std::string_view> text = text_of(name);
    if (!text) return;
    for (const Choice<E>& choice : choices.all.first(choices.allowed)) {
      if (choice.text != *text) continue;
      value = choice.value;
      return;
    }
    refuse(name, quoted(*text), choices.text());
  }

  void cpus(const OptionName& name, std::vector<int>& value) {
    if (!status_.ok()) return;
    const std::optional<std::string_view> text = text_of(name);
    if (!text) return;
    absl::StatusOr<std::vector<int>> read = parse_cpu_list(*text);
    if (read.ok()) {
      value = *std::move(read);
      return;
    }
    status_ = absl::InvalidArgumentError(absl::StrCat(name.in_environment, " is ", quoted(*text),
                                                      ", and ", read.status().message()));
  }

  const absl::Status& status() const { return status_; }

 private:
  void refuse(const OptionName& name, const std::string& value, const std::string& range) {
    status_ = absl::InvalidArgumentError(
        absl::StrCat(name.in_environment, " is ", value, ", and must be ", range));
  }

  absl::Status status_;
};

template <class Options>
absl::StatusOr<Options> read_options() {
  Options options;
  EnvironmentReader reader;
  visit_options(options, reader);
  if (!reader.status().ok()) return reader.status();
  return options;
}

}  // namespace

absl::StatusOr<BusOptions> BusOptions::from_env() { return read_options<BusOptions>(); }
absl::StatusOr<ExporterOptions> ExporterOptions::from_env() {
  return read_options<ExporterOptions>();
}

}  // namespace v1
}  // namespace tracebus
