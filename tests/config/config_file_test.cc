// SPDX-License-Identifier: Apache-2.0
#include "tracebus/config/config_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "tracebus/exporters/memory_exporter.h"
#include "tracebus/tests/config/config_values.h"
#include "tracebus/tests/exporters/temporary_folder.h"

namespace tracebus::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

TEST(ConfigFileTest, OptionsOfTheBusAreReadByTheirNames) {
  const auto config = parsed(R"({"service_name": "shop", "enabled": false, "sample_rate": 0.25,
    "bus": {"ring_bytes": "128KiB", "ring_bytes_max": 8388608, "dispatchers": 2,
            "dispatcher_thread": {"cpus": "0-1", "nice": 3}, "pages": "first_touch",
            "truncate": false, "verbose_types": ["a", "b"], "stats_interval_ms": 1000}})");
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_EQ(config->service_name, "shop");
  EXPECT_FALSE(config->enabled);
  EXPECT_EQ(config->sample_rate, 0.25);
  EXPECT_EQ(config->bus.ring_bytes, 128u << 10);
  EXPECT_EQ(config->bus.ring_bytes_max, 8u << 20);
  EXPECT_EQ(config->bus.dispatchers, 2u);
  EXPECT_THAT(config->bus.dispatcher_thread.cpus, ElementsAre(0, 1));
  EXPECT_EQ(config->bus.dispatcher_thread.nice, 3);
  EXPECT_EQ(config->bus.pages, Pages::kFirstTouch);
  EXPECT_FALSE(config->bus.truncate);
  EXPECT_THAT(config->bus.verbose_types, ElementsAre("a", "b"));
  EXPECT_EQ(config->bus.stats_interval_ms, 1000);
}

TEST(ConfigFileTest, AnExporterHasItsOptionsAndWhatTheFileLeavesOutIsTheEnvironments) {
  const Variable queue("TRACEBUS_QUEUE_BYTES_MAX", "2MiB");
  const Variable delay("TRACEBUS_BATCH_DELAY_MS_MAX", "7");
  const auto config = parsed(R"({"exporters": [
    {"to": "null", "name": "n", "content": true, "overflow": "block", "block_timeout_ms": 5,
     "queue_bytes_max": "1MiB", "export_timeout_ms": 9, "unsubscribe_on_overflow": true,
     "batch": {"events_max": 3, "bytes_max": "64KiB"}, "filter": {"types": ["error"]}},
    {"to": "memory"}]})");
  ASSERT_TRUE(config.ok()) << config.status();
  ASSERT_EQ(config->exporters.size(), 2u);
  const ExporterOptions& first = config->exporters[0].options;
  EXPECT_EQ(first.name, "n");
  EXPECT_TRUE(first.content);
  EXPECT_EQ(first.overflow, Overflow::kBlock);
  EXPECT_EQ(first.block_timeout_ms, 5);
  EXPECT_EQ(first.queue_bytes_max, 1u << 20);
  EXPECT_EQ(first.export_timeout_ms, 9);
  EXPECT_TRUE(first.unsubscribe_on_overflow);
  EXPECT_EQ(first.batch.events_max, 3u);
  EXPECT_EQ(first.batch.bytes_max, 64u << 10);
  EXPECT_EQ(first.batch.delay_ms_max, 7);
  EXPECT_EQ(first.filter.to_string(), Filter::types({"error"}).to_string());
  const ExporterOptions& second = config->exporters[1].options;
  EXPECT_EQ(second.queue_bytes_max, 2u << 20);
  EXPECT_EQ(second.overflow, Overflow::kDropNewest);
  EXPECT_FALSE(second.content);
  EXPECT_TRUE(second.filter.matches_everything());
}

TEST(ConfigFileTest, UsersAsk06_EveryProblemIsToldWithFileLineAndKey) {
  const std::string errors = errors_of(R"({"service_nam": "x",
 "bus": {"ring_bytes": 100, "dispatcher_thread": {"nice": 50}, "threading": "manual",
         "ring_bytes_max": "9MB"},
 "sample_rate": 2,
 "exporters": [
  {"to": "null", "overflow": "never", "batch": {"events_max": 0, "evnts": 1}, "name": 5},
  {"to": "null", "otlp": {}},
  {},
  {"to": "null", "processors": ["redact", "redat"], "spool": {"bytes_max": 1}},
  7]})");
  for (const char* const line :
       {"c.json:1: service_nam: is no key here; is service_name meant?",
        "c.json:2: bus.ring_bytes: 100 is not a power of two from 4096 to 67108864",
        "c.json:2: bus.dispatcher_thread.nice: 50 is not from -20 to 19",
        "c.json:2: bus.threading: cannot be manual here",
        "c.json:3: bus.ring_bytes_max: is no number of bytes",
        "c.json:4: sample_rate: 2 is not from 0 to 1",
        "c.json:6: exporters[0].overflow: must be drop_newest, drop_oldest or block",
        "c.json:6: exporters[0].batch.events_max: 0 is not from 1 to 65536",
        "c.json:6: exporters[0].batch.evnts: is no key here; there are",
        "c.json:6: exporters[0].name: is a number; give a text",
        "c.json:7: exporters[1]: give either \"to\"", "c.json:8: exporters[2]: give either \"to\"",
        "c.json:9: exporters[3].processors[1]: there is no processor 'redat'",
        "c.json:9: exporters[3].spool.folder: is missing",
        "c.json:9: exporters[3].spool.bytes_max: 1 is no whole number from 262144 to",
        "c.json:10: exporters[4]: is a number; give an object"}) {
    EXPECT_THAT(errors, HasSubstr(line));
  }
}

TEST(ConfigFileTest, ProblemsAreBoundedInNumber) {
  std::string json = "{";
  for (int i = 0; i < 80; ++i) json += (i == 0 ? "\"k" : ",\"k") + std::to_string(i) + "\": 1";
  EXPECT_THAT(errors_of(json + "}"), HasSubstr("c.json: and 30 more"));
}

TEST(ConfigFileTest, VariablesArePutIn) {
  const Variable set("TB_NAME", "put $in");
  EXPECT_EQ(parsed(R"({"service_name": "<${TB_NAME}>"})")->service_name, "<put $in>");
  EXPECT_EQ(parsed(R"({"service_name": "${env:TB_NAME}"})")->service_name, "put $in");
  EXPECT_EQ(parsed(R"({"service_name": "${TB_NOT:-else}${TB_NOT:-}"})")->service_name, "else");
  EXPECT_EQ(parsed(R"({"service_name": "$$5 and $${x}"})")->service_name, "$5 and ${x}");
  EXPECT_THAT(errors_of(R"({"service_name": "${TB_NOT}"})"),
              HasSubstr("c.json:1: service_name: the environment variable TB_NOT is not set"));
  for (const char* const wrong : {"$", "$x", "${", "${}", "${1}", "${a b}", "${env:}"}) {
    EXPECT_THAT(errors_of("{\"service_name\": \"" + std::string(wrong) + "\"}"),
                HasSubstr("begins no ${NAME}"))
        << wrong;
  }
}

TEST(ConfigFileTest, WhatAVariableHoldsIsShownToNobody) {
  const Variable secret("TB_SECRET", "hunter2");
  const std::string overflow =
      errors_of(R"({"exporters": [{"to": "null", "overflow": "${TB_SECRET}"},
                    {"otlp": {"endpoint": "x", "protocol": "${TB_SECRET}"}}]})");
  EXPECT_THAT(overflow, HasSubstr("overflow: must be"));
  EXPECT_THAT(overflow, HasSubstr("protocol: is none of"));
  EXPECT_THAT(overflow, Not(HasSubstr("hunter2")));
  for (const std::string spec : {"nowhere:", "jsonl:/dev/null/", "console:"}) {
    const auto config = parsed(R"({"exporters": [{"to": ")" + spec + R"(${TB_SECRET}"}]})");
    ASSERT_TRUE(config.ok()) << config.status();
    const auto made = config->exporters[0].make();
    ASSERT_FALSE(made.ok()) << spec;
    EXPECT_THAT(std::string(made.status().message()), Not(HasSubstr("hunter2"))) << spec;
    EXPECT_THAT(config->exporters[0].to, Not(HasSubstr("hunter2")));
  }
}

TEST(ConfigFileTest, HeadersAreFromTheEnvironmentOrFromFilesOfTheirOwner) {
  const TemporaryFolder folder;
  const std::string key = folder.file("key");
  write_file(key, "hunter2\n");
  const auto with_header = [](const std::string& value) {
    return R"({"exporters": [{"otlp": {"endpoint": "http://127.0.0.1:9", "headers": {"x-key": )" +
           value + "}}}]}";
  };
  const std::string file = "{\"file\": \"" + key + "\"}";
  ASSERT_EQ(chmod(key.c_str(), 0644), 0);
  EXPECT_THAT(errors_of(with_header(file)), HasSubstr("headers.x-key.file: may be read by others"));
  ASSERT_EQ(chmod(key.c_str(), 0600), 0);
  EXPECT_EQ(errors_of(with_header(file)), "");
  EXPECT_THAT(errors_of(with_header("{\"file\": \"/nowhere\"}")), HasSubstr("cannot be read"));
  EXPECT_THAT(errors_of(with_header("{\"path\": \"/nowhere\"}")),
              HasSubstr("path: is no key here"));
  const std::string literal = errors_of(with_header("\"hunter2\""));
  EXPECT_THAT(literal, HasSubstr("headers.x-key: may be a secret, and others may read this file"));
  EXPECT_THAT(literal, Not(HasSubstr("hunter2")));
  EXPECT_TRUE(parsed(with_header("\"hunter2\""), true).ok());
  const Variable variable("TB_KEY", "hunter2");
  EXPECT_EQ(errors_of(with_header("\"Bearer ${TB_KEY}\"")), "");
}

TEST(ConfigFileTest, AFileOfItsOwnerMayHoldSecrets) {
  const TemporaryFolder folder;
  const std::string path = folder.file("c.json");
  write_file(path, R"({"exporters": [{"otlp": {"headers": {"x-key": "hunter2"}}}]})");
  ASSERT_EQ(chmod(path.c_str(), 0640), 0);
  EXPECT_THAT(std::string(read_config_file(path, {}).status().message()), HasSubstr("make this"));
  ASSERT_EQ(chmod(path.c_str(), 0600), 0);
  EXPECT_TRUE(read_config_file(path, {}).ok());
}

TEST(ConfigFileTest, AFileThatCannotBeReadIsNamed) {
  const TemporaryFolder folder;
  EXPECT_TRUE(absl::IsNotFound(read_config_file(folder.file("none"), {}).status()));
  const auto status = read_config_file(folder.path(), {}).status();
  EXPECT_THAT(std::string(status.message()), HasSubstr("is no regular file"));
  write_file(folder.file("c.json"), std::string(kConfigBytesMax + 100, ' '));
  EXPECT_TRUE(absl::IsResourceExhausted(read_config_file(folder.file("c.json"), {}).status()));
}

TEST(ConfigFileTest, Section0_TheSeedsKeysMeanWhatTheyMeanThere) {
  const TemporaryFolder folder;
  const auto config = parsed(R"({"observability": {
      "tracing": {"enabled": true, "exporter": "console", "record_to": ")" +
                             folder.file("runs.jsonl") + R"("},
      "cost_budget": {"daily_usd": 12.5, "alert_threshold": 0.5}}})");
  ASSERT_TRUE(config.ok()) << config.status();
  ASSERT_EQ(config->exporters.size(), 2u);
  EXPECT_TRUE(config->exporters[0].options.content) << "a recording is what content is for";
  const auto recording = config->exporters[0].make();
  ASSERT_TRUE(recording.ok()) << recording.status();
  EXPECT_THAT(std::string((*recording)->name()), HasSubstr("runs.jsonl"));
  const auto console = config->exporters[1].make();
  ASSERT_TRUE(console.ok()) << console.status();
  EXPECT_THAT(std::string((*console)->name()), HasSubstr("console"));
  ASSERT_TRUE(config->budget);
  EXPECT_EQ(config->budget->limit.to_text(), "12.5");
  EXPECT_THAT(config->budget->alert_percent, ElementsAre(50, 100));
  EXPECT_TRUE(config->budget->per_day);
  // Their defaults.
  EXPECT_EQ(parsed(R"({"cost_budget": {}})")->budget->limit.to_text(), "100.0");
  EXPECT_THAT(parsed(R"({"cost_budget": {}})")->budget->alert_percent, ElementsAre(80, 100));
  EXPECT_FALSE(parsed(R"({"observability": {"tracing": {"enabled": false}}})")->enabled);
}

TEST(ConfigFileTest, Section0_JaegerIsOtlp) {
  const auto config = parsed(
      R"({"observability": {"tracing": {"exporter": "jaeger", "endpoint": "http://j:4318"}}})");
  ASSERT_TRUE(config.ok()) << config.status();
  ASSERT_EQ(config->exporters.size(), 1u);
  const auto made = config->exporters[0].make();
  ASSERT_TRUE(made.ok()) << made.status();
  EXPECT_EQ((*made)->name(), "otlp:http://j:4318/v1/traces");
  EXPECT_THAT(
      errors_of(R"({"observability": {"tracing": {"endpoint": "http://j:14268/api/traces"}}})"),
      HasSubstr("Jaeger takes OTLP on 4318"));
  EXPECT_THAT(errors_of(R"({"observability": {"tracing": {"exporter": "zipkin"}}})"),
              HasSubstr("\"zipkin\" is none of console, otlp, jaeger"));
  EXPECT_THAT(errors_of(R"({"cost_budget": {}, "observability": {"cost_budget": {}}})"),
              HasSubstr("cost_budget: is there twice"));
  EXPECT_THAT(errors_of(R"({"cost_budget": {"daily_usd": 0}})"), HasSubstr("more than 0"));
}

}  // namespace
}  // namespace tracebus::testing
