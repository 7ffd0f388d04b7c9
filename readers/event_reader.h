// SPDX-License-Identifier: Apache-2.0
//
// EventReader: recorded events come back, one at a time, with an account of what could not be read.
#ifndef TRACEBUS_READERS_EVENT_READER_H_
#define TRACEBUS_READERS_EVENT_READER_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "tracebus/core/event.h"

namespace tracebus {
inline namespace v1 {

struct ReadProblem {
  std::uint64_t line = 0;    // from 1; 0 where the format has no lines
  std::uint64_t offset = 0;  // in bytes, of what was skipped
  std::string message;
};

struct ReadAccount {
  static constexpr std::size_t kProblemsMax = 1000;

  std::uint64_t lines = 0;  // blank ones included; 0 where the format has no lines
  std::uint64_t blank_lines = 0;
  std::uint64_t events = 0;
  std::uint64_t bad_lines = 0;        // lines, records, or parts of a line that were skipped
  std::uint64_t repaired = 0;         // events among `events` that were read only after a repair
  std::vector<ReadProblem> problems;  // one a skipped part, the first kProblemsMax

  void add_problem(ReadProblem problem) {
    ++bad_lines;
    if (problems.size() < kProblemsMax) problems.push_back(std::move(problem));
  }
};

// Readers never stop at damage: what cannot be read is counted, listed and skipped.
// Thread safety: a reader belongs to one thread at a time.
class EventReader {
 public:
  EventReader() = default;
  EventReader(const EventReader&) = delete;
  EventReader& operator=(const EventReader&) = delete;
  virtual ~EventReader() = default;

  // The next event, or null at the end. Borrowed, with all it points to, until the next call.
  virtual const TraceEvent* next() = 0;

  // Of what was read so far.
  virtual const ReadAccount& account() const noexcept = 0;
};

}  // namespace v1
}  // namespace tracebus

#endif  // TRACEBUS_READERS_EVENT_READER_H_
