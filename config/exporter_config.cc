// SPDX-License-Identifier: Apache-2.0
#include "tracebus/config/exporter_config.h"

#include <utility>
#include <vector>

#include "tracebus/config/config_options.h"
#include "tracebus/config/filter_config.h"
#include "tracebus/config/otlp_config.h"
#include "tracebus/exporters/processing_exporter.h"
#include "tracebus/exporters/processor_spec.h"
#include "tracebus/exporters/spool/spool_check.h"
#include "tracebus/exporters/spool/spool_exporter.h"

namespace tracebus {
inline namespace v1 {
namespace {

using Made = absl::StatusOr<std::unique_ptr<Exporter>>;

struct SpoolConfig {
  std::string folder;  // empty: no spool
  SpoolExporterOptions options;
};

SpoolConfig read_spool(ConfigObject object) {
  SpoolConfig config;
  if (!object.is_there()) return config;
  SpoolOptions& spool = config.options.spool;
  if (!object.text("folder", config.folder) && !object.has("folder")) {
    object.bad("folder", "is missing; give the path of a folder that is the spool's alone");
  }
  object.whole("bytes_max", spool.bytes_max, kSpoolBytesMin, INT64_MAX);
  object.choice("when_full", spool.when_full,
                {{"drop_newest", SpoolFull::kDropNewest}, {"drop_oldest", SpoolFull::kDropOldest}});
  object.choice("sync", spool.sync,
                {{"never", FileSync::kNever},
                 {"on_flush", FileSync::kOnFlush},
                 {"every_batch", FileSync::kEveryBatch}});
  object.whole("retry_min_ms", config.options.retry_min_ms, 1, 3'600'000);
  object.whole("retry_max_ms", config.options.retry_max_ms, config.options.retry_min_ms, 3'600'000);
  object.refuse_others();
  return config;
}

ExporterConfig::Make within_spool(ExporterConfig::Make make, SpoolConfig spool) {
  if (spool.folder.empty()) return make;
  return [make = std::move(make), spool = std::move(spool)]() -> Made {
    Made inner = make();
    if (!inner.ok()) return inner;
    auto opened = SpoolExporter::open(spool.folder, *std::move(inner), spool.options);
    if (!opened.ok()) return opened.status();
    return *std::move(opened);
  };
}

ExporterConfig::Make behind_spool_check(ExporterConfig::Make make, const std::string& folder) {
  if (folder.empty()) return make;
  return [make = std::move(make), folder]() -> Made {
    Made inner = make();
    return inner.ok() ? make_spool_check(folder, *std::move(inner)) : std::move(inner);
  };
}

ExporterConfig::Make behind_processors(ExporterConfig::Make make, std::vector<std::string> specs) {
  if (specs.empty()) return make;
  return [make = std::move(make), specs = std::move(specs)]() -> Made {
    Made inner = make();
    if (!inner.ok()) return inner;
    std::vector<std::unique_ptr<Processor>> processors;
    for (const std::string& spec : specs) {
      auto processor = make_processor(spec);
      if (!processor.ok()) return processor.status();
      processors.push_back(*std::move(processor));
    }
    return std::make_unique<ProcessingExporter>(std::move(processors), *std::move(inner));
  };
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  for (std::size_t at = text.find(from); !from.empty() && at != std::string::npos;
       at = text.find(from, at + to.size())) {
    text.replace(at, from.size(), to);
  }
  return text;
}

// Whether what a spec leads to sends the bus's own numbers and nothing else.
bool is_of_bus_stats(std::string_view spec) {
  const std::string_view last = spec.substr(spec.rfind('|') + 1);
  const std::string_view name = last.substr(0, last.find(':'));
  return name == "otlp-metrics" || name == "otlp-grpc-metrics";
}

// What stands behind an exporter's name, which is what most of them say in an error.
std::string rest_of(const std::string& spec) { return spec.substr(spec.find(':') + 1); }

// What variables put into a spec is shown to nobody.
std::string as_written(const std::string& message, const std::string& spec,
                       const std::string& written) {
  return replaced(replaced(message, spec, written), rest_of(spec), rest_of(written));
}

class ExporterReader {
 public:
  ExporterReader(ConfigObject& object, const ExporterConfigRules& rules)
      : object_(object), rules_(rules) {
    config_.options = rules.options;
    config_.where =
        object.problems().file() + ":" + std::to_string(object.line()) + ": " + object.where();
  }

  ExporterConfig read() {
    ExporterConfig::Make make = read_destination();
    SpoolConfig spool = read_spool(object_.object("spool"));
    config_.make_for_check = behind_spool_check(make, spool.folder);
    make = within_spool(std::move(make), std::move(spool));
    config_.make = behind_processors(std::move(make), read_processors());
    ExporterOptions& options = config_.options;
    options.filter = read_filter(object_.object("filter"));
    if (config_.takes_bus_stats && !object_.has("filter")) {
      options.filter = Filter::types({"bus_stats"});
    }
    object_.flag("content", options.content);
    object_.text("name", options.name);
    object_.flag("unsubscribe_on_overflow", options.unsubscribe_on_overflow);
    {
      ConfigOptionReader reader(object_);
      visit_options(options, reader);
    }
    object_.refuse_others();
    return config_;
  }

 private:
  ExporterConfig::Make read_destination() {
    if (object_.has("to") == object_.has("otlp")) {
      object_.bad({}, "give either \"to\", a SPEC as on the command line, or \"otlp\"");
    }
    if (ConfigObject otlp = object_.object("otlp"); otlp.is_there()) {
      const OtlpSettings settings = read_otlp(std::move(otlp), rules_);
      config_.to = settings.is_metrics ? "otlp metrics" : "otlp";
      config_.takes_bus_stats = settings.is_metrics;
      return make_otlp(settings);
    }
    std::string spec;
    if (!object_.text("to", spec)) return {};
    const std::string written = object_.value("to")->text;
    config_.to = written;
    config_.takes_bus_stats = is_of_bus_stats(spec);
    return [factory = rules_.factory, spec, written]() -> Made {
      Made made = factory->make(spec);
      if (made.ok() || spec == written) return made;
      return absl::Status(made.status().code(),
                          as_written(std::string(made.status().message()), spec, written));
    };
  }

  std::vector<std::string> read_processors() {
    std::vector<std::string> specs;
    object_.texts("processors", specs);
    for (std::size_t i = 0; i < specs.size(); ++i) {
      const auto made = make_processor(specs[i]);
      if (made.ok()) continue;
      const ConfigValue* const list = object_.list("processors");
      object_.problems().add(list->items[i].line,
                             object_.where("processors") + "[" + std::to_string(i) + "]",
                             std::string(made.status().message()));
    }
    return specs;
  }

  ConfigObject& object_;
  const ExporterConfigRules& rules_;
  ExporterConfig config_;
};

}  // namespace

ExporterConfig read_exporter(ConfigObject object, const ExporterConfigRules& rules) {
  return ExporterReader(object, rules).read();
}

}  // namespace v1
}  // namespace tracebus
