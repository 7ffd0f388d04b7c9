// SPDX-License-Identifier: Apache-2.0
//
// ScrapedPage: a page of metrics as a reader sees it; and what Prometheus' own tool says of it.
#ifndef TRACEBUS_TESTS_PROMETHEUS_SCRAPED_PAGE_H_
#define TRACEBUS_TESTS_PROMETHEUS_SCRAPED_PAGE_H_

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace tracebus::testing {

using LabelSet = std::map<std::string, std::string>;

// Samples by name and labels. What is no line of the format, or comes twice, is a failure of the
// test.
class ScrapedPage {
 public:
  explicit ScrapedPage(const std::string& text);

  // The value as it is written; empty if there is none.
  std::string value(std::string_view name, const LabelSet& labels = {}) const;
  // The sum over all samples of that name, of whole numbers.
  std::uint64_t sum(std::string_view name) const;
  // All values of one label of a metric.
  std::vector<std::string> label_values(std::string_view name, const std::string& key) const;
  std::size_t samples(std::string_view name) const;
  std::size_t samples() const { return samples_.size(); }

 private:
  struct Sample {
    std::string name;
    LabelSet labels;
    std::string value;
  };
  void add_line(std::string_view line);

  std::vector<Sample> samples_;
};

// What `promtool check metrics` says of a page in text format; empty if it accepts it.
std::string complaints_of_promtool(const std::string& page);

}  // namespace tracebus::testing

#endif  // TRACEBUS_TESTS_PROMETHEUS_SCRAPED_PAGE_H_
