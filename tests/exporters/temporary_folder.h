// SPDX-License-Identifier: Apache-2.0
//
// A folder of a test's own, gone when the test ends; and whole files as strings.
#ifndef TRACEBUS_TESTS_EXPORTERS_TEMPORARY_FOLDER_H_
#define TRACEBUS_TESTS_EXPORTERS_TEMPORARY_FOLDER_H_

#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

namespace tracebus::testing {

// For tests that make thousands of files: a file system in memory, where there is one.
inline std::filesystem::path memory_folder() {
  const std::filesystem::path shared = "/dev/shm";
  const bool is_usable = ::access(shared.c_str(), W_OK | X_OK) == 0;
  return is_usable ? shared : std::filesystem::temp_directory_path();
}

class TemporaryFolder {
 public:
  explicit TemporaryFolder(
      const std::filesystem::path& below = std::filesystem::temp_directory_path()) {
    std::string name = (below / "tracebus_test_XXXXXX").string();
    path_ = ::mkdtemp(name.data());
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }

  const std::filesystem::path& path() const { return path_; }
  std::string file(std::string_view name) const { return (path_ / name).string(); }

  // The names of its files, sorted.
  std::vector<std::string> names() const {
    std::vector<std::string> found;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(path_)) {
      if (!entry.is_directory()) {
        found.push_back(std::filesystem::relative(entry.path(), path_).string());
      }
    }
    std::sort(found.begin(), found.end());
    return found;
  }

 private:
  std::filesystem::path path_;
};

inline std::string read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

inline void write_file(const std::string& path, std::string_view text) {
  std::ofstream(path, std::ios::binary)
      .write(text.data(), static_cast<std::streamsize>(text.size()));
}

// The lines of text without their line feeds; a last one without it counts.
inline std::vector<std::string> lines_of(const std::string& text) {
  std::istringstream stream(text);
  std::vector<std::string> lines;
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

}  // namespace tracebus::testing

#endif  // TRACEBUS_TESTS_EXPORTERS_TEMPORARY_FOLDER_H_
