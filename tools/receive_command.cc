// SPDX-License-Identifier: Apache-2.0
//
// receive: OTLP over HTTP from any instrumented program of this machine, to where --to says.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <memory>
#include <string>
#include <thread>
#include <utility>

#include "tracebus/bus/trace_event_bus.h"
#include "tracebus/studio/otlp_receiver.h"
#include "tracebus/tools/command_line.h"
#include "tracebus/tools/event_formats.h"
#include "tracebus/tools/exit_status.h"
#include "tracebus/tools/interrupt.h"
#include "tracebus/tools/replay_report.h"
#include "tracebus/tools/text.h"

namespace tracebus {
inline namespace v1 {
namespace {

constexpr std::chrono::milliseconds kLookEvery(20);
constexpr std::chrono::seconds kServerTimeout(2);
constexpr std::chrono::seconds kExportersTimeout(30);
constexpr std::size_t kQueueBytes = std::size_t{64} << 20;
// Beyond three quarters of a queue senders are told to come again.
constexpr std::uint64_t kOverloadBytes = kQueueBytes / 4 * 3;

struct Arguments {
  std::uint64_t port = kOtlpHttpPort;
  double seconds = 0;
  std::vector<std::string> to;
};

// Standard output may be the console exporter's, so what the command says goes to standard error.
void say(const std::string& line) { std::fprintf(stderr, "%s\n", line.c_str()); }

absl::Status add_exporters(const Arguments& arguments, TraceEventBus& bus) {
  if (!bus.status().ok()) return bus.status();
  auto exporters = make_exporters("--to", arguments.to);
  if (!exporters.ok()) return exporters.status();
  for (auto& exporter : *exporters) {
    ExporterOptions options;
    options.overflow = Overflow::kBlock;
    options.queue_bytes_max = kQueueBytes;
    options.content = true;  // whoever sends it has decided that already
    const auto added = bus.add_exporter(std::move(exporter), options);
    if (!added.ok()) return added.status();
  }
  return absl::OkStatus();
}

bool is_overloaded(const TraceEventBus& bus) {
  return std::ranges::any_of(bus.stats().subscriptions, [](const SubscriptionStats& each) {
    return each.queue_bytes > kOverloadBytes;
  });
}

void wait_for_end(double seconds) {
  using Clock = std::chrono::steady_clock;
  const auto begun = Clock::now();
  while (!was_interrupted()) {
    if (seconds != 0 && std::chrono::duration<double>(Clock::now() - begun).count() >= seconds) {
      return;
    }
    std::this_thread::sleep_for(kLookEvery);
  }
}

int report_received(const OtlpReceiverStats& stats) {
  std::string line = grouped(stats.requests) + " requests with " + grouped(stats.received) +
                     " spans and log records";
  const std::uint64_t lost = stats.rejected + stats.no_room + stats.unwanted;
  if (stats.rejected != 0) line += ", " + grouped(stats.rejected) + " rejected";
  if (stats.no_room != 0) line += ", " + grouped(stats.no_room) + " to be sent again";
  if (stats.bad_requests != 0) line += "; " + grouped(stats.bad_requests) + " bad requests";
  if (stats.refused_requests != 0) {
    line += "; " + grouped(stats.refused_requests) + " told to come again";
  }
  say(line);
  return lost == 0 ? kExitOk : kExitIncomplete;
}

int run_receive(const Arguments& arguments) {
  TraceEventBus bus;
  if (const absl::Status added = add_exporters(arguments, bus); !added.ok()) {
    say("tracebus receive: " + std::string(added.message()));
    return kExitUnusable;
  }
  catch_interrupts();
  OtlpReceiverOptions options;
  options.http.port = static_cast<std::uint16_t>(arguments.port);
  options.is_overloaded = [&bus] { return is_overloaded(bus); };
  auto receiver = OtlpReceiver::start(bus, options);
  if (!receiver.ok()) {
    say("tracebus receive: " + std::string(receiver.status().message()));
    return kExitUnusable;
  }
  say("tracebus receive: OTLP at " + (*receiver)->url() + " (OTEL_EXPORTER_OTLP_ENDPOINT), until " +
      (arguments.seconds == 0 ? "^C" : "the time is over"));
  wait_for_end(arguments.seconds);
  const auto now = std::chrono::steady_clock::now();
  absl::Status ended = (*receiver)->shutdown(now + kServerTimeout);
  ended.Update(bus.shutdown(kExportersTimeout));
  int status = report_received((*receiver)->stats());
  return std::max(status, report_end("receive", ended, bus.stats()));
}

}  // namespace

void add_receive_command(CLI::App& app, ChosenCommand& chosen) {
  CLI::App& command = *app.add_subcommand(
      "receive", "Takes OTLP over HTTP from any program on this machine, and sends it on.");
  auto arguments = std::make_shared<Arguments>();
  add_number<std::uint64_t>(command, "--port", arguments->port, 0, 65535,
                            "where it listens, on the loopback interface; 0: any that is free "
                            "(4318)");
  add_number<double>(command, "--seconds", arguments->seconds, 0, 86400,
                     "for how long; 0: until ^C (0)");
  add_to(command, arguments->to, "where the events go (console)");
  command.footer(
      "Senders need no more than OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:4318 and\n"
      "OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf (or http/json). Spans of OpenTelemetry's GenAI\n"
      "conventions, OpenInference and OpenLLMetry arrive in our words.\n\n" +
      help_of_specs() +
      "\nThe exit status is 0 if all went well, 1 if something was lost or rejected, 2 if nothing "
      "was begun.\n");
  command.callback([&chosen, arguments] {
    if (arguments->to.empty()) arguments->to.push_back("console");
    chosen = [arguments] { return run_receive(*arguments); };
  });
}

}  // namespace v1
}  // namespace tracebus
