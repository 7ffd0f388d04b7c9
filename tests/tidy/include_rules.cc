// SPDX-License-Identifier: Apache-2.0
#include "tracebus/tests/tidy/include_rules.h"

#include <functional>
#include <map>
#include <set>
#include <string_view>

namespace tracebus::tidy {
namespace {

using Folders = std::set<std::string, std::less<>>;

constexpr std::string_view kRoot = "tracebus/";

// What each library's folder may include besides itself. The folders on top may include anything.
const std::map<std::string, Folders, std::less<>>& layers() {
  static const std::map<std::string, Folders, std::less<>> kLayers = {
      {"core", {}},
      {"bus", {"core"}},
      {"readers", {"core"}},
      {"render", {"core", "bus", "trace"}},
      {"exporters", {"core", "render"}},
      {"trace", {"core", "bus"}},
      {"measure", {"core", "bus"}},
      {"config", {"core", "bus", "readers", "render", "exporters", "trace"}},
      {"studio", {"core", "bus", "readers", "render", "exporters", "trace"}},
  };
  return kLayers;
}

bool is_folder_of_ours(std::string_view name) {
  static const Folders kTop = {"tools", "bench", "tests"};
  return layers().contains(name) || kTop.contains(name);
}

std::string_view first_folder(std::string_view path) { return path.substr(0, path.find('/')); }

bool is_ours(const Include& include) { return include.spelling.starts_with(kRoot); }

std::string_view path_in_tree(const Include& include) {
  return std::string_view(include.spelling).substr(kRoot.size());
}

// Headers of C, POSIX and the compiler whose names are not told from a third party's by their form.
bool is_system_header(std::string_view name) {
  static const Folders kNames = {
      "assert.h",   "cpuid.h",  "dirent.h",   "dlfcn.h",  "errno.h",    "fcntl.h", "immintrin.h",
      "inttypes.h", "limits.h", "math.h",     "poll.h",   "pthread.h",  "sched.h", "semaphore.h",
      "signal.h",   "spawn.h",  "stdbool.h",  "stddef.h", "stdint.h",   "stdio.h", "stdlib.h",
      "string.h",   "time.h",   "ucontext.h", "unistd.h", "x86intrin.h"};
  static const Folders kFolders = {"sys", "linux", "netinet", "arpa", "asm", "bits"};
  const bool standard = name.find_first_of("./") == std::string_view::npos;
  return standard || kNames.contains(name) || kFolders.contains(first_folder(name));
}

bool is_third_party(const Include& include) {
  return !is_ours(include) && !(include.angled && is_system_header(include.spelling));
}

bool is_public_header(const SourceText& source) {
  if (!source.is_header() || source.path.find("/internal/") != std::string::npos) return false;
  if (source.path.starts_with("core/proto/")) return false;
  return source.folder() == "core" || source.folder() == "bus";
}

bool is_instrumentation_header(const SourceText& source) {
  const std::string name = source.name();
  const bool named = name == "event.h" || name == "producer.h" || name == "span.h";
  return named && (is_public_header(source) || source.folder() == "trace");
}

using Tree = std::map<std::string_view, const SourceText*>;

// The first include of a third party that header reaches, as "bus/a.h -> core/b.h -> absl/c.h";
// empty when there is none.
std::string way_to_third_party(const SourceText& header, const Tree& tree,
                               std::set<std::string_view>& seen) {
  if (!seen.insert(header.path).second) return {};
  for (const Include& include : includes_of(header)) {
    if (is_third_party(include)) return header.path + " -> " + include.spelling;
    if (!is_ours(include)) continue;
    const auto next = tree.find(path_in_tree(include));
    if (next == tree.end()) continue;
    const std::string rest = way_to_third_party(*next->second, tree, seen);
    if (!rest.empty()) return header.path + " -> " + rest;
  }
  return {};
}

// Recorder, replay and the log of prompts are libraries of their own in trace's folder, on
// exporters and on readers; files for viewers, and the page for Prometheus, are ones in exporters'
// folder, on trace.
bool is_library_above(std::string_view path, std::string_view target) {
  const bool records = path.starts_with("trace/record") || path.starts_with("trace/prompt_") ||
                       path == "trace/python_json.cc";
  const bool replays = path.starts_with("trace/replay");
  if (path.starts_with("exporters/viewer/")) return target == "trace";
  if (path.starts_with("exporters/prometheus/")) return target == "trace";
  return ((records || replays) && target == "exporters") || (replays && target == "readers");
}

}  // namespace

std::vector<Include> includes_of(const SourceText& source) {
  std::vector<Include> found;
  for (std::size_t i = 0; i < source.lines.size(); ++i) {
    // A commented include is no code; the spelling of a real one is blanked there.
    if (source.code[i].find("include") == std::string::npos) continue;
    const std::string_view line = source.lines[i];
    const std::size_t hash = line.find_first_not_of(" \t");
    if (line[hash] != '#') continue;
    const std::size_t word = line.find_first_not_of(" \t", hash + 1);
    if (word == std::string_view::npos || !line.substr(word).starts_with("include")) continue;
    const std::size_t open = line.find_first_of("<\"", word);
    if (open == std::string_view::npos) continue;
    const bool angled = line[open] == '<';
    const std::size_t close = line.find(angled ? '>' : '"', open + 1);
    if (close == std::string_view::npos) continue;
    found.push_back({i + 1, std::string(line.substr(open + 1, close - open - 1)), angled});
  }
  return found;
}

Violations check_include_spelling(const SourceText& source) {
  Violations found;
  for (const Include& include : includes_of(source)) {
    const std::string_view spelling = include.spelling;
    const bool relative = !include.angled && (spelling.find('/') == std::string_view::npos ||
                                              spelling.starts_with("."));
    const bool bare =
        is_folder_of_ours(first_folder(spelling)) && spelling.find('/') != spelling.npos;
    if (relative || bare || (include.angled && is_ours(include))) {
      found.push_back(
          {source.path, include.line,
           "our headers are included as \"tracebus/<folder>/<file>\", not as " + include.spelling});
    }
  }
  return found;
}

Violations check_layers(const SourceText& source) {
  const std::string folder = source.folder();
  const auto layer = layers().find(folder);
  if (layer == layers().end()) return {};
  Violations found;
  for (const Include& include : includes_of(source)) {
    if (!is_ours(include)) continue;
    const std::string_view target = first_folder(path_in_tree(include));
    if (target == folder || layer->second.contains(target)) continue;
    if (is_library_above(source.path, target)) continue;
    found.push_back(
        {source.path, include.line,
         folder + " does not include " + std::string(target) + ": " + include.spelling});
  }
  return found;
}

Violations check_public_header(const SourceText& source) {
  if (!is_public_header(source)) return {};
  Violations found;
  for (const Include& include : includes_of(source)) {
    const std::string& spelling = include.spelling;
    if (!is_third_party(include)) continue;
    if (spelling == "absl/status/status.h" || spelling == "absl/status/statusor.h") continue;
    found.push_back({source.path, include.line,
                     "a public header includes no third party but absl/status: " + spelling});
  }
  return found;
}

Violations check_instrumentation_headers(const std::vector<SourceText>& sources) {
  Tree tree;
  for (const SourceText& source : sources) tree.emplace(source.path, &source);
  Violations found;
  for (const SourceText& source : sources) {
    if (!is_instrumentation_header(source)) continue;
    std::set<std::string_view> seen;
    const std::string way = way_to_third_party(source, tree, seen);
    if (way.empty()) continue;
    found.push_back({source.path, 1, "instrumented files get a third party's header: " + way});
  }
  return found;
}

}  // namespace tracebus::tidy
