// SPDX-License-Identifier: Apache-2.0
#include "tracebus/config/config_file.h"

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "tracebus/config/config_options.h"
#include "tracebus/config/otlp_config.h"
#include "tracebus/config/small_file.h"
#include "tracebus/exporters/console_exporter.h"
#include "tracebus/trace/price_file.h"
#include "tracebus/trace/recording_exporter.h"

namespace tracebus {
inline namespace v1 {
namespace {

using Made = absl::StatusOr<std::unique_ptr<Exporter>>;

constexpr double kDailyDollarsMax = 1e9;
// Bytes bound a batch, not a count: requests are cut from it as they need be.
constexpr std::size_t kBatchEvents = 8192;
constexpr std::int64_t kMetricsIntervalMs = 60'000;  // as OpenTelemetry's SDKs have it

// An empty variable counts as not set.
bool is_set(const char* name) {
  const char* const text = std::getenv(name);
  return text != nullptr && *text != '\0';
}

Made make_console() { return std::make_unique<ConsoleExporter>(); }

class ConfigReader {
 public:
  ConfigReader(ConfigObject& object, const ConfigRules& rules, bool may_hold_secrets)
      : object_(object) {
    exporter_rules_.factory = std::make_shared<const ExporterFactory>(rules.factory);
    exporter_rules_.may_hold_secrets = may_hold_secrets;
    ExporterOptions& options = exporter_rules_.options;
    take_environment(ExporterOptions::from_env(), options);
    if (!is_set("TRACEBUS_OVERFLOW")) options.overflow = rules.overflow;
    if (!is_set("TRACEBUS_BATCH_EVENTS_MAX")) options.batch.events_max = kBatchEvents;
  }

  Config read() {
    object_.flag("enabled", config_.enabled);
    read_service_name();
    object_.number("sample_rate", config_.sample_rate, 0, 1);
    read_bus(object_.object("bus"));
    read_prices();
    read_exporters();
    set_stats_interval();
    ConfigObject observability = object_.object("observability");
    read_tracing(observability.object("tracing"));
    ConfigObject inner_budget = observability.object("cost_budget");
    observability.refuse_others();
    ConfigObject budget = object_.object("cost_budget");
    if (budget.is_there() && inner_budget.is_there()) {
      budget.bad({}, "is there twice, also in observability; remove one");
    }
    read_budget(budget.is_there() ? budget : inner_budget);
    object_.refuse_others();
    return std::move(config_);
  }

 private:
  void read_service_name() {
    if (object_.text("service_name", config_.service_name)) {
      exporter_rules_.service_name = config_.service_name;
    } else if (is_set("OTEL_SERVICE_NAME")) {
      config_.service_name = std::getenv("OTEL_SERVICE_NAME");
    }
  }

  void read_bus(ConfigObject bus) {
    take_environment(BusOptions::from_env(), config_.bus);
    {
      ConfigOptionReader reader(bus);
      visit_options(config_.bus, reader);
    }
    bus.flag("truncate", config_.bus.truncate);
    bus.texts("verbose_types", config_.bus.verbose_types);
    bus.refuse_others();
    if (config_.bus.threading == Threading::kManual) {
      bus.bad("threading", "cannot be manual here: nobody would poll; leave it out");
    }
  }

  template <class Options>
  void take_environment(absl::StatusOr<Options> read, Options& options) {
    if (read.ok()) {
      options = *std::move(read);
    } else {
      object_.problems().add(0, "environment", std::string(read.status().message()));
    }
  }

  void read_prices() {
    std::string path;
    if (!object_.text("prices", path)) return;
    auto read = read_price_file(path);
    if (read.ok()) {
      config_.prices = std::make_shared<const PriceTable>(*std::move(read));
    } else {
      object_.bad("prices", std::string(read.status().message()));
    }
  }

  void read_exporters() {
    const ConfigValue* const list = object_.list("exporters");
    if (list == nullptr) return;
    for (std::size_t i = 0; i < list->items.size(); ++i) {
      const std::string place = "exporters[" + std::to_string(i) + "]";
      config_.exporters.push_back(
          read_exporter({&list->items[i], place, object_.problems()}, exporter_rules_));
    }
  }

  // Metrics without numbers would be nothing.
  void set_stats_interval() {
    const bool has_metrics =
        std::ranges::any_of(config_.exporters, &ExporterConfig::takes_bus_stats);
    if (!has_metrics || config_.bus.stats_interval_ms != 0) return;
    config_.bus.stats_interval_ms = kMetricsIntervalMs;
    const char* const text = std::getenv("OTEL_METRIC_EXPORT_INTERVAL");
    if (text == nullptr || *text == '\0') return;
    std::int64_t interval_ms = 0;
    const char* const end = text + std::strlen(text);
    const bool is_number = std::from_chars(text, end, interval_ms).ptr == end;
    if (is_number && interval_ms >= 1 && interval_ms <= kHourMs) {
      config_.bus.stats_interval_ms = interval_ms;
    } else {
      object_.problems().add(0, "environment",
                             "OTEL_METRIC_EXPORT_INTERVAL is no number of milliseconds from 1 to "
                             "3600000; unset it, or give bus.stats_interval_ms");
    }
  }

  // The seed's section.
  void read_tracing(ConfigObject tracing) {
    if (!tracing.is_there()) return;
    enum class To : std::uint8_t { kUnsaid, kConsole, kOtlp };
    To to = To::kUnsaid;
    std::string endpoint;
    std::string record_to;
    bool enabled = true;
    tracing.flag("enabled", enabled);
    tracing.choice("exporter", to,
                   {{"console", To::kConsole}, {"otlp", To::kOtlp}, {"jaeger", To::kOtlp}});
    tracing.text("endpoint", endpoint);
    tracing.text("record_to", record_to);
    tracing.refuse_others();
    for (const char* const thrift : {":6831", ":6832", ":14268"}) {
      if (endpoint.find(thrift) == std::string::npos) continue;
      tracing.bad("endpoint", "is a port of Jaeger's old protocol; Jaeger takes OTLP on 4318");
    }
    if (!enabled) config_.enabled = false;
    if (!record_to.empty()) add_recording(tracing, record_to);
    if (to == To::kUnsaid && endpoint.empty() && !record_to.empty()) return;
    if (to == To::kOtlp || (to == To::kUnsaid && !endpoint.empty())) {
      OtlpSettings settings;
      settings.endpoint = endpoint;
      settings.service_name = exporter_rules_.service_name;
      add(tracing, "otlp", make_otlp(settings));
    } else {
      add(tracing, "console", make_console);
    }
  }

  // What Studio loads: a flat line for the start and the end of each call.
  void add_recording(const ConfigObject& tracing, const std::string& path) {
    add(tracing, "a recording", [path]() -> Made {
      auto opened = RecordingExporter::open(path, {.format = RecordingFormat::kStudio});
      if (!opened.ok()) return opened.status();
      return *std::move(opened);
    });
    config_.exporters.back().options.content = true;
  }

  void add(const ConfigObject& from, const std::string& to, const ExporterConfig::Make& make) {
    config_.exporters.push_back({.where = object_.problems().file() + ":" +
                                          std::to_string(from.line()) + ": " + from.where(),
                                 .to = to,
                                 .make_for_check = make,
                                 .make = make,
                                 .options = exporter_rules_.options});
  }

  void read_budget(ConfigObject budget) {
    if (!budget.is_there()) return;
    double daily_usd = 100;
    double alert_threshold = 0.8;
    budget.number("daily_usd", daily_usd, 0, kDailyDollarsMax);
    budget.number("alert_threshold", alert_threshold, 0, 1);
    budget.refuse_others();
    auto made = daily_budget(daily_usd, alert_threshold);
    if (made.ok()) {
      config_.budget = *std::move(made);
    } else {
      budget.bad({}, std::string(made.status().message()));
    }
  }

  ConfigObject& object_;
  ExporterConfigRules exporter_rules_;
  Config config_;
};

}  // namespace

absl::StatusOr<Config> parse_config(std::string_view json, const std::string& name,
                                    const ConfigRules& rules, bool may_hold_secrets) {
  const absl::StatusOr<ConfigValue> value = parse_config_value(json, name);
  if (!value.ok()) return value.status();
  ConfigProblems problems(name);
  ConfigObject object(&*value, {}, problems);
  Config config = ConfigReader(object, rules, may_hold_secrets).read();
  if (!problems.empty()) return problems.status();
  return config;
}

absl::StatusOr<Config> read_config_file(const std::string& path, const ConfigRules& rules) {
  const absl::StatusOr<SmallFile> file = read_small_file(path, kConfigBytesMax);
  if (!file.ok()) {
    return absl::Status(file.status().code(), path + ": " + std::string(file.status().message()));
  }
  return parse_config(file->text, path, rules, file->is_private);
}

}  // namespace v1
}  // namespace tracebus
