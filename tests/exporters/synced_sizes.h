// SPDX-License-Identifier: Apache-2.0
//
// SyncedSizes: how much of each file an fsync has reached, so that the rest can be lost as Linux
// loses it: after an fsync that failed, pages that could not be written count as clean, and are
// gone once memory runs short. The file then reads as before, or as NUL bytes, or as shorter.
// Renames are taken to be on the disk at once.
#ifndef TRACEBUS_TESTS_EXPORTERS_SYNCED_SIZES_H_
#define TRACEBUS_TESTS_EXPORTERS_SYNCED_SIZES_H_

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <set>
#include <string>

namespace tracebus::testing {

enum class Loss { kNothing, kHole, kCutOff };

class SyncedSizes {
 public:
  // What was there before is on the disk.
  void opened(int descriptor) {
    const struct stat found = look_at(descriptor);
    const auto [place, is_new] = sizes_.try_emplace(found.st_ino, found.st_size);
    // A new file may have the number of one that is gone.
    if (found.st_size == 0) failed_.erase(found.st_ino);
    place->second = std::min(place->second, found.st_size);
  }
  void synced(int descriptor) {
    const struct stat found = look_at(descriptor);
    sizes_[found.st_ino] = found.st_size;
  }
  void truncated(int descriptor) {
    const struct stat found = look_at(descriptor);
    sizes_[found.st_ino] = std::min(sizes_[found.st_ino], found.st_size);
  }

  // Whether an fsync of this file failed before.
  bool is_failed(int descriptor) const { return failed_.contains(look_at(descriptor).st_ino); }
  void failed(int descriptor, Loss loss) {
    const struct stat found = look_at(descriptor);
    failed_.insert(found.st_ino);
    if (loss == Loss::kNothing) return;
    const off_t kept = sizes_.at(found.st_ino);
    check(::ftruncate(descriptor, kept) == 0);
    if (loss == Loss::kHole) check(::ftruncate(descriptor, found.st_size) == 0);
  }
  void cut_all(const std::string& folder) const {
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
      struct stat found = {};
      check(::stat(entry.path().c_str(), &found) == 0);
      const auto known = sizes_.find(found.st_ino);
      if (known == sizes_.end()) continue;
      check(::truncate(entry.path().c_str(), std::min(known->second, found.st_size)) == 0);
    }
  }

 private:
  static void check(bool ok) {
    if (!ok) std::abort();
  }
  static struct stat look_at(int descriptor) {
    struct stat found = {};
    check(::fstat(descriptor, &found) == 0);
    return found;
  }

  std::map<ino_t, off_t> sizes_;  // by inode, of one file system
  std::set<ino_t> failed_;
};

}  // namespace tracebus::testing

#endif  // TRACEBUS_TESTS_EXPORTERS_SYNCED_SIZES_H_
