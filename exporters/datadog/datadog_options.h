// SPDX-License-Identifier: Apache-2.0
#ifndef TRACEBUS_EXPORTERS_DATADOG_DATADOG_OPTIONS_H_
#define TRACEBUS_EXPORTERS_DATADOG_DATADOG_OPTIONS_H_

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "tracebus/core/profile.h"
#include "tracebus/exporters/http/http_options.h"
#include "tracebus/exporters/http/retry_schedule.h"

namespace tracebus {
inline namespace v1 {

// A tag of every span. What the span itself says under that name counts before it.
struct DatadogTag {
  std::string key;
  std::string value;
  bool operator==(const DatadogTag&) const = default;
};

// Agents before 7.21 take 10 MB, later ones 50.
inline constexpr std::size_t kDatadogRequestBytesDefault = std::size_t{8} << 20;
inline constexpr std::size_t kDatadogRequestBytesMax = std::size_t{50} << 20;

struct DatadogOptions {
  // url is the agent's: http://host:8126, or unix:///path of its socket; /v0.4/traces is appended.
  // Agents are near, so no proxy stands between, unless direct says otherwise.
  HttpOptions http = {.url = "http://localhost:8126", .direct = true};

  // What Datadog's unified tags say of the process; empty: the program's name, and nothing.
  std::string service = {};
  std::string env = {};
  std::string version = {};
  std::vector<DatadogTag> tags = {};

  Profile profile = Profile::kGenAi;  // the words of attributes and resources
  // -1 and 0: the agent drops, 1: as its rates say, 2: it keeps. What is to be sampled is sampled
  // before it gets here.
  int sampling_priority = 1;

  // Of a batch, with all that is sent again; 1 to 3,600,000. The bus's own limit of one
  // export_batch, ExporterOptions::export_timeout_ms, holds as well.
  std::chrono::milliseconds timeout{10'000};
  RetryOptions retry = {};
  std::size_t request_spans_max = 0;  // 0: any number
  // 4096 to kDatadogRequestBytesMax. A span that is larger alone is not sent, and counts as failed.
  std::size_t request_bytes_max = kDatadogRequestBytesDefault;
  // Of one value in meta, 64 to 1,048,576; what is longer is cut and ends in "...", and JSON stays
  // JSON.
  std::size_t value_bytes_max = 25'000;

  // The defaults, as changed by DD_TRACE_AGENT_URL, which wins over DD_AGENT_HOST and
  // DD_TRACE_AGENT_PORT; DD_SERVICE, DD_ENV, DD_VERSION; and DD_TAGS, which is key:value,key:value,
  // or has blanks between where there is no comma, and whose service, env and version count where
  // the variable of that name is not set. An empty variable counts as not set. What is ill-formed
  // is left out and told to warnings, if there are any. A process must not change its environment
  // meanwhile.
  static DatadogOptions from_env(std::vector<std::string>* warnings = nullptr);
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_EXPORTERS_DATADOG_DATADOG_OPTIONS_H_
