// SPDX-License-Identifier: Apache-2.0
#include "tracebus/exporters/redacting_processor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "tracebus/bus/trace_event_bus.h"
#include "tracebus/core/attribute_key.h"
#include "tracebus/core/utf8.h"
#include "tracebus/exporters/memory_exporter.h"
#include "tracebus/tests/exporters/event_maker.h"
#include "tracebus/tests/exporters/processor_stubs.h"

namespace tracebus::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

std::string json_of(const EventView& event) {
  std::string json;
  append_json_event(json, event);
  return json;
}

// What is left of one event.
OwnedEvent redacted(const TraceEvent& event, RedactionOptions options = {}) {
  EventMaker maker;
  maker.add(event);
  Received received;
  ProcessingExporter exporter(chain_of(std::make_unique<RedactingProcessor>(std::move(options))),
                              std::make_unique<NotingExporter>(received));
  EXPECT_EQ(exporter.export_batch(maker.batch(), in_a_second()).lost(), 0u);
  return std::move(received.events.at(0));
}

TEST(RedactingProcessor, Row66_EveryFieldIsSearched) {
  const std::string mail = "bob@example.com";
  const Value nested = Value::object({{"list", Value::array({1, mail, nullptr})},
                                      {mail, 2},
                                      {"password", Value::array({"x"})},
                                      {"kept", "word"}});
  const OwnedEvent out = redacted({.event_type = mail,
                                   .agent_name = "agent of " + mail,
                                   .pattern_type = mail,
                                   .payload = {{"text", "to " + mail},
                                               {"bytes", std::as_bytes(std::span(mail))},
                                               {"api_key", 12},
                                               {"card", 4111111111111111},
                                               {"card_as_double", 4111111111111111.0},
                                               {mail, true},
                                               {"nested", nested}},
                                   .foreign_ids = {.run_id = "run of " + mail, .trace_id = "t"}});
  const EventView view = out.view();
  EXPECT_THAT(json_of(view), Not(HasSubstr(mail)));
  EXPECT_THAT(json_of(view), Not(HasSubstr("4111111111111111")));
  EXPECT_EQ(view.event_type(), "[REDACTED]");
  EXPECT_EQ(view.agent_name(), "agent of [REDACTED]");
  EXPECT_EQ(view.find("text")->as_string(), "to [REDACTED]");
  EXPECT_EQ(view.find("bytes")->type(), ValueType::kBytes);
  EXPECT_EQ(view.find("api_key")->as_string(), "[REDACTED]");
  EXPECT_TRUE(view.find("[REDACTED]")->as_bool());
  EXPECT_EQ(view.foreign_ids().run_id, "");
  EXPECT_EQ(view.run_id(), RunId::from_foreign("run of " + mail));
  EXPECT_EQ(view.foreign_ids().trace_id, "t");
  std::string json;
  append_json_value(json, *view.find("nested"));
  EXPECT_EQ(json, R"({"list":[1,"[REDACTED]",null],"[REDACTED]":2,"password":"[REDACTED]",)"
                  R"("kept":"word"})");
}

TEST(RedactingProcessor, HarmlessEventsAreNotCopied) {
  EventMaker maker;
  maker.add({.event_type = "llm_call",
             .agent_name = "analyst",
             .payload = {{"input_tokens", 450},
                         {"password", nullptr},
                         {"nested", Value::array({Value::object({{"a", "b"}}), 1.5})}}});
  const char* const record = maker.batch().events[0].record();
  Received received;
  bool same = false;
  ProcessingExporter exporter(chain_of(std::make_unique<RedactingProcessor>(),
                                       stub([&](const EventView& event, ProcessorOutput& output) {
                                         same = event.record() == record;
                                         output.pass(event);
                                       })),
                              std::make_unique<NotingExporter>(received));
  exporter.export_batch(maker.batch(), in_a_second());
  EXPECT_TRUE(same);
}

TEST(RedactingProcessor, RegisteredKeysAreJudgedOnceAndRightly) {
  AttributeKey::registered("x.client_secret");
  AttributeKey::registered("x.plain");
  for (int round = 0; round < 2; ++round) {
    const OwnedEvent out =
        redacted({.payload = {{"x.client_secret", "a"}, {"x.plain", "a"}, {"inline.pwd", "a"}}});
    EXPECT_EQ(out.view().find("x.client_secret")->as_string(), "[REDACTED]");
    EXPECT_EQ(out.view().find("x.plain")->as_string(), "a");
    EXPECT_EQ(out.view().find("inline.pwd")->as_string(), "[REDACTED]");
  }
}

TEST(RedactingProcessor, CountsAreReadWhileTheExporterRuns) {
  auto processor = std::make_unique<RedactingProcessor>();
  const auto counts = processor->counts();
  EventMaker maker;
  maker.add({.payload = {{"pwd", "x"}, {"mail", "a@b.com c@d.com"}},
             .foreign_ids = {.run_id = "e@f.com"}});
  Received received;
  ProcessingExporter exporter(chain_of(std::move(processor)),
                              std::make_unique<NotingExporter>(received));
  exporter.export_batch(maker.batch(), in_a_second());
  EXPECT_EQ(counts->get(RedactionRule::kKey), 1u);
  EXPECT_EQ(counts->get(RedactionRule::kEmail), 3u);
}

TEST(RedactingProcessor, ValueLimitSaysHowMuchItCut) {
  const std::string euros = "\xE2\x82\xAC\xE2\x82\xAC\xE2\x82\xAC";
  const std::string json = R"({"text":"0123456789","n":[1,2,3]})";
  const OwnedEvent out = redacted({.payload = {{"euros", euros},
                                               {"json", json},
                                               {"short", "abc"},
                                               {kTruncatedBytes.name(), 100}}},
                                  {.value_bytes_max = 8});
  EXPECT_EQ(out.view().find("euros")->as_string(), euros.substr(0, 6));
  EXPECT_EQ(out.view().find("json")->as_string(), "{}");
  EXPECT_EQ(out.view().find("short")->as_string(), "abc");
  const auto cut = static_cast<std::int64_t>(3 + json.size() - 2);
  EXPECT_EQ(out.view().find(kTruncatedBytes.name())->as_int64(), 100 + cut);
}

TEST(RedactingProcessor, SecretsThatEmitCutOffAreMasked) {
  const OwnedEvent whole = redacted({.payload = {{"a", "the key is sk-proj"}}});
  EXPECT_EQ(whole.view().find("a")->as_string(), "the key is sk-proj");
  const OwnedEvent cut =
      redacted({.payload = {{"a", "the key is sk-proj"}, {kTruncatedBytes.name(), 30}}});
  EXPECT_EQ(cut.view().find("a")->as_string(), "the key is [REDACTED]");
}

// An exporter that the test keeps when the bus lets go of it.
class SharedMemory final : public Exporter {
 public:
  explicit SharedMemory(std::shared_ptr<MemoryExporter> memory) : memory_(std::move(memory)) {}
  std::string_view name() const noexcept override { return "memory"; }
  ExportResult export_batch(const Batch& batch, const ExportContext& context) override {
    return memory_->export_batch(batch, context);
  }

 private:
  const std::shared_ptr<MemoryExporter> memory_;
};

std::shared_ptr<MemoryExporter> add_with_redaction(TraceEventBus& bus, bool content) {
  const auto memory = std::make_shared<MemoryExporter>();
  const auto id = bus.add_exporter(
      std::make_unique<ProcessingExporter>(chain_of(std::make_unique<RedactingProcessor>()),
                                           std::make_unique<SharedMemory>(memory)),
      {.content = content});
  EXPECT_TRUE(id.ok());
  return memory;
}

// Security point 1 of the guarantees, also behind processors that rewrite events.
TEST(RedactingProcessor, ContentReachesOnlyTheExporterThatWasGrantedIt) {
  constexpr std::string_view kContentKeys[] = {
      "gen_ai.input.messages",      "gen_ai.output.messages",     "gen_ai.system_instructions",
      "gen_ai.tool.call.arguments", "gen_ai.tool.call.result",    "gen_ai.tool.definitions",
      "gen_ai.retrieval.documents", "gen_ai.retrieval.query.text"};
  TraceEventBus bus;
  const auto granted = add_with_redaction(bus, true);
  const auto plain = add_with_redaction(bus, false);
  for (const std::string_view key : kContentKeys) {
    ASSERT_TRUE(AttributeKey::find(key).is_content()) << key;
    // "mail" makes the processor write the event anew.
    bus.emit({.event_type = "llm_call",
              .payload = {{key, "what was said"}, {"mail", "bob@example.com"}}});
  }
  ASSERT_TRUE(bus.flush(std::chrono::seconds(20)).ok());
  const MemoryExporter::Events granted_events = granted->query();
  const MemoryExporter::Events plain_events = plain->query();
  ASSERT_EQ(granted_events.size(), std::size(kContentKeys));
  ASSERT_EQ(plain_events.size(), std::size(kContentKeys));
  for (std::size_t i = 0; i < std::size(kContentKeys); ++i) {
    const EventView with = granted_events[i]->view();
    const EventView without = plain_events[i]->view();
    EXPECT_EQ(with.find(kContentKeys[i])->as_string(), "what was said");
    EXPECT_THAT(json_of(without), Not(HasSubstr("what was said")));
    EXPECT_EQ(without.find("mail")->as_string(), "[REDACTED]");
    const std::string_view bytes(without.record(), without.size_bytes());
    EXPECT_EQ(bytes.find("what was said"), std::string_view::npos);
  }
}

}  // namespace
}  // namespace tracebus::testing
