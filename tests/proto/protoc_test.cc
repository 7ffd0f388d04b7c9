// SPDX-License-Identifier: Apache-2.0
//
// Differential: what we write, judged by protoc, which knows the schema but not our code.
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <span>
#include <sstream>
#include <string>

#include "tracebus/core/proto/event_proto.h"
#include "tracebus/tests/core/random_event.h"
#include "tracebus/tests/proto/written_record.h"
#include "tracebus/tests/source_folder.h"

namespace tracebus::testing {
namespace {

// The event of ReadsEveryFieldAsItWasMeant as protoc shows it, but for its trace_id.
constexpr char kDecoded[] = R"(timestamp {
  seconds: -2
  nanos: 500000000
}
event_type: "llm_call"
agent_name: "analyst"
payload {
  key: "none"
}
payload {
  key: "yes"
  value {
    bool_value: true
  }
}
payload {
  key: "int"
  value {
    int_value: -450
  }
}
payload {
  key: "cost"
  value {
    double_value: 0.25
  }
}
payload {
  key: "model"
  value {
    string_value: "gpt-\303\251"
  }
}
payload {
  key: "raw"
  value {
    raw_string_value: "\200"
  }
}
payload {
  key: "bytes"
  value {
    bytes_value: "\000\001"
  }
}
payload {
  key: "list"
  value {
    array_value {
      values {
        int_value: 1
      }
      values {
        object_value {
          members {
            key: "k"
            value {
              string_value: "v"
            }
          }
        }
      }
    }
  }
}
run_id: "\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\001"
span_id: "span-001"
origin {
  instance: 255
  producer: 3
  sequence: 42
}
foreign_ids {
  trace_id: "trace-1"
}
raw_pattern_type: "p\377"
)";

class Protoc : public ::testing::Test {
 protected:
  ~Protoc() override {
    std::remove(input_.c_str());
    std::remove(output_.c_str());
  }

  // What `protoc --<mode>=tracebus.proto.v1.TraceEvent` makes of input.
  std::string run(const std::string& mode, const std::string& input) {
    std::ofstream(input_, std::ios::binary) << input;
    const std::string command =
        "'" TRACEBUS_PROTOC "' --proto_path='" TRACEBUS_SOURCE_DIR "/core/proto' --" + mode +
        "=tracebus.proto.v1.TraceEvent event.proto < '" + input_ + "' > '" + output_ + "'";
    EXPECT_EQ(std::system(command.c_str()), 0) << command;
    std::ostringstream out;
    out << std::ifstream(output_, std::ios::binary).rdbuf();
    return out.str();
  }

  static std::string bytes_of(const TraceEvent& event) {
    proto::v1::TraceEvent message;
    to_proto(WrittenRecord(event).view(), &message);
    return message.SerializeAsString();
  }

 private:
  const std::string stem_ = ::testing::TempDir() + "protoc_test." + std::to_string(::getpid());
  const std::string input_ = stem_ + ".in";
  const std::string output_ = stem_ + ".out";
};

TEST_F(Protoc, ReadsEveryFieldAsItWasMeant) {
  TraceEvent event{.timestamp = Timestamp{-2, 500'000'000},
                   .event_type = "llm_call",
                   .agent_name = "analyst",
                   .pattern_type = "p\xFF"};
  event.payload = {{"none", nullptr},         {"yes", true},  {"int", -450}, {"cost", 0.25},
                   {"model", "gpt-\xC3\xA9"}, {"raw", "\x80"}};
  event.payload.add("bytes", std::as_bytes(std::span("\0\1", 2)));
  event.payload.add("list", Value::array({1, Value::object({{"k", "v"}})}));
  event.ids.run_id.bytes[15] = 1;
  event.ids.span_id.bytes = {'s', 'p', 'a', 'n', '-', '0', '0', '1'};
  event.foreign_ids.trace_id = "trace-1";
  event.origin = Origin{.instance = 255, .sequence = 42, .producer = 3};

  // The derived trace_id is a hash: that it is there is enough.
  const std::string text = run("decode", bytes_of(event));
  const std::size_t at = text.find("trace_id: ");
  ASSERT_NE(at, std::string::npos);
  const std::string rest = text.substr(0, at) + text.substr(text.find('\n', at) + 1);
  EXPECT_EQ(rest, kDecoded);
}

TEST_F(Protoc, WritesTheSameBytesFromItsOwnTextForm) {
  int compared = 0;
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    EventGenerator events(seed);
    const std::string bytes = bytes_of(events.next());
    const std::string text = run("decode", bytes);
    const bool has_nan = text.find("_value: nan") != std::string::npos ||
                         text.find("_value: -nan") != std::string::npos;
    if (has_nan) continue;  // the text form has one NaN only
    EXPECT_EQ(run("encode", text), bytes) << "seed " << seed;
    ++compared;
  }
  EXPECT_GE(compared, 10);
}

}  // namespace
}  // namespace tracebus::testing
