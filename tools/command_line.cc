// SPDX-License-Identifier: Apache-2.0
#include "tracebus/tools/command_line.h"

#include <charconv>
#include <cstdint>
#include <string_view>
#include <type_traits>

#include "tracebus/tools/event_formats.h"
#include "tracebus/tools/text.h"

namespace tracebus {
inline namespace v1 {
namespace {

std::string number_text(double number) { return short_number(number); }
std::string number_text(std::uint64_t number) { return std::to_string(number); }

// CLI11's own conversion takes "-1" for the largest number, "010" for eight, and NaN for any.
template <class T>
bool parse_number(std::string_view text, T& number) {
  const char* const end = text.data() + text.size();
  const auto parsed = std::from_chars(text.data(), end, number);
  return parsed.ec == std::errc() && parsed.ptr == end;
}

}  // namespace

template <class T>
CLI::Option* add_number(CLI::App& app, const std::string& name, T& target, T min, T max,
                        const std::string& help) {
  const std::string range = (std::is_floating_point_v<T> ? "a number" : "a whole number") +
                            std::string(" from ") + number_text(min) + " to " + number_text(max);
  const auto take = [&target, name, min, max, range](const CLI::results_t& values) {
    T number{};
    // Written so that NaN fails.
    if (!parse_number(values.back(), number) || !(number >= min && number <= max)) {
      throw CLI::ValidationError(name, "'" + visible(values.back()) + "' is not " + range);
    }
    target = number;
    return true;
  };
  return app.add_option(name, take, help + ": " + range)->type_name("N")->expected(1);
}

template CLI::Option* add_number(CLI::App&, const std::string&, std::uint64_t&, std::uint64_t,
                                 std::uint64_t, const std::string&);
template CLI::Option* add_number(CLI::App&, const std::string&, double&, double, double,
                                 const std::string&);

CLI::Option* add_spec(CLI::App& app, const std::string& name, const std::string& prefix,
                      std::vector<std::string>& specs, const std::string& help) {
  const auto take = [&specs, prefix](const std::string& rest) { specs.push_back(prefix + rest); };
  // At once: options that share a list keep the order of the command line.
  return app.add_option_function<std::string>(name, take, help)->trigger_on_parse();
}

CLI::Option* add_to(CLI::App& app, std::vector<std::string>& specs, const std::string& help) {
  return add_spec(app, "--to", "", specs, help)->type_name("SPEC");
}

std::string help_of_specs() { return "\nSPEC is one of\n" + command_exporters().help(); }

}  // namespace v1
}  // namespace tracebus
