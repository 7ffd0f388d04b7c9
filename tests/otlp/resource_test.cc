// SPDX-License-Identifier: Apache-2.0
#include "tracebus/exporters/otlp/resource.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <otlp.pb.h>

#include <cstdlib>
#include <map>
#include <string>
#include <vector>

#include "tracebus/core/version.h"

namespace tracebus::testing {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;
using ::testing::UnorderedElementsAre;

// What a receiver reads of it.
std::map<std::string, std::string> read(const Resource& resource) {
  tests::otlp::Resource message;
  EXPECT_TRUE(message.ParseFromString(resource.encoded()));
  std::map<std::string, std::string> all;
  for (const auto& attribute : message.attributes()) {
    EXPECT_TRUE(all.emplace(attribute.key(), attribute.value().ShortDebugString()).second);
  }
  return all;
}

std::string text(const std::string& value) { return "string_value: \"" + value + "\""; }

class ResourceFromEnvTest : public ::testing::Test {
 protected:
  ~ResourceFromEnvTest() override {
    unsetenv("OTEL_SERVICE_NAME");
    unsetenv("OTEL_RESOURCE_ATTRIBUTES");
  }
  static void set(const char* name, const char* value) { setenv(name, value, 1); }
};

TEST(ResourceTest, SaysTheProgramAndTheSdkByDefault) {
  EXPECT_THAT(std::string(version()), ::testing::MatchesRegex("[0-9]+\\.[0-9]+\\.[0-9]+"));
  EXPECT_THAT(read(Resource()),
              UnorderedElementsAre(Pair("service.name", text("unknown_service:otlp_request_test")),
                                   Pair("telemetry.sdk.language", text("cpp")),
                                   Pair("telemetry.sdk.name", text("tracebus")),
                                   Pair("telemetry.sdk.version", text(std::string(version())))));
}

TEST(ResourceTest, EveryTypeOfValueIsToldOnce) {
  Resource resource;
  resource.set("text", "no \xff text");
  resource.set("flag", true);
  resource.set("count", std::int64_t{-7});
  resource.set("share", 0.5);
  resource.set("share", 0.25);
  const auto all = read(resource);
  EXPECT_THAT(all, Contains(Pair("text", text("no \\357\\277\\275 text"))));
  EXPECT_THAT(all, Contains(Pair("flag", "bool_value: true")));
  EXPECT_THAT(all, Contains(Pair("count", "int_value: -7")));
  EXPECT_THAT(all, Contains(Pair("share", "double_value: 0.25")));
  EXPECT_EQ(all.size(), 8u);
}

TEST(ResourceTest, AnEmptyServiceNameIsNone) {
  Resource resource;
  resource.set("service.name", "swarm");
  EXPECT_EQ(resource.service_name(), "swarm");
  resource.set("service.name", "");
  EXPECT_EQ(resource.service_name(), "unknown_service:otlp_request_test");
}

TEST(ResourceTest, LongTextsTakeLongLengths) {
  Resource resource;
  for (const std::size_t bytes : {127, 128, 16383, 16384, 70000}) {
    resource.set("long", std::string(bytes, 'x'));
    EXPECT_THAT(read(resource), Contains(Pair("long", text(std::string(bytes, 'x'))))) << bytes;
  }
}

TEST_F(ResourceFromEnvTest, VariablesAreReadAndDecoded) {
  set("OTEL_RESOURCE_ATTRIBUTES", "service.name=a,service.version=1%2C2,team=x%20y");
  std::vector<std::string> warnings;
  const Resource resource = Resource::from_env(&warnings);
  EXPECT_EQ(resource.service_name(), "a");
  EXPECT_THAT(read(resource), Contains(Pair("service.version", text("1,2"))));
  EXPECT_THAT(read(resource), Contains(Pair("team", text("x y"))));
  EXPECT_THAT(warnings, IsEmpty());
}

TEST_F(ResourceFromEnvTest, TheServiceNameOfItsOwnVariableWins) {
  set("OTEL_RESOURCE_ATTRIBUTES", "service.name=a");
  set("OTEL_SERVICE_NAME", "b");
  EXPECT_EQ(Resource::from_env().service_name(), "b");
  set("OTEL_SERVICE_NAME", "");
  EXPECT_EQ(Resource::from_env().service_name(), "a") << "empty is as not set";
}

TEST_F(ResourceFromEnvTest, WhatIsIllFormedIsWarnedOfAndLeftOut) {
  set("OTEL_RESOURCE_ATTRIBUTES", "nothing,team=%4,region=here");
  std::vector<std::string> warnings;
  const Resource resource = Resource::from_env(&warnings);
  EXPECT_EQ(read(resource).size(), 5u);
  EXPECT_THAT(read(resource), Contains(Pair("region", text("here"))));
  EXPECT_THAT(warnings,
              ElementsAre(::testing::HasSubstr("OTEL_RESOURCE_ATTRIBUTES: member 1 has no '='"),
                          ::testing::HasSubstr("member 2 has a '%'")));
  EXPECT_EQ(Resource::from_env(nullptr).attributes().size(), 5u);
}

}  // namespace
}  // namespace tracebus::testing
