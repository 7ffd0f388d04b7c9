// SPDX-License-Identifier: Apache-2.0
//
// What addresses, numbers and variables mean, and what is said of those that mean nothing.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <map>
#include <string>
#include <vector>

#include "tracebus/tests/datadog/span_maker.h"

namespace tracebus::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr const char* kVariables[] = {
    "DD_TRACE_AGENT_URL", "DD_AGENT_HOST", "DD_TRACE_AGENT_PORT", "DD_SERVICE", "DD_ENV",
    "DD_VERSION",         "DD_TAGS"};

class DatadogOptionsTest : public ::testing::Test {
 protected:
  ~DatadogOptionsTest() override { clear(); }

  DatadogOptions read(const std::map<std::string, std::string>& variables) {
    clear();
    for (const auto& [name, value] : variables) ::setenv(name.c_str(), value.c_str(), 1);
    warnings_.clear();
    return DatadogOptions::from_env(&warnings_);
  }
  std::string url_of(const std::map<std::string, std::string>& variables) {
    return read(variables).http.url;
  }

  std::vector<std::string> warnings_;

 private:
  static void clear() {
    for (const char* const name : kVariables) ::unsetenv(name);
  }
};

TEST_F(DatadogOptionsTest, TheAddressIsThatOfTheUrlElseOfHostAndPort) {
  EXPECT_EQ(url_of({}), "http://localhost:8126");
  EXPECT_EQ(url_of({{"DD_AGENT_HOST", "agent"}}), "http://agent:8126");
  EXPECT_EQ(url_of({{"DD_TRACE_AGENT_PORT", "9126"}}), "http://localhost:9126");
  EXPECT_EQ(url_of({{"DD_AGENT_HOST", "::1"}, {"DD_TRACE_AGENT_PORT", "1"}}), "http://[::1]:1");
  EXPECT_EQ(url_of({{"DD_AGENT_HOST", "agent"}, {"DD_TRACE_AGENT_URL", "unix:///run/apm"}}),
            "unix:///run/apm");
  EXPECT_EQ(url_of({{"DD_AGENT_HOST", ""}, {"DD_TRACE_AGENT_URL", ""}}), "http://localhost:8126");
  EXPECT_THAT(warnings_, IsEmpty());
}

TEST_F(DatadogOptionsTest, APortThatIsNoneIsLeftOutAndTold) {
  for (const char* const port : {"0", "65536", "80a", "-1", " "}) {
    EXPECT_EQ(url_of({{"DD_TRACE_AGENT_PORT", port}}), "http://localhost:8126");
    EXPECT_THAT(warnings_, ElementsAre(HasSubstr("DD_TRACE_AGENT_PORT"))) << port;
  }
}

TEST_F(DatadogOptionsTest, TagsHaveCommasOrBlanksBetweenThem) {
  const std::vector<DatadogTag> both = {{"team", "search"}, {"url", "http://x"}};
  EXPECT_EQ(read({{"DD_TAGS", "team:search,url:http://x"}}).tags, both);
  EXPECT_EQ(read({{"DD_TAGS", " team : search , url:http://x,"}}).tags, both);
  EXPECT_EQ(read({{"DD_TAGS", "team:search  url:http://x"}}).tags, both);
  EXPECT_THAT(warnings_, IsEmpty());
  EXPECT_EQ(read({{"DD_TAGS", "secret,team:search,:x,url:http://x"}}).tags, both);
  EXPECT_THAT(warnings_, ElementsAre(HasSubstr("member 1 is not key:value"),
                                     HasSubstr("member 3 is not key:value")));
  EXPECT_THAT(warnings_[0], Not(HasSubstr("secret")));
}

TEST_F(DatadogOptionsTest, TheUnifiedTagsWinOverThoseOfDdTags) {
  const std::string tags = "service:a,env:b,version:c,other:d";
  DatadogOptions options = read({{"DD_TAGS", tags}});
  EXPECT_EQ(options.service + options.env + options.version, "abc");
  EXPECT_EQ(options.tags, (std::vector<DatadogTag>{{"other", "d"}}));
  options = read({{"DD_TAGS", tags}, {"DD_SERVICE", "x"}, {"DD_ENV", "y"}, {"DD_VERSION", "z"}});
  EXPECT_EQ(options.service + options.env + options.version, "xyz");
}

std::string refusal(const DatadogOptions& options) {
  const auto exporter = DatadogExporter::create(options);
  EXPECT_FALSE(exporter.ok());
  EXPECT_EQ(exporter.status().code(), absl::StatusCode::kInvalidArgument);
  return std::string(exporter.status().message());
}

TEST_F(DatadogOptionsTest, AnAddressThatIsNoneIsRefusedWithoutRepeatingIt) {
  for (const char* const url : {"", "secret", "ftp://secret", "localhost:8126", "unix://secret",
                                "unix://", "unix:///", "http://", "http://secret:99999"}) {
    const std::string why = refusal(datadog_options(url));
    EXPECT_THAT(why, HasSubstr("address")) << url;
    EXPECT_THAT(why, Not(HasSubstr("secret"))) << url;
  }
  EXPECT_THAT(refusal(datadog_options("unix:///" + std::string(108, 'x'))), HasSubstr("longer"));
}

TEST_F(DatadogOptionsTest, NumbersOutOfTheirRangeAreRefused) {
  const DatadogOptions good = datadog_options("http://localhost");
  const auto refused = [&](auto change) {
    DatadogOptions options = good;
    change(options);
    return refusal(options);
  };
  EXPECT_THAT(refused([](auto& bad) { bad.request_bytes_max = 4095; }), HasSubstr("4096"));
  EXPECT_THAT(refused([](auto& bad) { bad.request_bytes_max = kDatadogRequestBytesMax + 1; }),
              HasSubstr("request_bytes_max"));
  EXPECT_THAT(refused([](auto& bad) { bad.value_bytes_max = 63; }), HasSubstr("value_bytes_max"));
  EXPECT_THAT(refused([](auto& bad) { bad.sampling_priority = 3; }),
              HasSubstr("sampling_priority"));
  EXPECT_THAT(refused([](auto& bad) { bad.timeout = std::chrono::milliseconds(0); }),
              HasSubstr("timeout"));
  EXPECT_THAT(refused([](auto& bad) { bad.http.requests_max = 0; }), HasSubstr("requests_max"));
  for (const char* const name : {"content-type", "X-Datadog-Trace-Count"}) {
    EXPECT_THAT(refused([&](auto& bad) {
                  bad.http.headers = {{name, "x"}};
                }),
                HasSubstr("no header to choose"));
  }
}

TEST_F(DatadogOptionsTest, ExportersAreNamedByTheirAddress) {
  const auto name_of = [](const std::string& url) {
    return std::string((*DatadogExporter::create(datadog_options(url)))->name());
  };
  EXPECT_EQ(name_of("http://pk:sk@agent:8126/"), "datadog:http://agent:8126/v0.4/traces");
  EXPECT_EQ(name_of("unix:///run/datadog/apm.socket"), "datadog:unix:///run/datadog/apm.socket");
}

}  // namespace
}  // namespace tracebus::testing
