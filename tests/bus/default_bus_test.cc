// SPDX-License-Identifier: Apache-2.0
//
// The bus of the process: in one that ends at once, and across forks.
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "tracebus/tests/bus/bus_test_support.h"
#include "tracebus/tests/bus/child_process.h"
#include "tracebus/tests/bus/fork_load.h"
#include "tracebus/tests/bus/test_scale.h"

namespace tracebus::testing {
namespace {

std::vector<std::string> lines_of(const std::string& path) {
  std::ifstream file(path);
  std::vector<std::string> lines;
  for (std::string line; std::getline(file, line);) lines.push_back(line);
  return lines;
}

int run_worker(const std::string& path) {
  const pid_t child = fork();
  if (child == 0) {
    execl(TRACEBUS_SHORT_LIVED_WORKER, "short_lived_worker", path.c_str(), nullptr);
    _exit(127);
  }
  int status = -1;
  waitpid(child, &status, 0);
  return status;
}

TEST(G9_DefaultBusTest, UsersAsk8_ShortLivedWorkerDeliversAllItEmitted) {
  const std::string path =
      (std::filesystem::temp_directory_path() / ("worker-" + std::to_string(getpid()))).string();
  for (int i = 0; i < rounds(10, 200); ++i) {
    std::filesystem::remove(path);
    ASSERT_EQ(run_worker(path), 0);
    const std::vector<std::string> lines = lines_of(path);
    ASSERT_EQ(lines.size(), 11u);
    for (int n = 0; n < 10; ++n) {
      const std::string& line = lines[static_cast<std::size_t>(n)];
      EXPECT_NE(line.find("\"n\":" + std::to_string(n)), std::string::npos) << line;
    }
    EXPECT_NE(lines[10].find("before the end of the bus"), std::string::npos) << lines[10];
  }
  std::filesystem::remove(path);
}

// The child is the first to use the bus of the process, and the parent the second.
TEST(G10_DefaultBusTest, UsersAsk7_MadeInTheChildFirst) {
  const auto use = [] {
    Complaints wrong;
    SightingMaker maker;
    const auto id = default_bus().add_exporter(maker);
    emit_of_process(default_bus(), getpid());
    wrong.unless(default_bus().flush(kLong).ok(), "flush");
    wrong.equal(maker.latest().events(), 1, "events");
    wrong.add(maker.latest().problems());
    wrong.unless(default_bus().unsubscribe(*id), "unsubscribe");
    return wrong.text();
  };
  EXPECT_EQ(run_child(use), "");
  EXPECT_EQ(use(), "");
}

TEST(G10_DefaultBusTest, UsersAsk7_InTheChildItIsEmptyAndItsOwn) {
  SightingMaker maker;
  const auto id = default_bus().add_exporter(maker);
  ASSERT_TRUE(id.ok());
  const std::uint64_t instance = default_bus().instance();
  for (int i = 0; i < 100; ++i) emit_of_process(default_bus(), getpid());
  for (int i = 0; i < rounds(10, 100); ++i) {
    EXPECT_EQ(run_child([] { return std::string(); }), "");  // never uses it
    const std::string problem = run_child([&] {
      Complaints wrong;
      emit_of_process(default_bus(), getpid());
      wrong.unless(default_bus().flush(kLong).ok(), "flush");
      wrong.equal(maker.latest().events(), 1, "events");
      wrong.add(maker.latest().problems());
      wrong.unless(default_bus().instance() != instance, "the parent's instance");
      return wrong.text();
    });
    EXPECT_EQ(problem, "");
  }
  ASSERT_TRUE(default_bus().flush(kLong).ok());
  EXPECT_EQ(maker.latest().events(), 100u);
  EXPECT_TRUE(default_bus().unsubscribe(*id));
}

// While threads make the bus of the process, the process forks.
TEST(G10_DefaultBusTest, ForksWhileItIsBeingMade) {
  for (int i = 0; i < rounds(20, 300); ++i) {
    const std::string problem = run_child([] {
      std::thread maker([] { emit_number(default_bus(), 1); });
      std::string grandchild = run_child([] {
        Complaints wrong;
        int calls = 0;
        const auto id = default_bus().subscribe([&](const EventView&) { ++calls; });
        emit_number(default_bus(), 1);
        wrong.unless(default_bus().flush(kLong).ok(), "flush");
        wrong.equal(static_cast<std::uint64_t>(calls), 1, "calls");
        wrong.unless(default_bus().unsubscribe(id), "unsubscribe");
        return wrong.text();
      });
      maker.join();
      return grandchild;
    });
    ASSERT_EQ(problem, "") << "round " << i;
  }
}

}  // namespace
}  // namespace tracebus::testing
