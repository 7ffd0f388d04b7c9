// SPDX-License-Identifier: Apache-2.0
//
// PrometheusProcess: a real Prometheus that scrapes ports of this machine, on a port of its own
// and with its data in a folder of its own, as long as this lives.
#ifndef TRACEBUS_TESTS_PROMETHEUS_PROMETHEUS_PROCESS_H_
#define TRACEBUS_TESTS_PROMETHEUS_PROMETHEUS_PROCESS_H_

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

#include "tracebus/tests/exporters/temporary_folder.h"

namespace tracebus::testing {

class PrometheusProcess {
 public:
  explicit PrometheusProcess(const std::vector<std::uint16_t>& scraped_ports);
  PrometheusProcess(const PrometheusProcess&) = delete;
  PrometheusProcess& operator=(const PrometheusProcess&) = delete;
  ~PrometheusProcess();

  // The one value that a PromQL query has now; empty if it has none, or several.
  std::string query(const std::string& expression) const;
  // Asks until the query has that value, for two minutes; what it had last.
  std::string wait_for(const std::string& expression, const std::string& value) const;
  // What it says of its targets, for messages.
  std::string targets() const;

 private:
  std::uint16_t wait_for_port() const;

  const TemporaryFolder folder_;
  pid_t process_ = -1;
  std::uint16_t port_ = 0;  // of its own
};

}  // namespace tracebus::testing

#endif  // TRACEBUS_TESTS_PROMETHEUS_PROMETHEUS_PROCESS_H_
