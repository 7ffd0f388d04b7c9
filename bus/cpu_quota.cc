// SPDX-License-Identifier: Apache-2.0
#include "tracebus/bus/cpu_quota.h"

#include <errno.h>
#include <sched.h>

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <fstream>
#include <sstream>
#include <string_view>
#include <system_error>
#include <thread>
#include <vector>

namespace tracebus {
inline namespace v1 {
namespace {

constexpr double kCpusMin = 0.01;  // a quota of 1 ms, the kernel's least, of a period of 100 ms

// Where a hierarchy of control groups is to be seen, and which of its groups stands there.
struct Mount {
  std::string root;
  std::string point;
};

// The process's group in one hierarchy, and that hierarchy's mounts.
struct Membership {
  std::string group;
  std::vector<Mount> mounts;
};

struct Memberships {
  Membership version1;  // the hierarchy that holds the cpu controller
  Membership version2;
};

// Whether list, as "rw,cpu,cpuacct", holds word.
bool holds(std::string_view list, std::string_view word) {
  while (true) {
    const std::size_t comma = list.find(',');
    if (list.substr(0, comma) == word) return true;
    if (comma == list.npos) return false;
    list.remove_prefix(comma + 1);
  }
}

// In mountinfo a space is \040, and so on.
std::string unescaped(const std::string& text) {
  std::string plain;
  for (std::size_t i = 0; i < text.size(); ++i) {
    unsigned code = 0;
    const char* const digits = text.data() + i + 1;
    const bool escape = text[i] == '\\' && i + 3 < text.size() &&
                        std::from_chars(digits, digits + 3, code, 8).ptr == digits + 3;
    plain.push_back(escape ? static_cast<char>(code) : text[i]);
    if (escape) i += 3;
  }
  return plain;
}

// Lines such as "4:cpu,cpuacct:/docker/5f" (version 1) and "0::/docker/5f" (version 2).
void read_groups(const std::string& root, Memberships& memberships) {
  std::ifstream file(root + "/proc/self/cgroup");
  for (std::string line; std::getline(file, line);) {
    const std::size_t first = line.find(':');
    const std::size_t second = line.find(':', first + 1);
    if (first == line.npos || second == line.npos) continue;
    const std::string controllers = line.substr(first + 1, second - first - 1);
    const std::string group = line.substr(second + 1);
    if (holds(controllers, "cpu")) memberships.version1.group = group;
    if (line.starts_with("0::")) memberships.version2.group = group;
  }
}

// Lines such as "31 23 0:28 /docker/5f /sys/fs/cgroup/cpu rw shared:9 - cgroup cgroup rw,cpu": the
// fourth word is the root, the fifth the point; behind the dash stand the file system's type, its
// source, and its options.
void read_mounts(const std::string& root, Memberships& memberships) {
  std::ifstream file(root + "/proc/self/mountinfo");
  for (std::string line; std::getline(file, line);) {
    const std::size_t dash = line.find(" - ");
    if (dash == line.npos) continue;
    std::istringstream before(line.substr(0, dash));
    std::istringstream behind(line.substr(dash + 3));
    std::string skipped, type, options;
    Mount mount;
    before >> skipped >> skipped >> skipped >> mount.root >> mount.point;
    behind >> type >> skipped >> options;
    mount = {unescaped(mount.root), unescaped(mount.point)};
    if (mount.point.empty()) continue;
    if (type == "cgroup" && holds(options, "cpu")) memberships.version1.mounts.push_back(mount);
    if (type == "cgroup2") memberships.version2.mounts.push_back(mount);
  }
}

// The group's directory below the mount point: "/a/b" below a mount of "/a" is "/b". Nothing if it
// is not below, or out of sight: paths of groups outside the cgroup namespace begin with "/..".
std::optional<std::string> path_below(const Mount& mount, const std::string& group) {
  const std::string prefix = mount.root == "/" ? "" : mount.root;
  if (!group.starts_with('/') || (group + "/").find("/../") != group.npos) return std::nullopt;
  if (!(group + "/").starts_with(prefix + "/")) return std::nullopt;
  const std::string below = group.substr(prefix.size());
  return below == "/" ? "" : below;
}

// The first words of a small file; empty where there are none.
struct TwoWords {
  std::string first;
  std::string second;
};

TwoWords read_words(const std::string& path) {
  std::ifstream file(path);
  TwoWords words;
  file >> words.first >> words.second;
  return words;
}

std::optional<double> ratio(const std::string& quota, const std::string& period) {
  const auto parse = [](const std::string& text) {
    std::uint64_t number = 0;
    const char* const end = text.data() + text.size();
    const auto parsed = std::from_chars(text.data(), end, number);
    return parsed.ec == std::errc() && parsed.ptr == end ? number : 0;
  };
  const std::uint64_t quota_us = parse(quota);  // "max" and "-1" say that there is none
  const std::uint64_t period_us = parse(period);
  if (quota_us == 0 || period_us == 0) return std::nullopt;
  return static_cast<double>(quota_us) / static_cast<double>(period_us);
}

std::optional<double> version1_quota(const std::string& directory) {
  return ratio(read_words(directory + "/cpu.cfs_quota_us").first,
               read_words(directory + "/cpu.cfs_period_us").first);
}

std::optional<double> version2_quota(const std::string& directory) {
  const TwoWords words = read_words(directory + "/cpu.max");
  return ratio(words.first, words.second);
}

std::optional<double> smaller(std::optional<double> a, std::optional<double> b) {
  if (!a || !b) return a ? a : b;
  return std::min(*a, *b);
}

// From the process's group up to the mount point, because each group is bound by those above it.
template <class QuotaOf>
std::optional<double> smallest_quota(const std::string& root, const Membership& membership,
                                     QuotaOf quota_of) {
  std::optional<double> smallest;
  for (const Mount& mount : membership.mounts) {
    std::optional<std::string> below = path_below(mount, membership.group);
    if (!below) continue;
    while (true) {
      smallest = smaller(smallest, quota_of(root + mount.point + *below));
      if (below->empty()) break;
      below->resize(below->rfind('/'));
    }
  }
  return smallest;
}

}  // namespace

std::optional<double> cpu_quota(const std::string& root) {
  Memberships memberships;
  read_groups(root, memberships);
  read_mounts(root, memberships);
  return smaller(smallest_quota(root, memberships.version1, version1_quota),
                 smallest_quota(root, memberships.version2, version2_quota));
}

int affinity_cpus() noexcept {
  // The kernel refuses a set that is smaller than its own, whose size it does not tell.
  constexpr int kCpusMax = 1 << 17;
  for (int cpus = CPU_SETSIZE; cpus <= kCpusMax; cpus *= 2) {
    cpu_set_t* const set = CPU_ALLOC(static_cast<std::size_t>(cpus));
    if (set == nullptr) break;
    const std::size_t bytes = CPU_ALLOC_SIZE(static_cast<std::size_t>(cpus));
    const bool known = sched_getaffinity(0, bytes, set) == 0;
    const int count = known ? CPU_COUNT_S(bytes, set) : 0;
    const bool too_small = !known && errno == EINVAL;
    CPU_FREE(set);
    if (count > 0) return count;
    if (!too_small) break;
  }
  return std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
}

double usable_cpus(const std::string& root) {
  const double cpus = affinity_cpus();
  return std::max(kCpusMin, std::min(cpus, cpu_quota(root).value_or(cpus)));
}

}  // namespace v1
}  // namespace tracebus
