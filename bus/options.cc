// SPDX-License-Identifier: Apache-2.0
#include "tracebus/bus/options.h"

#include <absl/strings/str_cat.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "tracebus/bus/cpu_list.h"
#include "tracebus/bus/option_list.h"

namespace tracebus {
inline namespace v1 {
namespace {

// Keeps the first error that it sees.
class Validator {
 public:
  template <class T>
  void number(const OptionName& name, T value, const NumberRange<T>& range) {
    if (!status_.ok() || range.contains(value)) return;
    refuse(name.in_code, absl::StrCat(value), range.text());
    if (range.min_option.in_code == nullptr || value >= range.min) return;
    status_ = absl::InvalidArgumentError(
        absl::StrCat(status_.message(), "; ", range.min_option.in_code, " is ", range.min));
  }

  template <class E>
  void choice(const OptionName& name, E value, const Choices<E>& choices) {
    if (!status_.ok() || choices.contains(value)) return;
    const std::string known(choices.text_of(value));
    refuse(name.in_code, known.empty() ? absl::StrCat(static_cast<int>(value)) : known,
           choices.text());
  }

  void cpus(const OptionName& name, const std::vector<int>& cpus) {
    constexpr NumberRange<int> kRange = {0, kCpuMax};
    for (std::size_t i = 0; i < cpus.size(); ++i) {
      const std::string element = absl::StrCat(name.in_code, "[", i, "]");
      number({element.c_str()}, cpus[i], kRange);
    }
  }

  const absl::Status& status() const { return status_; }

 private:
  void refuse(const char* name, const std::string& value, const std::string& range) {
    status_ =
        absl::InvalidArgumentError(absl::StrCat(name, " is ", value, ", and must be ", range));
  }

  absl::Status status_;
};

template <class Options>
absl::Status validate_all(const Options& options) {
  Validator validator;
  visit_options(options, validator);
  return validator.status();
}

}  // namespace

absl::Status validate(const BusOptions& options) { return validate_all(options); }
absl::Status validate(const ExporterOptions& options) { return validate_all(options); }
absl::Status validate(const CallbackOptions& options) { return validate_all(options); }

}  // namespace v1
}  // namespace tracebus
