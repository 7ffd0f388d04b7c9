// SPDX-License-Identifier: Apache-2.0
#include "tracebus/exporters/exporter_spec.h"

#include <algorithm>
#include <cassert>
#include <utility>

#include "tracebus/core/visible_text.h"
#include "tracebus/exporters/console_exporter.h"
#include "tracebus/exporters/jsonl_exporter.h"
#include "tracebus/exporters/memory_exporter.h"
#include "tracebus/exporters/null_exporter.h"
#include "tracebus/exporters/processing_exporter.h"
#include "tracebus/exporters/processor_spec.h"

namespace tracebus {
inline namespace v1 {
namespace {

using Made = absl::StatusOr<std::unique_ptr<Exporter>>;

absl::Status invalid(std::string_view spec, std::string_view expected) {
  std::string message = "there is no exporter '";
  append_visible(message, spec);
  message.append("'; give ").append(expected);
  return absl::InvalidArgumentError(message);
}

Made make_console(std::string_view rest) {
  ConsoleOptions options;
  if (rest == "pretty") {
    options.format = ConsoleFormat::kPretty;
  } else if (rest == "json") {
    options.format = ConsoleFormat::kJson;
  } else if (!rest.empty() && rest != "seed") {
    return invalid("console:" + std::string(rest),
                   "console, console:seed, console:pretty or console:json");
  }
  return std::make_unique<ConsoleExporter>(options);
}

Made make_jsonl(std::string_view rest) {
  if (rest.empty()) return invalid("jsonl", "the path of the file to append to, as jsonl:PATH");
  auto opened = JsonlExporter::open(std::string(rest));
  if (!opened.ok()) return opened.status();
  return *std::move(opened);
}

template <class Plain>
Made make_plain(std::string_view name, std::string_view rest) {
  if (!rest.empty()) {
    return invalid(std::string(name) + ":" + std::string(rest), std::string(name) + " alone");
  }
  return std::make_unique<Plain>();
}

}  // namespace

ExporterFactory ExporterFactory::with_builtin() {
  ExporterFactory factory;
  factory.add("console", "console[:seed|pretty|json]  one line an event on standard output",
              make_console);
  factory.add("jsonl", "jsonl:PATH  one JSON object a line, appended to PATH", make_jsonl);
  factory.add("memory", "memory  the last 10,000 events, in memory",
              [](std::string_view rest) { return make_plain<MemoryExporter>("memory", rest); });
  factory.add("null", "null  nowhere; counts only",
              [](std::string_view rest) { return make_plain<NullExporter>("null", rest); });
  return factory;
}

void ExporterFactory::add(std::string_view name, std::string_view help, Make make) {
  assert(!name.empty() && name.find(':') == std::string_view::npos);
  entries_.insert_or_assign(std::string(name), Entry{std::string(help), std::move(make)});
}

void ExporterFactory::add_around(std::string_view name, std::string_view help, MakeAround make) {
  assert(!name.empty() && name.find_first_of(":=|") == std::string_view::npos);
  around_.insert_or_assign(std::string(name), AroundEntry{std::string(help), std::move(make)});
}

absl::StatusOr<std::unique_ptr<Exporter>> ExporterFactory::make(std::string_view spec) const {
  auto processors = take_processors(spec);
  if (!processors.ok()) return processors.status();
  auto exporter = make_plain_exporter(spec);
  if (!exporter.ok() || processors->empty()) return exporter;
  return std::make_unique<ProcessingExporter>(*std::move(processors), *std::move(exporter));
}

absl::StatusOr<std::unique_ptr<Exporter>> ExporterFactory::make_plain_exporter(
    std::string_view spec) const {
  if (const auto around = around_.find(spec.substr(0, spec.find('='))); around != around_.end()) {
    const std::size_t begin = std::min(around->first.size() + 1, spec.size());
    const std::size_t bar = spec.find('|', begin);
    if (bar == std::string_view::npos) return invalid(spec, around->second.help);
    auto to = ExporterFactory::make(spec.substr(bar + 1));
    if (!to.ok()) return to;
    return around->second.make(spec.substr(begin, bar - begin), *std::move(to));
  }
  const std::size_t colon = spec.find(':');
  const auto entry = entries_.find(spec.substr(0, colon));
  // Its name alone: what follows may be an address with a key in it.
  if (entry == entries_.end()) return invalid(spec.substr(0, colon), "one of:\n" + help());
  return entry->second.make(colon == std::string_view::npos ? std::string_view()
                                                            : spec.substr(colon + 1));
}

std::string ExporterFactory::help() const {
  std::string text;
  for (const auto& [name, entry] : entries_) text.append("  ").append(entry.help).append("\n");
  for (const auto& [name, entry] : around_) text.append("  ").append(entry.help).append("\n");
  return text;
}

}  // namespace v1
}  // namespace tracebus
