// SPDX-License-Identifier: Apache-2.0
#include "tracebus/tests/tidy/include_rules.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace tracebus::tidy {
namespace {

using testing::ElementsAre;
using testing::Field;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

std::string includes(std::initializer_list<std::string_view> spellings) {
  std::string text;
  for (const std::string_view spelling : spellings)
    text += "#include " + std::string(spelling) + "\n";
  return text;
}

bool may_include(const std::string& path, const std::string& folder) {
  return check_layers({path, includes({"\"tracebus/" + folder + "/x.h\""})}).empty();
}

TEST(Includes, AreReadFromDirectivesOnly) {
  const std::vector<Include> found =
      includes_of({"core/a.cc",
                   "#include <vector>\n  #  include \"b.h\"  // x\n// #include \"c.h\"\n"
                   "include();\n#define include\n"});
  ASSERT_THAT(found, SizeIs(2));
  EXPECT_EQ(found[0].spelling, "vector");
  EXPECT_TRUE(found[0].angled);
  EXPECT_EQ(found[1].spelling, "b.h");
  EXPECT_EQ(found[1].line, 2u);
  EXPECT_FALSE(found[1].angled);
}

TEST(IncludeSpelling, OurHeadersBeginWithTracebus) {
  const auto check = [](std::string_view spelling) {
    return check_include_spelling({"core/a.cc", includes({spelling})}).size();
  };
  EXPECT_EQ(check("\"tracebus/core/ring.h\""), 0u);
  EXPECT_EQ(check("\"absl/status/status.h\""), 0u);
  EXPECT_EQ(check("<simdjson.h>"), 0u);
  EXPECT_EQ(check("\"core/ring.h\""), 1u);
  EXPECT_EQ(check("<core/ring.h>"), 1u);
  EXPECT_EQ(check("\"ring.h\""), 1u);
  EXPECT_EQ(check("\"../core/ring.h\""), 1u);
  EXPECT_EQ(check("<tracebus/core/ring.h>"), 1u);
}

TEST(Layers, BusAndExportersNeverMeet) {
  EXPECT_FALSE(may_include("bus/a.cc", "exporters"));
  EXPECT_FALSE(may_include("exporters/a.cc", "bus"));
}

TEST(Layers, CoreIncludesNothingAboveIt) {
  EXPECT_TRUE(may_include("core/a.h", "core"));
  EXPECT_TRUE(may_include("core/proto/a.h", "core"));
  for (const std::string above : {"bus", "readers", "render", "exporters", "trace", "config",
                                  "studio", "tools", "bench", "tests"}) {
    EXPECT_FALSE(may_include("core/a.h", above)) << above;
  }
}

TEST(Layers, ReadersSeeCoreAlone) {
  for (const std::string path : {"readers/a.cc", "bus/a.cc"}) {
    EXPECT_TRUE(may_include(path, "core")) << path;
    EXPECT_FALSE(may_include(path, "trace")) << path;
  }
  EXPECT_FALSE(may_include("readers/a.cc", "bus"));
}

TEST(Layers, RenderStandsOnTrace) {
  EXPECT_TRUE(may_include("render/a.cc", "trace"));
  EXPECT_FALSE(may_include("trace/a.cc", "render"));
  EXPECT_FALSE(may_include("render/a.cc", "readers"));
  EXPECT_FALSE(may_include("render/a.cc", "exporters"));
}

TEST(Layers, TraceReadsFilesInItsReplayOnly) {
  EXPECT_TRUE(may_include("trace/replay.cc", "readers"));
  EXPECT_FALSE(may_include("trace/span.cc", "readers"));
  EXPECT_TRUE(may_include("trace/span.cc", "bus"));
  EXPECT_FALSE(may_include("trace/span.cc", "exporters"));
}

TEST(Layers, RecorderWritesFilesAndReplayReadsThemToo) {
  EXPECT_TRUE(may_include("trace/recorder.cc", "exporters"));
  EXPECT_FALSE(may_include("trace/recorder.cc", "readers"));
  EXPECT_TRUE(may_include("trace/prompt_tokens.cc", "exporters"));
  EXPECT_FALSE(may_include("trace/prompt_tokens.cc", "readers"));
  EXPECT_TRUE(may_include("trace/replay_llm.cc", "exporters"));
  EXPECT_FALSE(may_include("trace/replay_llm.cc", "studio"));
}

TEST(Layers, FilesForViewersAreMadeOfTraces) {
  EXPECT_TRUE(may_include("exporters/viewer/a.cc", "trace"));
  EXPECT_TRUE(may_include("exporters/viewer/a.cc", "render"));
  EXPECT_FALSE(may_include("exporters/viewer/a.cc", "bus"));
  EXPECT_FALSE(may_include("exporters/a.cc", "trace"));
}

TEST(Layers, ProgramsSeeEverythingAndNobodySeesPrograms) {
  for (const std::string path : {"tools/a.cc", "bench/a.cc", "tests/a.cc"}) {
    EXPECT_TRUE(may_include(path, "exporters")) << path;
    EXPECT_TRUE(may_include(path, "bus")) << path;
  }
  EXPECT_TRUE(may_include("config/a.cc", "exporters"));
  EXPECT_FALSE(may_include("config/a.cc", "studio"));
  EXPECT_FALSE(may_include("studio/a.cc", "tools"));
}

TEST(PublicHeader, MayIncludeTheStandardTheSystemAndStatus) {
  const std::string allowed =
      includes({"<vector>", "<unistd.h>", "<sys/mman.h>", "\"tracebus/core/ring.h\"",
                "\"absl/status/status.h\"", "\"absl/status/statusor.h\""});
  EXPECT_THAT(check_public_header({"bus/a.h", allowed}), IsEmpty());
}

TEST(PublicHeader, BringsNoOtherThirdParty) {
  for (const std::string_view other : {"\"absl/container/flat_hash_map.h\"", "<simdjson.h>",
                                       "<concurrentqueue/concurrentqueue.h>", "\"unistd.h\""}) {
    const std::string text = includes({other});
    EXPECT_THAT(check_public_header({"core/a.h", text}), SizeIs(1)) << other;
    EXPECT_THAT(check_public_header({"bus/a.h", text}), SizeIs(1)) << other;
    EXPECT_THAT(check_public_header({"bus/a.cc", text}), IsEmpty()) << other;
    EXPECT_THAT(check_public_header({"bus/internal/a.h", text}), IsEmpty()) << other;
    EXPECT_THAT(check_public_header({"core/proto/a.h", text}), IsEmpty()) << other;
    EXPECT_THAT(check_public_header({"readers/a.h", text}), IsEmpty()) << other;
  }
}

TEST(InstrumentationHeader, ReachesNoThirdPartyThroughOthers) {
  const std::string status = includes({"\"absl/status/status.h\""});
  const std::vector<SourceText> tree = {
      {"bus/producer.h", includes({"<atomic>", "\"tracebus/core/name.h\""})},
      {"core/event.h", includes({"<vector>"})},
      {"core/name.h", includes({"\"tracebus/core/name.h\"", "\"tracebus/core/registry.h\""})},
      {"core/registry.h", status},
      {"readers/event.h", status}};
  EXPECT_THAT(check_instrumentation_headers(tree),
              ElementsAre(Field(&Violation::rule,
                                HasSubstr("bus/producer.h -> core/name.h -> core/registry.h -> "
                                          "absl/status/status.h"))));
}

}  // namespace
}  // namespace tracebus::tidy
