// SPDX-License-Identifier: Apache-2.0
//
// LookFiles: what the commands that look at recorded events have in common: which files they read,
// and how they print what they found.
#ifndef TRACEBUS_TOOLS_LOOK_LOOK_FILES_H_
#define TRACEBUS_TOOLS_LOOK_LOOK_FILES_H_

#include <CLI/CLI.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tracebus/studio/trace_store.h"
#include "tracebus/tools/look/terminal.h"

namespace tracebus {
inline namespace v1 {

struct LookFiles {
  std::vector<std::string> files;
  std::vector<std::string> read;  // of those, by load_files
  bool json = false;
  ColorWhen color = ColorWhen::kAuto;
  std::uint64_t memory_mb = 1024;

  Terminal terminal() const { return Terminal::of_output(color); }
  TraceStoreOptions store_options() const {
    TraceStoreOptions options;
    options.bytes_max = static_cast<std::size_t>(memory_mb) << 20;
    options.bytes_max_name = "--memory-mb";
    return options;
  }
  // Whether the first is no file, but the address of a Studio that runs.
  bool is_studio() const {
    return files.front().starts_with("http://") || files.front().starts_with("https://");
  }
  // What was read: "run.jsonl", or "3 files"; escaped.
  std::string title() const;
};

// Adds FILE, and --json, --color and --memory-mb. REQUIRES: files outlives app.
void add_look_files(CLI::App& app, LookFiles& files);
// Of those that look at lines as they come.
inline constexpr std::string_view kLinesHelp =
    "JSONL (ours, pyagent's, Studio's, OTLP, agent-inspect and the like), a file or a pipe; -: "
    "standard input; or http://..., a Studio that runs. Of documents, Protobuf and compressed "
    "files "
    "there is tracebus show";
// The end of the help of each of them.
inline constexpr std::string_view kLookExitHelp =
    "\nThe exit status is 0 if all went well, also where nothing matches; 1 if a line or a record "
    "was bad, and the rest is shown; 2 if a file could not be read or an option is wrong.\n";

// Reads all files, and says on standard error what was bad. Returns the exit status; where it is
// kExitUnusable, some file is missing from the store, and there may be nothing in it.
int load_files(std::string_view command, LookFiles& files, TraceStore& store);

// All of it (write_standard_output), or kExitUnusable with a message; else the status that was
// given.
int print(std::string_view command, std::string_view text, int status);

// "tracebus show: what" on standard error. Returns kExitUnusable.
int refuse_look(std::string_view command, std::string_view what);

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_TOOLS_LOOK_LOOK_FILES_H_
