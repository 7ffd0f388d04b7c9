// SPDX-License-Identifier: Apache-2.0
//
// StudioRig: a bus, a Studio at a free port, and those who ask it over HTTP.
#ifndef TRACEBUS_TESTS_STUDIO_STUDIO_RIG_H_
#define TRACEBUS_TESTS_STUDIO_STUDIO_RIG_H_

#include <gtest/gtest.h>
#include <simdjson.h>

#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <thread>

#include "tracebus/studio/studio.h"
#include "tracebus/tests/studio/raw_client.h"

namespace tracebus::testing {

class StudioRig : public ::testing::Test {
 protected:
  static StudioOptions here() {
    StudioOptions options;
    options.port = 0;
    options.otlp_port.reset();
    return options;
  }
  void start(const StudioOptions& options = here()) {
    auto started = Studio::start(bus_, options);
    ASSERT_TRUE(started.ok()) << started.status();
    studio_ = *std::move(started);
  }
  int port() const { return studio_->port(); }
  std::string request(std::string_view method, std::string_view target,
                      std::string_view headers = {}) const {
    std::string text(method);
    text.append(" ").append(target).append(" HTTP/1.1\r\nHost: localhost:");
    return text.append(std::to_string(port())).append("\r\n").append(headers).append("\r\n");
  }
  RawAnswer get(std::string_view target, std::string_view headers = {}) const {
    return RawClient::ask(port(), request("GET", target, headers));
  }
  RawAnswer post_to(std::string_view target, std::string_view body,
                    std::string_view headers = {}) const {
    return RawClient::ask(port(), post(port(), target, "application/octet-stream", body, headers));
  }
  // Until the next call.
  simdjson::dom::element parsed(const RawAnswer& answer) {
    text_ = simdjson::padded_string(answer.body);
    simdjson::dom::element json;
    EXPECT_EQ(parser_.parse(text_).get(json), simdjson::SUCCESS) << answer.body;
    return json;
  }
  simdjson::dom::element json(std::string_view target) {
    const RawAnswer answer = get(target);
    EXPECT_EQ(answer.status, 200) << target << ": " << answer.body;
    return parsed(answer);
  }
  std::string error_of(const RawAnswer& answer) {
    return std::string(std::string_view(parsed(answer)["error"]));
  }
  std::int64_t number(std::string_view target, std::string_view key) {
    return json(target)[key].get_int64().value();
  }
  // Until the API says so, however long the machine takes.
  void wait_for(std::string_view target, std::string_view key, std::int64_t wanted) {
    while (number(target, key) < wanted) std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  std::unique_ptr<RawClient> open_stream(std::string_view target, std::string_view headers = {}) {
    auto client = std::make_unique<RawClient>(port());
    EXPECT_TRUE(client->send(request("GET", target, headers)));
    EXPECT_TRUE(client->read_until("\r\n\r\n").starts_with("HTTP/1.1 200 OK\r\n"));
    EXPECT_EQ(client->read_until("\n\n"), "retry: 2000\n\n");
    return client;
  }

  TraceEventBus bus_;
  std::unique_ptr<Studio> studio_;
  simdjson::dom::parser parser_;
  simdjson::padded_string text_;
};

}  // namespace tracebus::testing

#endif  // TRACEBUS_TESTS_STUDIO_STUDIO_RIG_H_
