// SPDX-License-Identifier: Apache-2.0
//
// NodeAgent: a Datadog agent of the tests (agent.js), which decodes what it gets with a library
// that is not ours. Thread safety: one thread at a time.
#ifndef TRACEBUS_TESTS_DATADOG_NODE_AGENT_H_
#define TRACEBUS_TESTS_DATADOG_NODE_AGENT_H_

#include <sys/types.h>

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "tracebus/tests/exporters/temporary_folder.h"

namespace tracebus::testing {

// A span as the agent read it.
struct AgentSpan {
  std::map<std::string, std::string> texts;       // service, name, resource, type
  std::map<std::string, std::uint64_t> integers;  // trace_id, span_id, parent_id, start, ...
  std::map<std::string, std::string> meta;
  std::map<std::string, double> metrics;
  std::string links;  // span_links, as JSON
};

struct AgentRequest {
  std::string over;  // tcp or unix
  std::string method;
  std::string url;
  std::map<std::string, std::string> headers;  // names in lower case
  std::vector<std::vector<AgentSpan>> traces;
};

class NodeAgent {
 public:
  NodeAgent();
  NodeAgent(const NodeAgent&) = delete;
  NodeAgent& operator=(const NodeAgent&) = delete;
  ~NodeAgent();

  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }
  std::string socket_url() const { return "unix://" + socket_; }

  // The next request that came; a failure of the test if none comes, or one that cannot be decoded.
  AgentRequest next();

 private:
  std::string read_line();

  TemporaryFolder folder_;
  std::string socket_;
  pid_t process_ = -1;
  int input_ = -1;
  int output_ = -1;
  std::string unread_;
  int port_ = 0;
};

}  // namespace tracebus::testing

#endif  // TRACEBUS_TESTS_DATADOG_NODE_AGENT_H_
