// SPDX-License-Identifier: Apache-2.0
#include "tracebus/tools/look/query_options.h"

#include <algorithm>
#include <string>

#include "tracebus/core/timestamp.h"
#include "tracebus/studio/moment_text.h"
#include "tracebus/studio/query_field.h"
#include "tracebus/tools/text.h"

namespace tracebus {
inline namespace v1 {
namespace {

void require(const std::string& option, const std::string& value, const std::string& reason) {
  if (reason.empty()) return;
  throw CLI::ValidationError(option, "'" + visible(value) + "' " + reason);
}

// "--min-ms" for "min_ms".
std::string option_of(std::string_view field) {
  std::string option = "--" + std::string(field);
  std::ranges::replace(option, '_', '-');
  return option;
}

void add_moment(CLI::App& app, const std::string& name, std::optional<std::int64_t>& target,
                const std::string& help) {
  const auto take = [&target, name](const std::string& text) {
    target = parse_moment(text, Timestamp::now().to_unix_ns());
    require(name, text, target ? std::string() : std::string(kNoMoment));
  };
  app.add_option_function<std::string>(name, take, help)->type_name("WHEN");
}

void add_field(CLI::App& app, const QueryField& field, SpanQuery& query) {
  const std::string name = option_of(field.name);
  const std::string help(field.help);
  const auto take = [name, &field, &query](const std::string& text) {
    require(name, text, field.set(query, text, Timestamp::now().to_unix_ns()));
  };
  if (field.takes.empty()) {
    app.add_flag_callback(
        name, [take] { take("1"); }, help);
  } else {
    app.add_option_function<std::string>(name, take, help)->type_name(std::string(field.takes));
  }
}

void add_attributes(CLI::App& app, SpanQuery& query) {
  const auto take = [&query](const std::string& text) {
    require("--attr", text, add_attribute(query, text, '='));
  };
  // At once: each of several goes through take.
  app.add_option_function<std::string>("--attr", take, "an attribute of the payload; repeatable")
      ->type_name("KEY=VALUE")
      ->trigger_on_parse();
}

}  // namespace

void add_time_filters(CLI::App& app, std::optional<std::int64_t>& from_ns,
                      std::optional<std::int64_t>& until_ns) {
  add_moment(app, "--since", from_ns,
             "not before: 2026-06-16, 2026-06-16T09:00:00Z, or how long ago: 90s, 15m, 2h, 7d");
  add_moment(app, "--until", until_ns, "before: the same forms");
}

void add_query_filters(CLI::App& app, SpanQuery& query) {
  for (const QueryField& field : query_fields()) add_field(app, field, query);
  add_attributes(app, query);
}

}  // namespace v1
}  // namespace tracebus
