// SPDX-License-Identifier: Apache-2.0
#include "tracebus/tests/datadog/node_agent.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <simdjson.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <string_view>
#include <utility>

extern char** environ;

namespace tracebus::testing {
namespace {

constexpr int kPatienceMs = 60'000;  // then the test has failed anyway
constexpr std::array<std::string_view, 4> kTexts = {"service", "name", "resource", "type"};
constexpr std::array<std::string_view, 6> kIntegers = {"trace_id", "span_id",  "parent_id",
                                                       "start",    "duration", "error"};

using Json = simdjson::dom::element;

std::uint64_t integer_of(const Json& value) {
  return std::stoull(std::string(value.get_string().value()));
}

std::map<std::string, std::string> texts_of(const Json& object) {
  std::map<std::string, std::string> texts;
  const simdjson::dom::object members = object.get_object();
  for (const auto& [key, value] : members) {
    texts.emplace(key, value.get_string().value());
  }
  return texts;
}

AgentSpan span_of(const Json& json) {
  AgentSpan span;
  std::size_t members = kTexts.size() + kIntegers.size() + 2;
  for (const std::string_view name : kTexts)
    span.texts[std::string(name)] = json[name].get_string().value();
  for (const std::string_view name : kIntegers) {
    span.integers[std::string(name)] = integer_of(json[name]);
  }
  span.meta = texts_of(json["meta"]);
  const simdjson::dom::object metrics = json["metrics"].get_object();
  for (const auto& [key, value] : metrics) {
    span.metrics.emplace(key, std::strtod(value.get_c_str().value(), nullptr));
  }
  if (Json links; json["span_links"].get(links) == simdjson::SUCCESS) {
    span.links = simdjson::minify(links);
    ++members;
  }
  EXPECT_EQ(simdjson::dom::object(json.get_object()).size(), members)
      << "a member that agents do not know";
  return span;
}

AgentRequest request_of(const Json& json) {
  AgentRequest request;
  request.over = json["over"].get_string().value();
  request.method = json["method"].get_string().value();
  request.url = json["url"].get_string().value();
  request.headers = texts_of(json["headers"]);
  if (std::string_view fault; json["fault"].get(fault) == simdjson::SUCCESS) {
    ADD_FAILURE() << "the agent cannot decode it: " << fault;
    return request;
  }
  const simdjson::dom::array traces = json["traces"].get_array();
  for (const Json& trace : traces) {
    const simdjson::dom::array spans = trace.get_array();
    auto& read = request.traces.emplace_back();
    for (const Json& span : spans) read.push_back(span_of(span));
  }
  return request;
}

}  // namespace

NodeAgent::NodeAgent() : socket_(folder_.file("apm.socket")) {
  std::array<int, 2> to{};
  std::array<int, 2> from{};
  EXPECT_EQ(::pipe2(to.data(), O_CLOEXEC), 0);
  EXPECT_EQ(::pipe2(from.data(), O_CLOEXEC), 0);
  input_ = to[1];
  output_ = from[0];
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, to[0], STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&actions, from[1], STDOUT_FILENO);
  std::string node = "node";
  std::string script = TRACEBUS_DATADOG_AGENT "/agent.js";
  std::array<char*, 4> arguments = {node.data(), script.data(), socket_.data(), nullptr};
  EXPECT_EQ(posix_spawnp(&process_, "node", &actions, nullptr, arguments.data(), environ), 0)
      << "there is no node; run tools/setup";
  posix_spawn_file_actions_destroy(&actions);
  ::close(to[0]);
  ::close(from[1]);
  simdjson::dom::parser parser;
  Json json;
  const std::string line = read_line();
  EXPECT_EQ(parser.parse(line).get(json), simdjson::SUCCESS) << "the agent did not start: " << line;
  if (!line.empty()) port_ = static_cast<int>(integer_of(json["port"]));
}

NodeAgent::~NodeAgent() {
  ::close(input_);
  ::close(output_);
  if (process_ > 0) ::waitpid(process_, nullptr, 0);
}

AgentRequest NodeAgent::next() {
  const std::string line = read_line();
  simdjson::dom::parser parser;
  Json json;
  if (line.empty() || parser.parse(line).get(json) != simdjson::SUCCESS) {
    ADD_FAILURE() << "no request came to the agent, but: " << line.substr(0, 200);
    return {};
  }
  return request_of(json);
}

std::string NodeAgent::read_line() {
  for (;;) {
    if (const std::size_t end = unread_.find('\n'); end != std::string::npos) {
      std::string line = unread_.substr(0, end);
      unread_.erase(0, end + 1);
      return line;
    }
    pollfd readable = {output_, POLLIN, 0};
    std::array<char, 65536> buffer;
    if (::poll(&readable, 1, kPatienceMs) != 1) return {};
    const ssize_t count = ::read(output_, buffer.data(), buffer.size());
    if (count <= 0) return {};
    unread_.append(buffer.data(), static_cast<std::size_t>(count));
  }
}

}  // namespace tracebus::testing
