// SPDX-License-Identifier: Apache-2.0
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <memory>
#include <optional>
#include <utility>

#include "tracebus/render/trace_format.h"
#include "tracebus/tools/command_line.h"
#include "tracebus/tools/event_formats.h"
#include "tracebus/tools/exit_status.h"
#include "tracebus/tools/output_file.h"
#include "tracebus/tools/read_report.h"
#include "tracebus/tools/text.h"
#include "tracebus/trace/trace_collector.h"

namespace tracebus {
inline namespace v1 {
namespace {

struct Arguments {
  std::vector<std::string> files;
  std::string to;
  std::string output = "-";
};

// The result may go to standard output, so what the command says goes to standard error.
int complain(const std::string& what) {
  std::fprintf(stderr, "tracebus convert: %s\n", what.c_str());
  return kExitUnusable;
}

// The traces of one file, which begin a run of their own each.
int read_traces(const std::string& path, std::vector<Trace>& traces) {
  auto reader = open_recorded(path);
  if (!reader.ok()) return complain(visible(path) + ": " + std::string(reader.status().message()));
  std::vector<Trace> found = collect_traces(**reader);
  report_problems(path, (*reader)->account());
  std::size_t spans = 0;
  for (const Trace& trace : found) spans += trace.spans().size();
  std::fprintf(stderr, "%s, %s traces, %s spans\n",
               account_text(path, (*reader)->account()).c_str(), grouped(found.size()).c_str(),
               grouped(spans).c_str());
  std::ranges::move(found, std::back_inserter(traces));
  return (*reader)->account().bad_lines == 0 ? kExitOk : kExitIncomplete;
}

int write_result(const Arguments& arguments, const std::string& result) {
  const absl::Status written = write_output(arguments.output, result, arguments.files);
  return written.ok() ? kExitOk : complain(std::string(written.message()));
}

int run_convert(const Arguments& arguments, TraceFormat format) {
  if (format == TraceFormat::kPerfetto && arguments.output == "-" && isatty(STDOUT_FILENO) == 1) {
    return complain("--to perfetto is not a text: give a file by --output, or redirect it");
  }
  std::vector<Trace> traces;
  int status = kExitOk;
  for (const std::string& path : arguments.files) {
    status = std::max(status, read_traces(path, traces));
  }
  // A file that could not be read is told of, and keeps nobody from the others.
  if (traces.empty() && status == kExitUnusable) return status;
  return std::max(status, write_result(arguments, render(traces, format)));
}

}  // namespace

void add_convert_command(CLI::App& app, ChosenCommand& chosen) {
  CLI::App& command =
      *app.add_subcommand("convert", "Writes recorded events as a file that a viewer opens.");
  auto arguments = std::make_shared<Arguments>();
  command
      .add_option("FILE", arguments->files,
                  "JSONL (ours, pyagent's, Studio's, OTLP, agent-inspect and the like), JSON "
                  "documents (OTLP, Jaeger's) or Protobuf files, also compressed by gzip; -: "
                  "standard input")
      ->required();
  command.add_option("--to", arguments->to, "what to write, of those below")
      ->required()
      ->type_name("FORMAT")
      ->check([](const std::string& name) -> std::string {
        if (trace_format_of(name)) return "";
        return "'" + visible(name) + "' is none of " + names_of_trace_formats();
      });
  command
      .add_option("--output,-o", arguments->output,
                  "the file to write, whole or not at all; -: standard output (-)")
      ->type_name("PATH");
  command.footer("\nFORMAT is one of\n" + help_of_trace_formats() +
                 "\nThe exit status is 0 if all went well, 1 if something was bad and the rest "
                 "went on, 2 if a file could not be read or written.\n");
  command.callback([&chosen, arguments] {
    const std::optional<TraceFormat> format = trace_format_of(arguments->to);
    chosen = [arguments, format] { return run_convert(*arguments, *format); };
  });
}

}  // namespace v1
}  // namespace tracebus
