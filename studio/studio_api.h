// SPDX-License-Identifier: Apache-2.0
//
// StudioApi: what api.md says of a store's events, runs, costs and agents, asked by HTTP: pure
// questions, whoever serves them.
//
//   GET /api/dashboard, /api/runs, /api/runs/{run}[/spans|/download], /api/events[/{number}],
//       /api/costs, /api/latencies, /api/providers, /api/graph, /api/schema
//
// Answers are JSON but for downloads: valid UTF-8, in which what moves a cursor, or cannot be seen,
// is escaped. 400 names the parameter, its value, and what it may be; 404 what is not there; 405
// what is no GET; 413 a file that would be too large.
#ifndef TRACEBUS_STUDIO_STUDIO_API_H_
#define TRACEBUS_STUDIO_STUDIO_API_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "tracebus/studio/http_call.h"
#include "tracebus/studio/trace_store.h"

namespace tracebus {
inline namespace v1 {

class CallParameters;

struct StudioApiOptions {
  std::optional<double> budget_usd = {};  // shown beside what was spent
  // Of one answer, about: a list of events is cut there and says so, a larger file is refused.
  std::size_t answer_bytes_max = std::size_t{256} << 20;
  std::size_t tree_spans_max = 200'000;  // of one run's tree
  // Nanoseconds since 1970, that "15m" ago counts from; null: the system's clock.
  std::function<std::int64_t()> now_ns = nullptr;
};

// Thread safety: any thread.
class StudioApi {
 public:
  // REQUIRES: the store outlives it.
  explicit StudioApi(const TraceStore& store, StudioApiOptions options = {});
  StudioApi(const StudioApi&) = delete;
  StudioApi& operator=(const StudioApi&) = delete;

  // 404 for a path that is none of those above.
  HttpReply answer(const HttpCall& call) const;

 private:
  using Answer = HttpReply (StudioApi::*)(CallParameters&) const;
  struct Route {
    std::string_view path;
    Answer answer;
  };
  static const Route kRoutes[];

  HttpReply answer_path(std::string_view path, CallParameters& parameters) const;
  HttpReply answer_run(std::string_view rest, CallParameters& parameters) const;

  HttpReply dashboard(CallParameters& parameters) const;
  HttpReply runs(CallParameters& parameters) const;
  HttpReply run(const std::string& run_id, CallParameters& parameters) const;
  HttpReply run_spans(const std::string& run_id, CallParameters& parameters) const;
  HttpReply run_download(const std::string& run_id, CallParameters& parameters) const;
  HttpReply events(CallParameters& parameters) const;
  HttpReply event(std::string_view number, CallParameters& parameters) const;
  HttpReply costs(CallParameters& parameters) const;
  HttpReply latencies(CallParameters& parameters) const;
  HttpReply providers(CallParameters& parameters) const;
  HttpReply graph(CallParameters& parameters) const;
  HttpReply schema(CallParameters& parameters) const;

  std::int64_t now_ns() const;

  const TraceStore& store_;
  const StudioApiOptions options_;
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_STUDIO_STUDIO_API_H_
