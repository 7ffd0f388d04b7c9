// SPDX-License-Identifier: Apache-2.0
//
// The kernel says where a thread is, before and after it was placed.
#include "tracebus/bus/thread_placement.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <linux/capability.h>
#include <sched.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "tracebus/bus/cpu_quota.h"

namespace tracebus::testing {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr int kNoSuchCpu = 1023;  // on no machine that runs these tests
constexpr int kNicest = 19;       // which needs no right, whatever it was before

void on_new_thread(const std::function<void()>& body) { std::thread(body).join(); }

std::vector<int> my_cpus() {
  cpu_set_t set;
  CPU_ZERO(&set);
  EXPECT_EQ(sched_getaffinity(0, sizeof set, &set), 0);
  std::vector<int> cpus;
  for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
    if (CPU_ISSET(cpu, &set)) cpus.push_back(cpu);
  }
  return cpus;
}

int my_nice() {
  errno = 0;
  const int nice = getpriority(PRIO_PROCESS, static_cast<id_t>(gettid()));
  EXPECT_EQ(errno, 0);
  return nice;
}

// Takes all rights from the calling thread alone, and any allowance from the process.
void give_up_rights_to_nice() {
  rlimit limit{};
  ASSERT_EQ(getrlimit(RLIMIT_NICE, &limit), 0);
  limit.rlim_cur = 0;
  ASSERT_EQ(setrlimit(RLIMIT_NICE, &limit), 0);
  __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
  std::array<__user_cap_data_struct, 2> none = {};
  ASSERT_EQ(syscall(SYS_capset, &header, none.data()), 0);
}

TEST(ThreadPlacementTest, DefaultsLeaveTheThreadAsItIs) {
  const std::vector<int> cpus = my_cpus();
  on_new_thread([&] {
    ASSERT_EQ(setpriority(PRIO_PROCESS, static_cast<id_t>(gettid()), kNicest), 0);
    EXPECT_TRUE(place_this_thread({}).ok());
    EXPECT_EQ(my_cpus(), cpus);
    EXPECT_EQ(my_nice(), kNicest);
  });
}

TEST(ThreadPlacementTest, EachProcessorOfTheProcessCanBeChosenForOneThread) {
  const std::vector<int> cpus = my_cpus();
  for (const int cpu : cpus) {
    on_new_thread([&] {
      EXPECT_TRUE(place_this_thread({.cpus = {cpu, cpu}}).ok());
      EXPECT_THAT(my_cpus(), ElementsAre(cpu));
      EXPECT_EQ(affinity_cpus(), 1);
    });
  }
  EXPECT_EQ(my_cpus(), cpus);
}

TEST(ThreadPlacementTest, NiceIsOfTheThreadAlone) {
  const int before = my_nice();
  on_new_thread([] {
    EXPECT_TRUE(place_this_thread({.nice = kNicest}).ok());
    EXPECT_EQ(my_nice(), kNicest);
  });
  EXPECT_EQ(my_nice(), before);
}

TEST(ThreadPlacementTest, MissingProcessorIsReportedAndTheThreadGoesOn) {
  const std::vector<int> cpus = my_cpus();
  ASSERT_THAT(cpus, Not(::testing::Contains(kNoSuchCpu)));
  on_new_thread([&] {
    const absl::Status status = place_this_thread({.cpus = {kNoSuchCpu}});
    EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
    EXPECT_THAT(std::string(status.message()),
                AllOf(HasSubstr("processors 1023: Invalid argument"), HasSubstr("cpuset")));
    EXPECT_EQ(my_cpus(), cpus);
  });
}

TEST(ThreadPlacementTest, PartlyMissingProcessorsAreReportedAndTheOthersUsed) {
  const int cpu = my_cpus().front();
  on_new_thread([&] {
    const absl::Status status = place_this_thread({.cpus = {cpu, kNoSuchCpu}});
    EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
    const std::string number = std::to_string(cpu);
    EXPECT_THAT(std::string(status.message()),
                AllOf(HasSubstr("processors " + number + ",1023; runs on " + number + ": choose")));
    EXPECT_THAT(my_cpus(), ElementsAre(cpu));
  });
}

TEST(ThreadPlacementTest, NiceWithoutTheRightIsReportedAndTheProcessorsStillChosen) {
  const int before = my_nice();
  const int cpu = my_cpus().back();
  rlimit limit{};
  ASSERT_EQ(getrlimit(RLIMIT_NICE, &limit), 0);
  on_new_thread([&] {
    give_up_rights_to_nice();
    const absl::Status status = place_this_thread({.cpus = {cpu}, .nice = -20});
    EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
    EXPECT_THAT(
        std::string(status.message()),
        AllOf(HasSubstr("cannot set nice to -20: Permission denied"), HasSubstr("CAP_SYS_NICE"),
              HasSubstr("ulimit -e 40"), Not(HasSubstr("processors"))));
    EXPECT_EQ(my_nice(), before);
    EXPECT_THAT(my_cpus(), ElementsAre(cpu));
  });
  EXPECT_EQ(setrlimit(RLIMIT_NICE, &limit), 0);
}

TEST(ThreadPlacementTest, TwoWishesUnfulfilledAreBothReported) {
  rlimit limit{};
  ASSERT_EQ(getrlimit(RLIMIT_NICE, &limit), 0);
  on_new_thread([] {
    give_up_rights_to_nice();
    const absl::Status status = place_this_thread({.cpus = {kNoSuchCpu}, .nice = -1});
    EXPECT_THAT(std::string(status.message()),
                AllOf(HasSubstr("processors 1023"), HasSubstr("nice to -1")));
  });
  EXPECT_EQ(setrlimit(RLIMIT_NICE, &limit), 0);
}

}  // namespace
}  // namespace tracebus::testing
