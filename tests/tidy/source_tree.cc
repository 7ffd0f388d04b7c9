// SPDX-License-Identifier: Apache-2.0
#include "tracebus/tests/tidy/source_tree.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string_view>

namespace tracebus::tidy {
namespace {

namespace fs = std::filesystem;

constexpr std::array<std::string_view, 15> kFolders = {
    ".ci",       "bench",   "bus",    "cmake",  "config", "core",  "docs", "measure",
    "exporters", "readers", "render", "studio", "tests",  "tools", "trace"};

constexpr std::array<std::string_view, 9> kExtensions = {".h",  ".cc",   ".cmake", ".proto", ".js",
                                                         ".md", ".json", ".html",  ".css"};

bool has_extension(const SourceText& source, std::string_view extension) {
  return source.path.ends_with(extension);
}

// What others wrote, and what a program made: npm's folders, and what is built of studio/page.
bool is_foreign(const std::string& path) {
  return path.find("/node_modules/") != path.npos || path.starts_with("studio/page/dist/");
}

// Scripts have no extension, and CMakeLists.txt one that data has, too.
bool is_written_text(const fs::path& relative) {
  const std::string name = relative.filename().string();
  const std::string extension = relative.extension().string();
  const std::string folder = relative.begin()->string();
  if (relative.generic_string().starts_with("tests/data/")) return false;
  if (is_foreign(relative.generic_string())) return false;
  if (name == "CMakeLists.txt") return true;
  if (extension.empty() && (folder == "tools" || folder == ".ci")) return true;
  return std::find(kExtensions.begin(), kExtensions.end(), extension) != kExtensions.end();
}

void read_file(const fs::path& root, const fs::path& file, std::vector<SourceText>& into) {
  const fs::path relative = file.lexically_relative(root);
  if (!is_written_text(relative)) return;
  std::ifstream in(file, std::ios::binary);
  const std::string text((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
  into.emplace_back(relative.generic_string(), text);
}

}  // namespace

std::vector<SourceText> read_source_tree(const std::string& root_path) {
  const fs::path root(root_path);
  std::vector<SourceText> tree;
  for (const fs::directory_entry& entry : fs::directory_iterator(root)) {
    if (entry.is_regular_file()) read_file(root, entry.path(), tree);
  }
  for (const std::string_view folder : kFolders) {
    if (!fs::is_directory(root / folder)) continue;
    for (const fs::directory_entry& entry : fs::recursive_directory_iterator(root / folder)) {
      if (entry.is_regular_file()) read_file(root, entry.path(), tree);
    }
  }
  std::sort(tree.begin(), tree.end(),
            [](const SourceText& a, const SourceText& b) { return a.path < b.path; });
  return tree;
}

bool is_cplusplus(const SourceText& source) {
  return has_extension(source, ".h") || has_extension(source, ".cc");
}

bool carries_no_license_line(const SourceText& source) {
  return has_extension(source, ".md") || has_extension(source, ".json");
}

}  // namespace tracebus::tidy
