// SPDX-License-Identifier: Apache-2.0
//
// studio: what agents do and did, in the browser: of files, and of whoever sends OTLP.
#include <fcntl.h>
#include <spawn.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "tracebus/bus/trace_event_bus.h"
#include "tracebus/studio/studio.h"
#include "tracebus/tools/command_line.h"
#include "tracebus/tools/event_formats.h"
#include "tracebus/tools/exit_status.h"
#include "tracebus/tools/interrupt.h"
#include "tracebus/tools/replay_report.h"
#include "tracebus/tools/studio_command.h"
#include "tracebus/tools/text.h"

namespace tracebus {
inline namespace v1 {
namespace {

constexpr std::chrono::milliseconds kLookEvery(20);
constexpr std::chrono::seconds kStudioTimeout(2);
constexpr std::chrono::seconds kExportersTimeout(30);

struct Arguments {
  StudioOptions options = {.content = true};  // whoever sends it has decided that already
  std::uint64_t port = kStudioPort;
  std::uint64_t otlp_port = 4318;
  bool no_otlp = false;
  std::uint64_t memory_mb = 1024;
  double budget_usd = 0;
  std::vector<std::string> exports;
  bool open = false;
};

void say(const std::string& line) { std::fprintf(stderr, "%s\n", line.c_str()); }

int refuse(const std::string& what) {
  say("tracebus studio: " + visible(what));
  return kExitUnusable;
}

// A name that is wrong is said at once, and not when its turn comes.
std::string unreadable(const std::vector<std::string>& files) {
  for (const std::string& file : files) {
    struct stat status = {};
    if (::stat(file.c_str(), &status) != 0 || ::access(file.c_str(), R_OK) != 0) {
      return file + ": " + std::strerror(errno);
    }
    if (S_ISDIR(status.st_mode)) return file + ": is a directory; name the files in it";
  }
  return {};
}

absl::Status add_exporters(const Arguments& arguments, TraceEventBus& bus) {
  auto exporters = make_exporters("--export", arguments.exports);
  if (!exporters.ok()) return exporters.status();
  for (auto& exporter : *exporters) {
    ExporterOptions options;
    options.content = true;
    const auto added = bus.add_exporter(std::move(exporter), options);
    if (!added.ok()) return added.status();
  }
  return absl::OkStatus();
}

// Tells once of each file that is done.
class FileReport {
 public:
  explicit FileReport(const Studio& studio) : studio_(studio) {}
  void look() {
    const std::vector<FileProgress> files = studio_.files();
    for (; told_ < files.size() && files[told_].done; ++told_) tell(files[told_]);
  }
  int status() const noexcept { return status_; }

 private:
  void tell(const FileProgress& file) {
    std::string line = "tracebus studio: " + visible(file.path) + ": ";
    if (!file.error.empty()) {
      status_ = kExitIncomplete;
      return say(line + visible(file.error));
    }
    line += grouped(file.spans) + " events";
    if (file.bad_lines != 0) {
      status_ = kExitIncomplete;
      line += ", " + grouped(file.bad_lines) + " bad lines (the page lists them)";
    }
    say(line);
  }

  const Studio& studio_;
  std::size_t told_ = 0;
  int status_ = kExitOk;
};

int run_studio(Arguments arguments) {
  if (const std::string what = unreadable(arguments.options.files); !what.empty()) {
    return refuse(what);
  }
  StudioOptions& options = arguments.options;
  options.port = static_cast<std::uint16_t>(arguments.port);
  options.otlp_port.reset();
  if (!arguments.no_otlp) options.otlp_port = static_cast<std::uint16_t>(arguments.otlp_port);
  options.bytes_max = static_cast<std::size_t>(arguments.memory_mb) << 20;
  options.bytes_max_name = "--memory-mb";
  if (arguments.budget_usd > 0) options.budget_usd = arguments.budget_usd;
  TraceEventBus bus;
  if (!bus.status().ok()) return refuse(std::string(bus.status().message()));
  if (const absl::Status added = add_exporters(arguments, bus); !added.ok()) {
    return refuse(std::string(added.message()));
  }
  catch_interrupts();
  const auto studio = Studio::start(bus, options);
  if (!studio.ok()) {
    const bool is_port = absl::IsUnavailable(studio.status());
    return refuse(std::string(studio.status().message()) + (is_port ? " (--port)" : ""));
  }
  tell_studio("studio", **studio);
  say("tracebus studio: until ^C");
  if (arguments.open) open_browser((*studio)->url());
  FileReport report(**studio);
  for (; !was_interrupted(); std::this_thread::sleep_for(kLookEvery)) report.look();
  report.look();
  absl::Status ended = (*studio)->shutdown(std::chrono::steady_clock::now() + kStudioTimeout);
  ended.Update(bus.shutdown(kExportersTimeout));
  return std::max(report.status(), report_end("studio", ended, bus.stats()));
}

void add_studio_options(CLI::App& command, Arguments& arguments) {
  StudioOptions& options = arguments.options;
  command.add_option("FILE", options.files,
                     "what the agents did before: JSONL (ours, pyagent's, OTLP and the like), JSON "
                     "documents (OTLP, Jaeger's) or Protobuf files, also compressed by gzip; -: "
                     "standard input; more may be uploaded");
  add_number<std::uint64_t>(command, "--port", arguments.port, 0, 65535,
                            "where the page is; 0: any that is free (8420)");
  command
      .add_option("--host", options.host,
                  "an address or name of this machine to be at, besides localhost; then the API is "
                  "for those alone who have the link with its token")
      ->type_name("ADDRESS");
  CLI::Option* const otlp =
      add_number<std::uint64_t>(command, "--otlp-port", arguments.otlp_port, 0, 65535,
                                "where OTLP over HTTP is taken; 0: any that is free (4318)");
  command
      .add_flag("--no-otlp", arguments.no_otlp,
                "take OTLP at the page's own port only, by its paths /v1/traces and /v1/logs")
      ->excludes(otlp);
  command.add_flag("--follow", options.follow, "go on with FILE, which is one, as it grows");
  add_number<std::uint64_t>(command, "--memory-mb", arguments.memory_mb, 1, std::uint64_t{1} << 20,
                            "of events in memory; then the oldest make room (1024)");
  add_number<double>(command, "--budget", arguments.budget_usd, 0, 1e9,
                     "dollars, shown beside what was spent")
      ->type_name("USD");
  add_spec(command, "--export", "", arguments.exports,
           "where else what comes by OTLP goes (nowhere)")
      ->type_name("SPEC");
  command.add_flag("--open", arguments.open, "open the page in the browser");
}

}  // namespace

void tell_studio(std::string_view command, const Studio& studio) {
  std::printf("%s\n", studio.url().c_str());
  std::fflush(stdout);
  const std::string begin = "tracebus " + std::string(command) + ": ";
  if (!studio.otlp_url().empty()) {
    say(begin + "OTLP at " + studio.otlp_url() + " (OTEL_EXPORTER_OTLP_ENDPOINT)");
  }
  const absl::Status otlp = studio.otlp_status();
  if (!otlp.ok()) say(begin + visible(std::string(otlp.message())) + " (--otlp-port)");
}

// Nobody waits for a browser.
void open_browser(const std::string& url) {
  const char* const arguments[] = {"xdg-open", url.c_str(), nullptr};
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
  posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
  pid_t child = 0;
  const int error = posix_spawnp(&child, arguments[0], &actions, nullptr,
                                 const_cast<char* const*>(arguments), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (error != 0) say(std::string("tracebus studio: xdg-open: ") + std::strerror(error));
}

void add_studio_command(CLI::App& app, ChosenCommand& chosen) {
  CLI::App& command = *app.add_subcommand(
      "studio", "Shows in the browser what agents do and did: of files, and by OTLP.");
  auto arguments = std::make_shared<Arguments>();
  add_studio_options(command, *arguments);
  command.footer(
      "\nThe link to the page is printed on standard output. Agents of any language appear once "
      "they send\nOTLP: OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:4318 and "
      "OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf;\nthose of tracebus by --to "
      "otlp:http://127.0.0.1:4318, as in tracebus demo and tracebus example --export.\n\n" +
      help_of_specs() +
      "\nThe exit status is 0 if all went well until ^C, 1 if a file had bad lines or could not be "
      "read\nwhole, 2 if nothing was begun.\n");
  command.callback([&chosen, arguments] {
    if (arguments->options.follow && arguments->options.files.size() != 1) {
      throw CLI::ValidationError("--follow", "takes one FILE");
    }
    chosen = [arguments] { return run_studio(*arguments); };
  });
}

}  // namespace v1
}  // namespace tracebus
