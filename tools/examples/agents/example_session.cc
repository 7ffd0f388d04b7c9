// SPDX-License-Identifier: Apache-2.0
#include "tracebus/tools/examples/agents/example_session.h"

#include <utility>

#include "tracebus/readers/jsonl_reader.h"
#include "tracebus/tools/examples/agents/http_chat_client.h"
#include "tracebus/trace/replay_recording.h"

namespace tracebus::examples {
namespace {

constexpr auto kCloseLimit =
    std::chrono::seconds(20);  // of which hanging exporters alone take much

absl::StatusOr<std::shared_ptr<const ReplaySource>> source_of(const Example& example,
                                                              const std::string& file) {
  if (!file.empty()) return ReplaySource::load(file);
  const std::string name = "the recording of " + std::string(example.name);
  const std::unique_ptr<EventReader> reader = read_jsonl(recording_of(example.name));
  auto recording = load_recording(*reader, name);
  if (!recording.ok()) return recording.status();
  return std::make_shared<const ReplaySource>(*std::move(recording), name);
}

}  // namespace

absl::StatusOr<std::unique_ptr<ReplayEndpoint>> serve_recording(const Example& example,
                                                                const ExampleOptions& options) {
  auto source = source_of(example, options.recording);
  if (!source.ok()) return source.status();
  // One that holds nothing to answer with is told of now, not by every answer.
  const auto calls = (*source)->llm();
  if (!calls.ok()) return calls.status();
  return ReplayEndpoint::start(*std::move(source), options.replay);
}

absl::Status ExampleSession::start(const Example& example, const ExampleOptions& options,
                                   std::vector<std::unique_ptr<Exporter>> exporters) {
  auto prices = example_prices(options.prices);
  if (!prices.ok()) return prices.status();
  costs_.emplace(CostTrackerOptions{.bus = &bus_, .prices = *std::move(prices)});
  for (std::unique_ptr<Exporter>& exporter : exporters) {
    const auto added = bus_.add_exporter(std::move(exporter));
    if (!added.ok()) return added.status();
  }
  if (!options.record.empty()) {
    auto recording = BusRecording::start(bus_, options.record);
    if (!recording.ok()) return recording.status();
    recording_ = *std::move(recording);
  }
  auto collecting = collector_.watch(bus_);
  if (!collecting.ok()) return collecting.status();
  collecting_ = *std::move(collecting);
  if (options.url.empty()) {
    auto endpoint = serve_recording(example, options);
    if (!endpoint.ok()) return endpoint.status();
    endpoint_ = *std::move(endpoint);
  }
  return start_client(options);
}

absl::Status ExampleSession::start_client(const ExampleOptions& options) {
  HttpChatOptions http = {.url = options.url, .api_key = options.api_key};
  http.timeout = options.timeout;
  if (endpoint_ != nullptr) {
    http.url = endpoint_->url();
    http.api_key.clear();
    http.direct = true;
  }
  auto client = HttpChatClient::create(std::move(http));
  if (!client.ok()) return client.status();
  client_ = *std::move(client);
  return absl::OkStatus();
}

ExampleOutcome ExampleSession::run(const Example& example, const ExampleOptions& options) {
  ExampleOutcome outcome;
  try {
    outcome.answer = example.run({*client_, bus_, *costs_, options.model, options.stream});
  } catch (const ChatError& error) {
    outcome.error = error.what();
  }
  outcome.closed = close();
  outcome.trace = collector_.latest();
  outcome.cost = costs_->total_cost();
  outcome.stats = bus_.stats();
  return outcome;
}

absl::Status ExampleSession::close() {
  absl::Status closed = bus_.flush(kCloseLimit);
  if (recording_ != nullptr) closed.Update(recording_->stop(kCloseLimit));
  closed.Update(bus_.shutdown(kCloseLimit));
  return closed;
}

}  // namespace tracebus::examples
