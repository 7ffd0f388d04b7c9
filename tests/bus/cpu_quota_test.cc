// SPDX-License-Identifier: Apache-2.0
//
// Trees of proc and sys as containers have them, made of files.
#include "tracebus/bus/cpu_quota.h"

#include <gtest/gtest.h>
#include <sched.h>

#include <filesystem>
#include <fstream>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <thread>

namespace tracebus::testing {
namespace {

namespace fs = std::filesystem;

constexpr const char* kMountVersion2 =
    "24 1 0:21 / /proc rw,relatime - proc proc rw\n"
    "31 23 0:28 / /sys/fs/cgroup rw,nosuid shared:9 master:4 - cgroup2 cgroup2 rw,nsdelegate\n";

class CpuQuotaTest : public ::testing::Test {
 protected:
  CpuQuotaTest()
      : root_(fs::path(::testing::TempDir()) /
              ("cpu_quota_" + std::to_string(std::random_device()()))) {
    fs::create_directories(root_);
  }
  ~CpuQuotaTest() override { fs::remove_all(root_); }

  void write(const std::string& path, std::string_view text) const {
    const fs::path file = root_ / path;
    fs::create_directories(file.parent_path());
    std::ofstream(file, std::ios::binary) << text;
  }
  void write_process(std::string_view cgroup, std::string_view mountinfo) const {
    write("proc/self/cgroup", cgroup);
    write("proc/self/mountinfo", mountinfo);
  }
  std::optional<double> quota() const { return cpu_quota(root_.string()); }

  const fs::path root_;
};

TEST_F(CpuQuotaTest, Version2OfAContainerWithItsOwnNamespace) {
  write_process("0::/\n", kMountVersion2);
  write("sys/fs/cgroup/cpu.max", "150000 100000\n");
  EXPECT_EQ(quota(), 1.5);
}

TEST_F(CpuQuotaTest, LessThanOneProcessor) {
  write_process("0::/\n", kMountVersion2);
  write("sys/fs/cgroup/cpu.max", "25000 100000\n");
  EXPECT_EQ(quota(), 0.25);
  EXPECT_EQ(usable_cpus(root_.string()), 0.25);
}

TEST_F(CpuQuotaTest, MaxIsNoQuota) {
  write_process("0::/\n", kMountVersion2);
  write("sys/fs/cgroup/cpu.max", "max 100000\n");
  EXPECT_EQ(quota(), std::nullopt);
}

TEST_F(CpuQuotaTest, SmallestOfTheParentsBinds) {
  write_process("0::/a/b/c\n", kMountVersion2);
  write("sys/fs/cgroup/cpu.max", "900000 100000\n");
  write("sys/fs/cgroup/a/cpu.max", "300000 100000\n");
  write("sys/fs/cgroup/a/b/cpu.max", "max 100000\n");
  write("sys/fs/cgroup/a/b/c/cpu.max", "400000 100000\n");
  EXPECT_EQ(quota(), 3);
  write("sys/fs/cgroup/cpu.max", "200000 100000\n");
  EXPECT_EQ(quota(), 2);
  write("sys/fs/cgroup/a/b/c/cpu.max", "50000 100000\n");
  EXPECT_EQ(quota(), 0.5);
}

TEST_F(CpuQuotaTest, OtherGroupsDoNotBind) {
  write_process("0::/a\n", kMountVersion2);
  write("sys/fs/cgroup/a/cpu.max", "max 100000\n");
  write("sys/fs/cgroup/a/child/cpu.max", "10000 100000\n");
  write("sys/fs/cgroup/b/cpu.max", "10000 100000\n");
  EXPECT_EQ(quota(), std::nullopt);
}

TEST_F(CpuQuotaTest, Version1BesideAnUnusedVersion2) {
  write_process("4:cpu,cpuacct:/docker/5f\n1:name=systemd:/x\n0::/system\n",
                "33 31 0:30 /docker/5f /sys/fs/cgroup/cpu,cpuacct ro - cgroup cgroup "
                "rw,cpu,cpuacct\n"
                "35 31 0:32 / /sys/fs/cgroup/unified ro - cgroup2 cgroup2 rw\n");
  write("sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us", "50000\n");
  write("sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us", "20000\n");
  EXPECT_EQ(quota(), 2.5);
  write("sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us", "-1\n");
  EXPECT_EQ(quota(), std::nullopt);
}

TEST_F(CpuQuotaTest, Version1OfOtherControllersIsIgnored) {
  write_process("4:cpu:/job\n3:cpuset:/set\n",
                "33 31 0:30 / /cpu ro - cgroup cgroup rw,cpu\n"
                "34 31 0:31 / /cpuset ro - cgroup cgroup rw,cpuset\n");
  for (const std::string directory : {"cpuset", "cpuset/job", "cpu/set"}) {
    write(directory + "/cpu.cfs_quota_us", "100000\n");
    write(directory + "/cpu.cfs_period_us", "100000\n");
  }
  EXPECT_EQ(quota(), std::nullopt);
  write("cpu/job/cpu.cfs_quota_us", "300000\n");
  write("cpu/job/cpu.cfs_period_us", "100000\n");
  EXPECT_EQ(quota(), 3);
}

TEST_F(CpuQuotaTest, Version1OfAGroupBelowTheMount) {
  write_process("4:cpu:/docker/5f/job\n",
                "33 31 0:30 /docker/5f /sys/fs/cgroup/cpu ro - cgroup cgroup rw,cpu\n");
  write("sys/fs/cgroup/cpu/cpu.cfs_quota_us", "300000\n");
  write("sys/fs/cgroup/cpu/cpu.cfs_period_us", "100000\n");
  write("sys/fs/cgroup/cpu/job/cpu.cfs_quota_us", "100000\n");
  write("sys/fs/cgroup/cpu/job/cpu.cfs_period_us", "100000\n");
  EXPECT_EQ(quota(), 1);
}

TEST_F(CpuQuotaTest, BothVersionsTheSmallerBinds) {
  write_process("4:cpu:/\n0::/\n",
                "33 31 0:30 / /v1 ro - cgroup cgroup rw,cpu\n"
                "35 31 0:32 / /v2 ro - cgroup2 cgroup2 rw\n");
  write("v1/cpu.cfs_quota_us", "300000\n");
  write("v1/cpu.cfs_period_us", "100000\n");
  write("v2/cpu.max", "400000 100000\n");
  EXPECT_EQ(quota(), 3);
  write("v2/cpu.max", "200000 100000\n");
  EXPECT_EQ(quota(), 2);
}

TEST_F(CpuQuotaTest, MountPointsWithSpacesAreUnescaped) {
  write_process("0::/a b\\x\n", "35 31 0:32 / /my\\040groups ro - cgroup2 cgroup2 rw\n");
  write("my groups/a b\\x/cpu.max", "200000 100000\n");
  EXPECT_EQ(quota(), 2);
}

// A mount of a group that the process is not in says nothing about the process.
TEST_F(CpuQuotaTest, MountOfAnotherGroupIsIgnored) {
  write_process("0::/docker/5f0\n", "35 31 0:32 /docker/5f /sys ro - cgroup2 cgroup2 rw\n");
  write("sys/cpu.max", "100000 100000\n");
  write("sys/0/cpu.max", "100000 100000\n");
  write("sys0/cpu.max", "100000 100000\n");
  EXPECT_EQ(quota(), std::nullopt);
}

TEST_F(CpuQuotaTest, GroupOutsideTheNamespaceIsIgnored) {
  write_process("0::/../other\n", kMountVersion2);
  write("sys/fs/cgroup/cpu.max", "100000 100000\n");
  write("sys/fs/other/cpu.max", "100000 100000\n");
  EXPECT_EQ(quota(), std::nullopt);
}

TEST_F(CpuQuotaTest, MissingFilesAreNoQuota) {
  EXPECT_EQ(quota(), std::nullopt);
  write("proc/self/cgroup", "0::/\n");
  EXPECT_EQ(quota(), std::nullopt);
  write_process("0::/\n", kMountVersion2);
  EXPECT_EQ(quota(), std::nullopt);
  EXPECT_EQ(usable_cpus(root_.string()), affinity_cpus());
}

TEST_F(CpuQuotaTest, OddQuotasAreNoQuota) {
  write_process("0::/\n", kMountVersion2);
  for (const std::string_view text :
       {"", "\n", "100000", "0 100000", "100000 0", "-1 100000", "1e5 100000", "100000 -100000",
        "99999999999999999999 100000", "100000x 100000", "\xff\xfe 1"}) {
    write("sys/fs/cgroup/cpu.max", text);
    EXPECT_EQ(quota(), std::nullopt) << text;
  }
  fs::remove(root_ / "sys/fs/cgroup/cpu.max");
  fs::create_directory(root_ / "sys/fs/cgroup/cpu.max");
  EXPECT_EQ(quota(), std::nullopt);
}

TEST_F(CpuQuotaTest, OddProcessFilesAreNoQuota) {
  write("sys/fs/cgroup/cpu.max", "100000 100000\n");
  for (const std::string_view groups : {"", "0", "0:", "0::", "0::a", "::/", ":cpu", "\n\n"}) {
    write_process(groups, kMountVersion2);
    EXPECT_EQ(quota(), std::nullopt) << groups;
  }
  for (const std::string_view mounts :
       {"", "-", " - ", " - cgroup2", "1 2 3 - cgroup2 cgroup2 rw", "1 2 3 / - cgroup2 x rw"}) {
    write_process("0::/\n", mounts);
    EXPECT_EQ(quota(), std::nullopt) << mounts;
  }
}

// Oracle: it returns, and a quota is positive.
TEST_F(CpuQuotaTest, RandomFilesAreReadOrIgnored) {
  constexpr unsigned kSeed = 77001;
  constexpr std::string_view kAlphabet("0123 :/,.\\-\n\0acgroup2 - ", 25);
  std::mt19937 random(kSeed);
  const auto mutated = [&](std::string text) {
    for (std::size_t changes = random() % 6; changes > 0; --changes) {
      const std::size_t at = random() % text.size();
      text[at] = kAlphabet[random() % kAlphabet.size()];
    }
    text.resize(text.size() - random() % 3);
    return text;
  };
  for (int round = 0; round < 500; ++round) {
    write_process(mutated("4:cpu:/a\n0::/a/b\n"),
                  mutated("33 31 0:30 /a /v1 ro - cgroup cgroup rw,cpu\n"
                          "35 31 0:32 / /v2 ro - cgroup2 cgroup2 rw\n"));
    write("v1/cpu.cfs_quota_us", mutated("300000\n"));
    write("v1/cpu.cfs_period_us", mutated("100000\n"));
    write("v2/a/b/cpu.max", mutated("400000 100000\n"));
    ASSERT_GT(quota().value_or(1), 0) << "seed " << kSeed << ", round " << round;
  }
}

TEST_F(CpuQuotaTest, TheQuotaIsNoMoreThanTheAffinity) {
  write_process("0::/\n", kMountVersion2);
  write("sys/fs/cgroup/cpu.max", "102400000 100000\n");
  EXPECT_EQ(quota(), 1024);
  EXPECT_EQ(usable_cpus(root_.string()), affinity_cpus());
}

TEST_F(CpuQuotaTest, AffinityIsOfTheCallingThread) {
  std::thread([&] {
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(static_cast<std::size_t>(sched_getcpu()), &one);
    ASSERT_EQ(sched_setaffinity(0, sizeof one, &one), 0);
    EXPECT_EQ(affinity_cpus(), 1);
    EXPECT_EQ(usable_cpus(root_.string()), 1);
  }).join();
}

TEST_F(CpuQuotaTest, OfThisMachineIsPositive) {
  EXPECT_GT(usable_cpus(), 0);
  EXPECT_LE(usable_cpus(), affinity_cpus());
}

}  // namespace
}  // namespace tracebus::testing
