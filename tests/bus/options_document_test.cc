// SPDX-License-Identifier: Apache-2.0
//
// The table of bus/options.md and the comments of bus/options.h say what the code reads.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <fstream>
#include <iterator>
#include <map>
#include <regex>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "tracebus/bus/option_list.h"
#include "tracebus/tests/bus/option_texts.h"
#include "tracebus/tests/source_folder.h"

namespace tracebus::testing {
namespace {

struct Row {
  std::string default_value;
  std::string range;
  bool operator==(const Row&) const = default;
};
using Rows = std::map<std::string, Row>;

void PrintTo(const Row& row, std::ostream* out) {
  *out << "default '" << row.default_value << "', range '" << row.range << "'";
}

// What the table has to say.
class RowVisitor {
 public:
  template <class T>
  void number(const OptionName& name, T value, const NumberRange<T>& range) {
    const auto text = [&](T number) {
      return range.form == NumberForm::kPlain ? std::to_string(number)
                                              : bytes_text(static_cast<std::size_t>(number));
    };
    const char* const min_option = range.min_option.in_environment;
    const bool power = range.form == NumberForm::kPowerOfTwoBytes;
    const std::string min = min_option != nullptr ? code(min_option) : text(range.min);
    rows[name.in_environment] = {text(value),
                                 (power ? "power of two, " : "") + min + " to " + text(range.max)};
  }
  template <class E>
  void choice(const OptionName& name, E value, const Choices<E>& choices) {
    std::string texts;
    for (const Choice<E>& choice : choices.all) {
      texts += (texts.empty() ? "" : ", ") + code(std::string(choice.text));
    }
    rows[name.in_environment] = {code(std::string(choices.text_of(value))), texts};
  }
  void cpus(const OptionName& name, const std::vector<int>&) {
    rows[name.in_environment] = {"as the process", "0 to 1023, such as `0-3,6`"};
  }

  Rows rows;

 private:
  static std::string code(const std::string& text) { return "`" + text + "`"; }
};

Rows rows_of_code() {
  RowVisitor visitor;
  const BusOptions bus;
  visit_options(bus, visitor);
  const ExporterOptions exporter;
  visit_options(exporter, visitor);
  return visitor.rows;
}

std::string source_text(const std::string& path) {
  std::ifstream file(std::string(TRACEBUS_SOURCE_DIR) + "/" + path);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

// Lines such as "| `TRACEBUS_OVERFLOW` | what it means | default | range |".
Rows rows_of_table() {
  static const std::regex kLine(R"(\| `(TRACEBUS_\w+)` \| (.+) \| (.+) \| (.+) \|\n)");
  const std::string text = source_text("bus/options.md");
  Rows rows;
  for (std::sregex_iterator at(text.begin(), text.end(), kLine), end; at != end; ++at) {
    EXPECT_TRUE(rows.emplace((*at)[1], Row{(*at)[3], (*at)[4]}).second) << (*at)[1] << " twice";
  }
  return rows;
}

TEST(OptionsDocumentTest, TableHasTheVariablesDefaultsAndRangesOfTheCode) {
  EXPECT_EQ(rows_of_code().size(), 22);
  EXPECT_EQ(rows_of_table(), rows_of_code());
}

TEST(OptionsDocumentTest, HeaderNamesTheVariablesOfTheCode) {
  static const std::regex kName(R"(TRACEBUS_\w+)");
  const std::string text = source_text("bus/options.h");
  std::set<std::string> in_header;
  for (std::sregex_iterator at(text.begin(), text.end(), kName), end; at != end; ++at) {
    in_header.insert(at->str());
  }
  in_header.erase("TRACEBUS_BUS_OPTIONS_H_");
  std::set<std::string> in_code;
  for (const auto& [name, row] : rows_of_code()) in_code.insert(name);
  EXPECT_EQ(in_header, in_code);
}

}  // namespace
}  // namespace tracebus::testing
