// SPDX-License-Identifier: Apache-2.0
#include "tracebus/exporters/exporter_spec.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "tracebus/exporters/null_exporter.h"
#include "tracebus/tests/exporters/event_maker.h"
#include "tracebus/tests/exporters/temporary_folder.h"

namespace tracebus::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

std::string error_of(const ExporterFactory& factory, std::string_view spec) {
  const auto made = factory.make(spec);
  return made.ok() ? "" : std::string(made.status().message());
}

TEST(Row20CustomExporter, BuiltInExportersAreMadeFromTheirSpecs) {
  const TemporaryFolder folder;
  const ExporterFactory factory = ExporterFactory::with_builtin();
  const std::string path = folder.file("a:b.jsonl");  // a colon of the path is its own
  const std::vector<std::string> specs = {"console",      "console:seed", "console:pretty",
                                          "console:json", "memory",       "null",
                                          "jsonl:" + path};
  for (const std::string& spec : specs) {
    const auto made = factory.make(spec);
    ASSERT_TRUE(made.ok()) << made.status();
    EXPECT_EQ((*made)->name(), spec.starts_with("console:") ? "console" : spec);
  }
  auto jsonl = factory.make("jsonl:" + path);
  EventMaker maker = numbered_events(2);
  EXPECT_EQ((*jsonl)->export_batch(maker.batch(), in_a_second()).failed, 0u);
  EXPECT_EQ(read_file(path), jsonl_of(maker.batch()));
}

TEST(Row20CustomExporter, BadSpecsSayWhatThereIs) {
  const ExporterFactory factory = ExporterFactory::with_builtin();
  const auto names_all = AllOf(HasSubstr("console[:seed|pretty|json]"), HasSubstr("jsonl:PATH"),
                               HasSubstr("memory"), HasSubstr("null"));
  for (const char* spec : {"", ":", "jsonl2:x", "Console", "jsonlx"}) {
    EXPECT_THAT(error_of(factory, spec), names_all) << spec;
    EXPECT_EQ(factory.make(spec).status().code(), absl::StatusCode::kInvalidArgument);
  }
  EXPECT_THAT(error_of(factory, "jsonl"), HasSubstr("jsonl:PATH"));
  EXPECT_THAT(error_of(factory, "jsonl:"), HasSubstr("jsonl:PATH"));
  EXPECT_THAT(error_of(factory, "console:purple"), HasSubstr("console:pretty"));
  EXPECT_THAT(error_of(factory, "null:x"), HasSubstr("give null alone"));
  EXPECT_THAT(error_of(factory, "\x1b[2J"), Not(HasSubstr("\x1b")));
}

TEST(Row20CustomExporter, AnUnknownNameIsSaidWithoutTheAddressBehindIt) {
  const auto made = ExporterFactory::with_builtin().make("oltp:https://me:s3cret@h?key=s3cret");
  EXPECT_THAT(std::string(made.status().message()), ::testing::HasSubstr("'oltp'"));
  EXPECT_THAT(std::string(made.status().message()), ::testing::Not(::testing::HasSubstr("s3cret")));
}

TEST(Row20CustomExporter, OthersAddTheirOwn) {
  ExporterFactory factory = ExporterFactory::with_builtin();
  std::string seen;
  factory.add("proto", "proto:PATH  length-delimited Protobuf", [&](std::string_view rest) {
    seen = rest;
    return absl::StatusOr<std::unique_ptr<Exporter>>(std::make_unique<NullExporter>());
  });
  EXPECT_TRUE(factory.make("proto:x:y").ok());
  EXPECT_EQ(seen, "x:y");
  EXPECT_THAT(error_of(factory, "none"), HasSubstr("proto:PATH"));
  EXPECT_EQ(factory.help(),
            "  console[:seed|pretty|json]  one line an event on standard output\n"
            "  jsonl:PATH  one JSON object a line, appended to PATH\n"
            "  memory  the last 10,000 events, in memory\n"
            "  null  nowhere; counts only\n"
            "  proto:PATH  length-delimited Protobuf\n");
}

TEST(ProcessorSpec, ProcessorsStandBeforeTheirExporter) {
  const TemporaryFolder folder;
  const ExporterFactory factory = ExporterFactory::with_builtin();
  const std::string path = folder.file("a|b.jsonl");  // a bar of the path is its own
  auto made = factory.make("rate=llm_call:1|redact=email+card|jsonl:" + path);
  ASSERT_TRUE(made.ok()) << made.status();
  EventMaker maker;
  for (int i = 0; i < 2; ++i) {
    maker.add({.event_type = "llm_call", .payload = {{"mail", "a@b.com"}, {"pwd", "x"}}});
  }
  EXPECT_EQ((*made)->export_batch(maker.batch(), in_a_second()).sampled_out, 1u);
  EXPECT_THAT(read_file(path),
              AllOf(HasSubstr(R"("mail":"[REDACTED]","pwd":"x")"), Not(HasSubstr("a@b.com"))));
  for (const char* spec : {"redact|null", "openllmetry|null", "pair|null", "sample=0.5|null",
                           "tail=0|null", "tail=1|sample=1|redact=key|memory"}) {
    EXPECT_TRUE(factory.make(spec).ok()) << spec;
  }
}

TEST(ProcessorSpec, BadOnesSayWhatMayBeGiven) {
  const ExporterFactory factory = ExporterFactory::with_builtin();
  EXPECT_THAT(error_of(factory, "redact=mail|null"), HasSubstr("email, card"));
  EXPECT_THAT(error_of(factory, "redact=|null"), HasSubstr("email, card"));
  for (const char* spec : {"sample|null", "sample=2|null", "sample=x|null", "sample=0.5x|null",
                           "tail=-1|null", "tail=nan|null"}) {
    EXPECT_THAT(error_of(factory, spec), HasSubstr("=SHARE, from 0 to 1")) << spec;
  }
  for (const char* spec : {"rate=x|null", "rate=:1|null", "rate=x:-1|null", "rate|null"}) {
    EXPECT_THAT(error_of(factory, spec), HasSubstr("rate=TYPE:PER_SECOND")) << spec;
  }
  EXPECT_THAT(error_of(factory, "openllmetry=1|null"), HasSubstr("openllmetry alone"));
  EXPECT_THAT(error_of(factory, "redact|nul"), HasSubstr("jsonl:PATH"));
  EXPECT_THAT(error_of(factory, "redacted|null"), HasSubstr("jsonl:PATH"));
}

}  // namespace
}  // namespace tracebus::testing
