// SPDX-License-Identifier: Apache-2.0
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <thread>

#include "tracebus/core/timestamp.h"
#include "tracebus/studio/moment_text.h"
#include "tracebus/tools/command_line.h"
#include "tracebus/tools/exit_status.h"
#include "tracebus/tools/interrupt.h"
#include "tracebus/tools/look/look_files.h"
#include "tracebus/tools/look/top_text.h"
#include "tracebus/tools/read_report.h"
#include "tracebus/tools/text.h"
#ifdef TRACEBUS_WITH_HTTP
#include "tracebus/tools/look/studio_client.h"
#endif

namespace tracebus {
inline namespace v1 {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr std::string_view kClearScreen = "\x1b[H\x1b[2J";
constexpr milliseconds kSleepAtMost{100};  // between two looks at ^C

struct Arguments {
  LookFiles look;
  std::uint64_t count = 0;
  double interval_s = 1;
};

// Where figures come from.
class TopSource {
 public:
  virtual ~TopSource() = default;
  virtual absl::StatusOr<TopFigures> look() = 0;
  virtual bool met_bad_lines() const { return false; }
};

class FileSource final : public TopSource {
 public:
  static absl::StatusOr<std::unique_ptr<TopSource>> open(const std::string& path,
                                                         const TraceStoreOptions& options) {
    auto source = std::make_unique<FileSource>(path, options);
    if (const absl::Status status = source->store_.follow(path); !status.ok()) return status;
    return source;
  }
  FileSource(std::string path, const TraceStoreOptions& options)
      : path_(std::move(path)), store_(options) {}

  absl::StatusOr<TopFigures> look() override {
    while (!was_interrupted()) {
      const absl::StatusOr<PollReport> report = store_.poll();
      if (!report.ok()) return report.status();
      report_problems(path_, report->account);
      met_bad_lines_ |= report->account.bad_lines != 0;
      events_ += report->spans;
      if (!report->has_more) break;
    }
    return top_of_store(store_, events_);
  }
  bool met_bad_lines() const override { return met_bad_lines_; }

 private:
  const std::string path_;
  TraceStore store_;
  std::uint64_t events_ = 0;
  bool met_bad_lines_ = false;
};

#ifdef TRACEBUS_WITH_HTTP
class StudioSource final : public TopSource {
 public:
  explicit StudioSource(std::unique_ptr<StudioClient> client) : client_(std::move(client)) {}
  absl::StatusOr<TopFigures> look() override { return top_of_studio(*client_); }

 private:
  const std::unique_ptr<StudioClient> client_;
};
#endif

class Top {
 public:
  explicit Top(const Arguments& arguments)
      : arguments_(arguments), terminal_(arguments.look.terminal()),
        redraws_(!arguments.look.json && isatty(STDOUT_FILENO) == 1) {}

  int run() {
    if (!open()) return kExitUnusable;
    for (std::uint64_t looks = 1; !was_interrupted(); ++looks) {
      const Clock::time_point begin = Clock::now();
      const absl::StatusOr<TopFigures> figures = source_->look();
      if (was_interrupted()) break;
      if (!figures.ok()) return refuse(figures.status());
      status_ = print("top", text_of(*figures, begin), status_);
      if (status_ == kExitUnusable || looks == arguments_.count) break;
      wait_until(begin + std::chrono::duration_cast<Clock::duration>(
                             std::chrono::duration<double>(arguments_.interval_s)));
    }
    return source_->met_bad_lines() ? std::max(status_, kExitIncomplete) : status_;
  }

 private:
  bool open() {
    const std::string& from = arguments_.look.files.front();
    name_ = visible(from.substr(0, from.find('#')));  // a token is nobody else's
    if (arguments_.look.is_studio()) return open_studio(from);
    auto source = FileSource::open(from, arguments_.look.store_options());
    if (!source.ok()) {
      refuse_look("top", name_ + ": " + visible(std::string(source.status().message())));
      return false;
    }
    source_ = *std::move(source);
    return true;
  }

  bool open_studio([[maybe_unused]] const std::string& address) {
#ifdef TRACEBUS_WITH_HTTP
    auto client = StudioClient::open(address);
    if (!client.ok()) {
      refuse(client.status());
      return false;
    }
    name_ = (*client)->shown();
    source_ = std::make_unique<StudioSource>(*std::move(client));
    return true;
#else
    refuse_look("top", name_ + ": this build has no HTTP client");
    return false;
#endif
  }

  int refuse(const absl::Status& status) {
    return refuse_look("top", visible(std::string(status.message())));
  }

  std::string text_of(const TopFigures& top, Clock::time_point now) {
    TopRate rate;
    if (last_look_ && now > *last_look_ && top.events >= last_events_) {
      const std::chrono::duration<double> passed = now - *last_look_;
      rate.events_per_second = static_cast<double>(top.events - last_events_) / passed.count();
    }
    last_look_ = now;
    last_events_ = top.events;
    const std::string time = moment_text(Timestamp::now(), 0);
    if (arguments_.look.json) return top_json(top, rate, name_, time);
    const std::string text = top_text(top, rate, name_, time, terminal_);
    return redraws_ ? std::string(kClearScreen) + text : text + "\n";
  }

  static void wait_until(Clock::time_point moment) {
    while (!was_interrupted() && Clock::now() < moment) {
      std::this_thread::sleep_for(std::min<Clock::duration>(moment - Clock::now(), kSleepAtMost));
    }
  }

  const Arguments& arguments_;
  const Terminal terminal_;
  const bool redraws_;  // one look in place of the other
  std::string name_;    // of the source; safe to print
  std::unique_ptr<TopSource> source_;
  std::optional<Clock::time_point> last_look_;
  std::uint64_t last_events_ = 0;
  int status_ = kExitOk;
};

}  // namespace

void add_top_command(CLI::App& app, ChosenCommand& chosen) {
  CLI::App& command = *app.add_subcommand(
      "top",
      "Shows how a swarm is doing, every second: of a Studio that runs (http://...), or of a JSONL "
      "file that grows.");
  auto arguments = std::make_shared<Arguments>();
  add_look_files(command, arguments->look);
  command.get_option("FILE")->expected(1)->description(std::string(kLinesHelp));
  add_number(command, "--count,-n", arguments->count, std::uint64_t{0},
             std::uint64_t{1'000'000'000}, "how often to look; 0: until ^C (0)");
  add_number(command, "--interval", arguments->interval_s, 0.1, 3600.0,
             "seconds between looks (1)");
  command.footer("\nThe shape of --json:\n" + std::string(kTopJsonHelp) +
                 std::string(kLookExitHelp));
  command.callback([&chosen, arguments] {
    chosen = [arguments] {
      catch_interrupts();
      return Top(*arguments).run();
    };
  });
}

}  // namespace v1
}  // namespace tracebus
