// SPDX-License-Identifier: Apache-2.0
#include "tracebus/tools/replay_report.h"

#include <cstdio>

#include "tracebus/tools/exit_status.h"
#include "tracebus/tools/read_report.h"
#include "tracebus/tools/text.h"

namespace tracebus {
inline namespace v1 {
namespace {

// Standard output may be the console exporter's, so what the command says goes to standard error.
void say(const std::string& line) { std::fprintf(stderr, "%s\n", line.c_str()); }

}  // namespace

int report_file(const std::string& command, const std::string& path, const ReplayedFile& file) {
  const std::string name = visible(path);
  if (!file.opened.ok()) {
    say("tracebus " + command + ": " + name + ": " + std::string(file.opened.message()));
    return kExitUnusable;
  }
  report_problems(path, file.account);
  std::string line = account_text(path, file.account);
  if (file.refused != 0)
    line += ", " + grouped(file.refused) + " not sent: too big, or interrupted";
  say(line);
  return file.account.bad_lines + file.refused == 0 ? kExitOk : kExitIncomplete;
}

int report_end(const std::string& command, const absl::Status& ended, const BusStats& stats) {
  int status = kExitOk;
  if (!ended.ok()) {
    say("tracebus " + command + ": " + visible(std::string(ended.message())));
    status = kExitIncomplete;
  }
  for (const SubscriptionStats& subscription : stats.subscriptions) {
    std::string line = visible(subscription.name) + ": " + grouped(subscription.delivered) +
                       " of " + grouped(subscription.matched) + " events delivered";
    if (subscription.delivered != subscription.matched) {
      line += "; lost: " + drops_text(subscription.dropped);
      if (!subscription.last_error.empty()) line += "; " + visible(subscription.last_error);
      status = kExitIncomplete;
    }
    say(line);
  }
  return status;
}

}  // namespace v1
}  // namespace tracebus
