// SPDX-License-Identifier: Apache-2.0
//
// How a TraceStore follows a file that grows.
#include <utility>

#include "tracebus/readers/jsonl_reader.h"
#include "tracebus/studio/event_problems.h"
#include "tracebus/studio/followed_file.h"
#include "tracebus/studio/trace_store.h"

namespace tracebus {
inline namespace v1 {
namespace {

constexpr std::size_t kPollEvents = 256;  // under one lock

// Adds what a piece of the file gave; its lines and offsets count from the piece.
void add_account(ReadAccount& sum, const ReadAccount& piece, const FollowedFile& file) {
  sum.lines += piece.lines;
  sum.blank_lines += piece.blank_lines;
  sum.events += piece.events;
  sum.repaired += piece.repaired;
  for (const ReadProblem& problem : piece.problems) {
    sum.add_problem(
        {problem.line - 1 + file.line(), problem.offset + file.offset(), problem.message});
  }
  sum.bad_lines += piece.bad_lines - piece.problems.size();
}

}  // namespace

absl::Status TraceStore::follow(const std::string& path) {
  auto file = FollowedFile::open(path);
  if (!file.ok()) return file.status();
  const std::lock_guard loading_lock(loading_mutex_);
  followed_ = *std::move(file);
  const std::unique_lock lock(mutex_);
  table_->begin_source();
  return absl::OkStatus();
}

absl::StatusOr<PollReport> TraceStore::poll(std::vector<std::uint64_t>* numbers) {
  const std::lock_guard loading_lock(loading_mutex_);
  if (!followed_) return absl::FailedPreconditionError("no file is followed: call follow first");
  PollReport report;
  while (!report.has_more) {
    const absl::StatusOr<std::string_view> lines = followed_->next();
    if (!lines.ok()) return lines.status();
    report.restarts = followed_->restarts();
    if (lines->empty()) break;
    const auto reader = read_jsonl(*lines);
    ReadAccount problems;
    for (bool goes_on = true; goes_on;) {
      const std::unique_lock lock(mutex_);
      for (std::size_t left = kPollEvents; goes_on && left != 0; --left) {
        const TraceEvent* const event = reader->next();
        goes_on = event != nullptr;
        if (!goes_on) break;
        const std::uint64_t duplicates = table_->duplicates();
        const std::uint64_t number = table_->append(*event, true);
        report.duplicates += table_->duplicates() - duplicates;
        add_event_problem(problems, *table_, reader->account());
        if (numbers != nullptr) numbers->push_back(number);
      }
      table_->keep_within(options_.bytes_max);
    }
    report.bytes += lines->size();
    report.spans += reader->account().events;
    add_account(report.account, with_problems(reader->account(), problems), *followed_);
    report.has_more = report.bytes >= kPollBytesMax;
  }
  report.is_pipe = followed_->is_pipe();
  report.has_ended = !report.has_more && followed_->has_ended();
  return report;
}

}  // namespace v1
}  // namespace tracebus
