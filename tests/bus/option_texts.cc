// SPDX-License-Identifier: Apache-2.0
#include "tracebus/tests/bus/option_texts.h"

#include <cstdlib>
#include <vector>

#include "tracebus/bus/cpu_list.h"
#include "tracebus/bus/option_list.h"

namespace tracebus::testing {
namespace {

class TextVisitor {
 public:
  template <class T>
  void number(const OptionName& name, T value, const NumberRange<T>& range) {
    const bool plain = range.form == NumberForm::kPlain;
    texts[name.in_environment] =
        plain ? std::to_string(value) : bytes_text(static_cast<std::size_t>(value));
  }
  template <class E>
  void choice(const OptionName& name, E value, const Choices<E>& choices) {
    texts[name.in_environment] = std::string(choices.text_of(value));
  }
  void cpus(const OptionName& name, const std::vector<int>& value) {
    texts[name.in_environment] = cpu_list_text(value);
  }

  OptionTexts texts;
};

template <class Options>
OptionTexts texts_of(const Options& options) {
  TextVisitor visitor;
  visit_options(options, visitor);
  return visitor.texts;
}

void clear() {
  for (const auto& [name, text] : option_texts(BusOptions{})) unsetenv(name.c_str());
  for (const auto& [name, text] : option_texts(ExporterOptions{})) unsetenv(name.c_str());
}

}  // namespace

std::string bytes_text(std::size_t bytes) {
  constexpr std::size_t kKiB = 1024;
  if (bytes == 0 || bytes % kKiB != 0) return std::to_string(bytes);
  if (bytes % (kKiB * kKiB) != 0) return std::to_string(bytes / kKiB) + "KiB";
  if (bytes % (kKiB * kKiB * kKiB) != 0) return std::to_string(bytes / kKiB / kKiB) + "MiB";
  return std::to_string(bytes / kKiB / kKiB / kKiB) + "GiB";
}

OptionTexts option_texts(const BusOptions& options) { return texts_of(options); }
OptionTexts option_texts(const ExporterOptions& options) { return texts_of(options); }

Environment::Environment(const OptionTexts& texts) {
  clear();
  for (const auto& [name, text] : texts) setenv(name.c_str(), text.c_str(), 1);
}

Environment::~Environment() { clear(); }

}  // namespace tracebus::testing
