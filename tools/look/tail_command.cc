// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <chrono>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "tracebus/core/visible_text.h"
#include "tracebus/tools/command_line.h"
#include "tracebus/tools/exit_status.h"
#include "tracebus/tools/interrupt.h"
#include "tracebus/tools/look/look_files.h"
#include "tracebus/tools/look/query_options.h"
#include "tracebus/tools/look/run_json.h"
#include "tracebus/tools/look/span_table_text.h"
#ifdef TRACEBUS_WITH_HTTP
#include "tracebus/tools/look/studio_tail.h"
#endif
#include "tracebus/tools/read_report.h"
#include "tracebus/tools/text.h"

namespace tracebus {
inline namespace v1 {
namespace {

constexpr std::chrono::milliseconds kPollEvery{100};
constexpr std::chrono::milliseconds kReconnectEvery{500};
constexpr std::chrono::milliseconds kPipeEvery{10};
constexpr std::uint64_t kLinesFirst = 10;

struct Arguments {
  LookFiles look;
  SpanQuery query;
  std::string parameters;  // the same as the query
  bool follow = false;
  std::uint64_t lines = kLinesFirst;
};

class Tail {
 public:
  explicit Tail(const Arguments& arguments)
      : arguments_(arguments), terminal_(arguments.look.terminal()),
        store_(arguments.look.store_options()) {}

  int run() {
    const std::string& path = arguments_.look.files.front();
    if (arguments_.look.is_studio()) return run_studio(path);
    const absl::Status followed = store_.follow(path);
    if (!followed.ok()) {
      return refuse_look("tail", visible(path) + ": " + visible(std::string(followed.message())));
    }
    read_what_is_there();
    if (status_ != kExitUnusable) show(arguments_.lines);
    while (arguments_.follow && status_ != kExitUnusable && !was_interrupted() && !has_ended_) {
      if (!poll() && !has_ended_) std::this_thread::sleep_for(kPollEvery);
      show(SpanQuery{}.limit);
    }
    return status_;
  }

 private:
#ifdef TRACEBUS_WITH_HTTP
  // What a Studio that runs has, and gets.
  int run_studio(const std::string& address) {
    const auto tail = StudioTail::open(address, arguments_.parameters);
    if (!tail.ok()) return refuse(tail.status());
    std::string text;
    const auto show = [&](const StoredSpan& span, std::string_view json) {
      if (arguments_.look.json) {
        append_visible_json(text, json);
        text += '\n';
      } else {
        text += span_line_text(span, terminal_);
      }
    };
    const auto print_text = [&] {
      if (!text.empty()) status_ = print("tail", text, status_);
      text.clear();
    };
    if (const absl::Status latest = (*tail)->show_latest(arguments_.lines, show); !latest.ok()) {
      return refuse(latest);
    }
    print_text();
    bool is_lost = false;
    while (arguments_.follow && status_ != kExitUnusable && !was_interrupted()) {
      const absl::StatusOr<StudioTail::Gap> gap = (*tail)->show_next(kPollEvery, show);
      if (gap.ok()) {
        is_lost = false;
        if (gap->is_new_life) note("the Studio was started anew; what it had before is gone");
        if (gap->missed != 0) {
          note(std::to_string(gap->missed) + " events came too fast, and are missing");
        }
        print_text();
        continue;
      }
      if (gap.status().code() != absl::StatusCode::kUnavailable) return refuse(gap.status());
      if (!std::exchange(is_lost, true)) {
        note(visible(std::string(gap.status().message())) + "; trying again");
      }
      std::this_thread::sleep_for(kReconnectEvery);
    }
    return status_;
  }

#else
  int run_studio(const std::string& address) {
    return refuse_look("tail", visible(address) + ": this build has no HTTP client");
  }
#endif

  int refuse(const absl::Status& status) {
    return refuse_look("tail", visible(std::string(status.message())));
  }
  void note(const std::string& what) {
    refuse_look("tail", what);
    status_ = std::max(status_, kExitIncomplete);
  }

  // Of a file; and of a pipe all, unless it is followed.
  void read_what_is_there() {
    while (!was_interrupted() && status_ != kExitUnusable && !has_ended_) {
      if (poll()) continue;
      if (arguments_.follow || !is_pipe_) return;
      std::this_thread::sleep_for(kPipeEvery);
    }
  }

  // Whether there may be more at once.
  bool poll() {
    const absl::StatusOr<PollReport> report = store_.poll();
    if (!report.ok()) {
      status_ = refuse_look("tail", visible(std::string(report.status().message())));
      return false;
    }
    has_ended_ = report->has_ended;
    is_pipe_ = report->is_pipe;
    report_problems(arguments_.look.files.front(), report->account);
    if (report->account.bad_lines != 0) status_ = std::max(status_, kExitIncomplete);
    return report->has_more;
  }

  // Up to limit of the last that match and were not shown, in the order of arrival.
  void show(std::size_t limit) {
    const std::uint64_t known = next_;
    const SpanPage newest = store_.query({.descending = true, .limit = 1});
    if (newest.empty() || newest[0].number < known) return;
    next_ = newest[0].number + 1;
    SpanQuery query = arguments_.query;
    query.descending = true;
    query.limit = std::min<std::size_t>(limit, next_ - known);
    const SpanPage page = store_.query(query);
    std::string text;
    for (std::size_t i = page.size(); i-- != 0;) {
      if (page[i].number < known) continue;
      text += arguments_.look.json
                  ? span_json(page[i], store_.event_json(page[i].number).value_or("null")) + "\n"
                  : span_line_text(page[i], terminal_);
    }
    if (!text.empty()) status_ = print("tail", text, status_);
  }

  const Arguments& arguments_;
  const Terminal terminal_;
  TraceStore store_;
  std::uint64_t next_ = 0;  // events before it were shown, or passed over
  bool is_pipe_ = false;
  bool has_ended_ = false;  // a pipe, whose writers are gone
  int status_ = kExitOk;
};

}  // namespace

void add_tail_command(CLI::App& app, ChosenCommand& chosen) {
  CLI::App& command = *app.add_subcommand(
      "tail",
      "Shows the last events of a JSONL file, or of a Studio that runs (http://...), and with -f "
      "those that come.");
  auto arguments = std::make_shared<Arguments>();
  add_look_files(command, arguments->look);
  command.get_option("FILE")->expected(1)->description(std::string(kLinesHelp));
  command.add_flag("-f,--follow", arguments->follow,
                   "go on until ^C, also when the file is cut or replaced");
  add_number(command, "--lines,-n", arguments->lines, std::uint64_t{0},
             std::uint64_t{1'000'000'000}, "how many to begin with (10)");
  add_query_filters(command, arguments->query, &arguments->parameters);
  command.footer(
      "\nThe oldest events make room once --memory-mb is full. The shape of --json, one "
      "line an event:\n" +
      std::string(kSpanJsonHelp) + std::string(kLookExitHelp));
  command.callback([&chosen, arguments] {
    chosen = [arguments] {
      catch_interrupts();
      return Tail(*arguments).run();
    };
  });
}

}  // namespace v1
}  // namespace tracebus
