// SPDX-License-Identifier: Apache-2.0
#include "tracebus/tests/prometheus/prometheus_process.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <regex>
#include <string_view>
#include <thread>

#include "tracebus/tests/prometheus/scrape_client.h"

extern char** environ;

namespace tracebus::testing {
namespace {

using std::chrono::steady_clock;

constexpr std::chrono::minutes kPatience{2};
constexpr std::chrono::milliseconds kPause{50};
constexpr std::string_view kClose = "Connection: close\r\n";

std::string percent_encoded(const std::string& text) {
  std::string encoded;
  for (const char c : text) {
    char byte[4];
    std::snprintf(byte, sizeof byte, "%%%02x",
                  static_cast<unsigned>(static_cast<unsigned char>(c)));
    encoded += byte;
  }
  return encoded;
}

}  // namespace

PrometheusProcess::PrometheusProcess(const std::vector<std::uint16_t>& scraped_ports) {
  std::string targets;
  for (const std::uint16_t port : scraped_ports) {
    if (!targets.empty()) targets += ", ";
    targets += "'127.0.0.1:" + std::to_string(port) + "'";
  }
  const std::string config = folder_.file("prometheus.yml");
  write_file(config,
             "global: {scrape_interval: 1s, scrape_timeout: 1s}\n"
             "scrape_configs:\n"
             "- job_name: tracebus\n"
             "  static_configs: [{targets: [" +
                 targets + "]}]\n");
  std::string arguments[] = {TRACEBUS_PROMETHEUS, "--config.file=" + config,
                             "--storage.tsdb.path=" + folder_.file("data"),
                             "--web.listen-address=127.0.0.1:0"};
  char* pointers[] = {arguments[0].data(), arguments[1].data(), arguments[2].data(),
                      arguments[3].data(), nullptr};
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  const std::string log = folder_.file("log");
  posix_spawn_file_actions_addopen(&actions, 1, log.c_str(), O_WRONLY | O_CREAT, 0600);
  posix_spawn_file_actions_adddup2(&actions, 1, 2);
  const int failed =
      ::posix_spawn(&process_, TRACEBUS_PROMETHEUS, &actions, nullptr, pointers, environ);
  posix_spawn_file_actions_destroy(&actions);
  if (failed != 0) {
    process_ = -1;
    ADD_FAILURE() << "cannot start " << TRACEBUS_PROMETHEUS;
    return;
  }
  port_ = wait_for_port();
}

PrometheusProcess::~PrometheusProcess() {
  if (process_ <= 0) return;
  ::kill(process_, SIGKILL);
  ::waitpid(process_, nullptr, 0);
}

// It takes one that is free, and says in its log which.
std::uint16_t PrometheusProcess::wait_for_port() const {
  const std::regex listening(R"(msg="Listening on" address=127\.0\.0\.1:(\d+))");
  const auto deadline = steady_clock::now() + kPatience;
  std::string log;
  while (steady_clock::now() < deadline) {
    log = read_file(folder_.file("log"));
    std::smatch found;
    if (std::regex_search(log, found, listening)) {
      return static_cast<std::uint16_t>(std::atoi(found[1].str().c_str()));
    }
    std::this_thread::sleep_for(kPause);
  }
  ADD_FAILURE() << "Prometheus does not listen: " << log;
  return 0;
}

std::string PrometheusProcess::query(const std::string& expression) const {
  const std::string body =
      get(port_, "/api/v1/query?query=" + percent_encoded(expression), kClose).body;
  static const std::regex kValue(R"re("value":\[[0-9.]+,"([^"]*)"\])re");
  std::smatch found;
  if (!std::regex_search(body, found, kValue)) return {};
  const std::string value = found[1];
  const std::string rest = found.suffix();
  return std::regex_search(rest, kValue) ? std::string() : value;
}

std::string PrometheusProcess::wait_for(const std::string& expression,
                                        const std::string& value) const {
  const auto deadline = steady_clock::now() + kPatience;
  std::string last = query(expression);
  while (last != value && steady_clock::now() < deadline) {
    std::this_thread::sleep_for(kPause);
    last = query(expression);
  }
  return last;
}

std::string PrometheusProcess::targets() const {
  return get(port_, "/api/v1/targets", kClose).body;
}

}  // namespace tracebus::testing
