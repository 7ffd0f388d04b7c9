// SPDX-License-Identifier: Apache-2.0
//
// Security, 6: who may ask a server of this machine. tests/data/hostile has the list.
#include <gtest/gtest.h>

#include <simdjson.h>

#include <string>

#include "tracebus/studio/http_call.h"
#include "tracebus/tests/source_folder.h"

namespace tracebus {
namespace {

constexpr unsigned kPort = 7070;

HttpHead good() {
  return {.method = "POST", .target = "/v1/traces", .hosts = 1, .host = "localhost:7070"};
}

int status_of(const HttpHead& head) {
  HttpReply reply;
  return HttpGuard(kPort).admits(head, reply) ? 200 : reply.status;
}

TEST(HttpGuardTest, Security6_HostsOfTheList) {
  simdjson::dom::parser parser;
  const simdjson::dom::element file =
      parser.load(TRACEBUS_TEST_DATA "/hostile/http-hosts.json").value();
  int seen = 0;
  for (const auto host : file["accept"].get_array()) {
    HttpHead head = good();
    head.host = host.get_string().value();
    EXPECT_EQ(status_of(head), 200) << head.host;
    ++seen;
  }
  for (const auto host : file["reject"].get_array()) {
    HttpHead head = good();
    head.host = host.get_string().value();
    EXPECT_EQ(status_of(head), 421) << head.host;
    ++seen;
  }
  EXPECT_EQ(seen, 21);
}

TEST(HttpGuardTest, Security6_OneHostAndATargetOfThisServer) {
  HttpHead head = good();
  head.hosts = 0;
  EXPECT_EQ(status_of(head), 400);
  head.is_http_1_0 = true;
  EXPECT_EQ(status_of(head), 200);
  head = good();
  head.hosts = 2;
  EXPECT_EQ(status_of(head), 400);
  head = good();
  head.target = "http://evil.example/v1/traces";
  EXPECT_EQ(status_of(head), 400);
}

TEST(HttpGuardTest, Security6_PagesOfOthersDoNotAsk) {
  HttpHead head = good();
  head.origins = 1;
  for (const char* const origin : {"http://evil.example", "null", "http://localhost:7071", "",
                                   "https://localhost:7070", "http://localhost"}) {
    head.origin = origin;
    EXPECT_EQ(status_of(head), 403) << origin;
  }
  for (const char* const origin : {"http://localhost:7070", "http://127.0.0.1:7070"}) {
    head.origin = origin;
    EXPECT_EQ(status_of(head), 200) << origin;
  }
  head.origins = 2;
  EXPECT_EQ(status_of(head), 403);
}

TEST(HttpGuardTest, Security6_TheLengthOfABodyIsSaidOnce) {
  HttpHead head = good();
  head.lengths = 2;
  EXPECT_EQ(status_of(head), 400);
  head.lengths = 1;
  head.is_chunked = true;
  EXPECT_EQ(status_of(head), 400);
  head.is_chunked = false;
  EXPECT_EQ(status_of(head), 200);
}

TEST(HttpGuardTest, Security6_AHostOfItsOwnIsANameBesideThoseOfThisMachine) {
  const auto status_with = [](std::string_view own, std::string_view host,
                              std::string_view local = "192.0.2.7") {
    HttpHead head = good();
    head.host = host;
    head.local_address = local;
    HttpReply reply;
    return HttpGuard(kPort, own).admits(head, reply) ? 200 : reply.status;
  };
  EXPECT_EQ(status_with("Box.Example", "box.example:7070"), 200);
  EXPECT_EQ(status_with("Box.Example", "localhost:7070"), 200);
  EXPECT_EQ(status_with("Box.Example", "other.example:7070"), 421);
  EXPECT_EQ(status_with("Box.Example", "192.0.2.7:7070"), 421) << "nor by an address that it has";
  EXPECT_EQ(status_with("2001:DB8::1", "[2001:db8::1]:7070"), 200);
  EXPECT_EQ(status_with("2001:DB8::1", "2001:db8::1:7070"), 421);
  for (const char* const all : {"0.0.0.0", "::"}) {
    EXPECT_EQ(status_with(all, "192.0.2.7:7070"), 200);
    EXPECT_EQ(status_with(all, "192.0.2.8:7070"), 421);
    EXPECT_EQ(status_with(all, "192.0.2.7:7071"), 421);
    EXPECT_EQ(status_with(all, "0.0.0.0:7070"), 421);
    EXPECT_EQ(status_with(all, ":7070", ""), 421);
  }
}

TEST(HttpGuardTest, PortEightyNeedNotBeSaid) {
  HttpHead head = good();
  head.host = "localhost";
  HttpReply reply;
  EXPECT_TRUE(HttpGuard(80).admits(head, reply));
  EXPECT_FALSE(HttpGuard(81).admits(head, reply));
}

}  // namespace
}  // namespace tracebus
