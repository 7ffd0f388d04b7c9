// SPDX-License-Identifier: Apache-2.0
#include "tracebus/tools/look/look_files.h"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <map>

#include "tracebus/tools/command_line.h"
#include "tracebus/tools/exit_status.h"
#include "tracebus/tools/output_file.h"
#include "tracebus/tools/read_report.h"
#include "tracebus/tools/text.h"

namespace tracebus {
inline namespace v1 {

std::string LookFiles::title() const {
  return read.size() == 1 ? visible(read.front()) : grouped(read.size()) + " files";
}

void add_look_files(CLI::App& app, LookFiles& files) {
  app.add_option("FILE", files.files,
                 "JSONL (ours, pyagent's, Studio's, OTLP, agent-inspect and the like), JSON "
                 "documents (OTLP, Jaeger's) or Protobuf files, also compressed by gzip; -: "
                 "standard input")
      ->required();
  app.add_flag("--json", files.json, "for programs, in the shape told below");
  const std::map<std::string, ColorWhen> names = {
      {"auto", ColorWhen::kAuto}, {"always", ColorWhen::kAlways}, {"never", ColorWhen::kNever}};
  app.add_option_function<std::string>(
         "--color",
         [&files, names](const std::string& name) {
           const auto found = names.find(name);
           if (found == names.end()) {
             throw CLI::ValidationError("--color",
                                        "'" + visible(name) + "' is none of auto, always, never");
           }
           files.color = found->second;
         },
         "auto: on a terminal without NO_COLOR; always; never (auto)")
      ->type_name("WHEN");
  add_number(app, "--memory-mb", files.memory_mb, std::uint64_t{1}, std::uint64_t{1} << 20,
             "what may be held in memory (1024)");
}

int load_files(std::string_view command, LookFiles& files, TraceStore& store) {
  int status = kExitOk;
  for (const std::string& path : files.files) {
    const absl::StatusOr<LoadReport> report = store.add(path);
    if (!report.ok()) {
      const std::string what =
          visible(path) + ": " + visible(std::string(report.status().message()));
      status = refuse_look(command, what);
      continue;
    }
    files.read.push_back(path);
    report_problems(path, report->account);
    if (report->account.bad_lines != 0) {
      std::fprintf(stderr, "%s\n", account_text(path, report->account).c_str());
      status = std::max(status, kExitIncomplete);
    }
  }
  return status;
}

int print(std::string_view command, std::string_view text, int status) {
  if (write_standard_output(text)) return status;
  return refuse_look(command, "standard output: " + std::string(std::strerror(errno)));
}

int refuse_look(std::string_view command, std::string_view what) {
  const std::string line = "tracebus " + std::string(command) + ": " + std::string(what) + "\n";
  std::fputs(line.c_str(), stderr);
  return kExitUnusable;
}

}  // namespace v1
}  // namespace tracebus
