// SPDX-License-Identifier: Apache-2.0
#include "tracebus/tests/prometheus/scraped_page.h"

#include <gtest/gtest.h>
#include <sys/wait.h>

#include <cstdio>
#include <cstdlib>
#include <set>

#include "tracebus/tests/exporters/temporary_folder.h"

namespace tracebus::testing {
namespace {

bool is_name(std::string_view text) {
  return !text.empty() &&
         text.find_first_not_of("abcdefghijklmnopqrstuvwxyz_0123456789") == text.npos;
}

// Takes key="value" from the front of text; false if there is none.
bool take_label(std::string_view& text, LabelSet& labels) {
  const std::size_t equals = text.find("=\"");
  if (equals == text.npos || !is_name(text.substr(0, equals))) return false;
  const std::string key(text.substr(0, equals));
  text.remove_prefix(equals + 2);
  std::string value;
  while (!text.empty() && text.front() != '"') {
    if (text.front() == '\\') text.remove_prefix(1);
    if (text.empty()) return false;
    value += text.front();
    text.remove_prefix(1);
  }
  if (text.empty()) return false;
  text.remove_prefix(1);
  return labels.emplace(key, value).second;
}

}  // namespace

ScrapedPage::ScrapedPage(const std::string& text) {
  EXPECT_TRUE(text.ends_with('\n')) << "the last line has no end";
  std::set<std::string> seen;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    const std::string line = text.substr(at, end - at);
    at = end + 1;
    if (line.starts_with('#')) continue;
    EXPECT_TRUE(seen.insert(line.substr(0, line.rfind(' '))).second) << "twice: " << line;
    add_line(line);
  }
}

void ScrapedPage::add_line(std::string_view line) {
  Sample sample;
  const std::size_t name_end = std::min(line.find_first_of("{ "), line.size());
  sample.name = line.substr(0, name_end);
  std::string_view rest = line.substr(name_end);
  bool good = is_name(sample.name);
  if (rest.starts_with('{')) {
    rest.remove_prefix(1);
    while (good && !rest.starts_with('}')) {
      good = take_label(rest, sample.labels);
      if (rest.starts_with(',')) rest.remove_prefix(1);
    }
    if (good) rest.remove_prefix(1);
  }
  good = good && rest.size() > 1 && rest.front() == ' ' &&
         rest.substr(1).find_first_not_of("0123456789.") == rest.npos;
  EXPECT_TRUE(good) << "no line of the format: " << line;
  if (!good) return;
  sample.value = rest.substr(1);
  samples_.push_back(std::move(sample));
}

std::string ScrapedPage::value(std::string_view name, const LabelSet& labels) const {
  for (const Sample& sample : samples_) {
    if (sample.name == name && sample.labels == labels) return sample.value;
  }
  return {};
}

std::uint64_t ScrapedPage::sum(std::string_view name) const {
  std::uint64_t sum = 0;
  for (const Sample& sample : samples_) {
    if (sample.name == name) sum += std::strtoull(sample.value.c_str(), nullptr, 10);
  }
  return sum;
}

std::vector<std::string> ScrapedPage::label_values(std::string_view name,
                                                   const std::string& key) const {
  std::vector<std::string> values;
  for (const Sample& sample : samples_) {
    const auto label = sample.labels.find(key);
    if (sample.name == name && label != sample.labels.end()) values.push_back(label->second);
  }
  return values;
}

std::size_t ScrapedPage::samples(std::string_view name) const {
  std::size_t count = 0;
  for (const Sample& sample : samples_) count += sample.name == name ? 1 : 0;
  return count;
}

std::string complaints_of_promtool(const std::string& page) {
  const TemporaryFolder folder;
  const std::string path = folder.file("page");
  write_file(path, page);
  const std::string command = std::string(TRACEBUS_PROMTOOL) + " check metrics <" + path + " 2>&1";
  std::FILE* const pipe = ::popen(command.c_str(), "r");
  std::string said;
  for (int c = std::fgetc(pipe); c != EOF; c = std::fgetc(pipe)) said += static_cast<char>(c);
  const int status = ::pclose(pipe);
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0 && said.empty()) return {};
  return said + " (status " + std::to_string(status) + ")";
}

}  // namespace tracebus::testing
