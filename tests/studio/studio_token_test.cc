// SPDX-License-Identifier: Apache-2.0
//
// Security, 6: away from the loopback interface the API is for those who have the token.
#include <gtest/gtest.h>

#include <string>

#include "tracebus/studio/access_token.h"
#include "tracebus/tests/studio/studio_rig.h"

namespace tracebus::testing {
namespace {

class StudioTokenTest : public StudioRig {
 protected:
  void SetUp() override {
    StudioOptions options = here();
    options.host = "0.0.0.0";
    start(options);
    const std::string url = studio_->url();
    token_ = url.substr(url.find("#token=") + 7);
  }
  std::string bearer() const { return "Authorization: Bearer " + token_ + "\r\n"; }

  std::string token_;
};

TEST_F(StudioTokenTest, Security6_TheTokenIsRandomAndOfTheFragmentAlone) {
  EXPECT_EQ(token_.size(), 64u);
  EXPECT_EQ(token_.find_first_not_of("0123456789abcdef"), std::string::npos);
  EXPECT_NE(AccessToken::random().text(), AccessToken::random().text());
  EXPECT_TRUE(studio_->url().starts_with("http://127.0.0.1:" + std::to_string(port()) + "/#"));
  EXPECT_EQ(get("/").status, 200) << "the page reads it from its own link";
}

TEST_F(StudioTokenTest, Security6_WithoutItNothingIsSaidOfAnything) {
  for (const char* const path : {"/api/status", "/api/runs", "/api/nothing", "/api/schema",
                                 "/traces/live", "/traces/stream", "/api"}) {
    const RawAnswer answer = get(path);
    EXPECT_EQ(answer.status, 401) << path;
    EXPECT_NE(answer.head.find("WWW-Authenticate: Bearer"), std::string::npos);
    EXPECT_NE(error_of(answer).find("token"), std::string::npos);
  }
  EXPECT_EQ(post_to("/api/upload", "{}").status, 401);
  EXPECT_EQ(post_to("/v1/traces", "{}").status, 401);
  EXPECT_EQ(post_to("/api/session", "").status, 401);
  for (const std::string& wrong :
       {std::string(), std::string(64, '0'), token_.substr(1), token_ + "0"}) {
    EXPECT_EQ(get("/api/status", "Authorization: Bearer " + wrong + "\r\n").status, 401) << wrong;
  }
  EXPECT_EQ(get("/api/status", "Authorization: Basic " + token_ + "\r\n").status, 401);
  EXPECT_EQ(get("/api/status?token=" + token_).status, 401);
}

TEST_F(StudioTokenTest, Security6_WithItTheApiIsThere) {
  EXPECT_EQ(get("/api/status", bearer()).status, 200);
  EXPECT_EQ(get("/api/runs", bearer()).status, 200);
  EXPECT_EQ(post_to("/v1/traces", "{}", bearer()).status, 415);
  open_stream("/traces/live", bearer());
}

TEST_F(StudioTokenTest, Security6_WhatChangesNothingGoesByTheCookieOfASession) {
  const RawAnswer session = post_to("/api/session", "", bearer());
  ASSERT_EQ(session.status, 200);
  const std::size_t at = session.head.find("Set-Cookie: ");
  ASSERT_NE(at, std::string::npos);
  const std::string cookie = session.head.substr(at + 12, session.head.find("\r\n", at) - at - 12);
  EXPECT_TRUE(cookie.starts_with("tracebus_token=" + token_ + ";"));
  EXPECT_NE(cookie.find("SameSite=Strict"), std::string::npos);
  EXPECT_NE(cookie.find("HttpOnly"), std::string::npos);
  const std::string sent = "Cookie: other=1; tracebus_token=" + token_ + "\r\n";
  open_stream("/traces/live", sent);
  EXPECT_EQ(get("/traces/live", "Cookie: tracebus_token=" + token_.substr(1) + "\r\n").status, 401);
  EXPECT_EQ(get("/traces/live", "Cookie: xtracebus_token=" + token_ + "\r\n").status, 401);
  EXPECT_EQ(get("/api/status", sent).status, 200) << "as a download and a second tab";
  RawClient head(port());
  ASSERT_TRUE(head.send(request("HEAD", "/api/status", sent)));
  EXPECT_TRUE(head.read_until("\r\n\r\n").starts_with("HTTP/1.1 200 "));
  EXPECT_NE(cookie.find("Path=/;"), std::string::npos) << "and so a browser sends it for both";
  for (const char* const path : {"/api/upload", "/api/session", "/v1/traces", "/api/status"}) {
    EXPECT_EQ(post_to(path, "{}", sent).status, 401) << "a browser sends it by itself: " << path;
  }
  EXPECT_EQ(get("/api/status", sent + "Origin: http://evil.example\r\n").status, 403);
}

TEST_F(StudioTokenTest, OnThisMachineAloneNoneIsNeeded) {
  studio_.reset();
  start();
  EXPECT_EQ(studio_->url().find('#'), std::string::npos);
  const RawAnswer session = post_to("/api/session", "");
  EXPECT_EQ(session.status, 200);
  EXPECT_EQ(session.head.find("Set-Cookie"), std::string::npos);
}

}  // namespace
}  // namespace tracebus::testing
