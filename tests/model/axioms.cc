// SPDX-License-Identifier: Apache-2.0
#include "tracebus/tests/model/axioms.h"

#include <algorithm>
#include <array>

namespace tracebus::inline v1::model {

namespace {

constexpr std::uint32_t kEventsMax = 16;

// A set of pairs of events.
struct Relation {
  std::array<std::uint32_t, kEventsMax> row{};

  void add(std::size_t from, std::size_t to) { row[from] |= 1u << to; }
  bool has(std::size_t from, std::size_t to) const { return (row[from] >> to & 1) != 0; }
  Relation operator|(const Relation& other) const {
    Relation sum = *this;
    for (std::size_t i = 0; i < kEventsMax; ++i) sum.row[i] |= other.row[i];
    return sum;
  }
  // The transitive closure.
  Relation closed() const {
    Relation result = *this;
    for (std::size_t via = 0; via < kEventsMax; ++via) {
      for (std::size_t from = 0; from < kEventsMax; ++from) {
        if (result.has(from, via)) result.row[from] |= result.row[via];
      }
    }
    return result;
  }
  bool is_acyclic() const {
    const Relation all = closed();
    for (std::size_t i = 0; i < kEventsMax; ++i) {
      if (all.has(i, i)) return false;
    }
    return true;
  }
};

struct Event {
  Instruction instruction;
  std::size_t thread;

  bool is(Kind kind) const { return instruction.kind == kind; }
  bool reads() const { return is(Kind::kLoad) || is(Kind::kExchange); }
  bool writes() const { return is(Kind::kStore) || is(Kind::kExchange); }
  bool is_plain() const { return is(Kind::kPlainRead) || is(Kind::kPlainWrite); }
  bool ordered(std::initializer_list<std::memory_order> orders) const {
    return std::find(orders.begin(), orders.end(), instruction.order) != orders.end();
  }
  bool acquires() const {
    return (reads() || is(Kind::kFence)) &&
           ordered({std::memory_order_acquire, std::memory_order_acq_rel,
                    std::memory_order_seq_cst});
  }
  bool releases() const {
    return (writes() || is(Kind::kFence)) &&
           ordered({std::memory_order_release, std::memory_order_acq_rel,
                    std::memory_order_seq_cst});
  }
  bool sequential() const { return !is_plain() && ordered({std::memory_order_seq_cst}); }
};

// All wirings of one program. Events 0 and 1 are the initial stores of the two atoms.
class Judge {
 public:
  explicit Judge(const Program& program) {
    for (std::uint32_t i = 0; i < kLocations; ++i) {
      events_.push_back({{Kind::kStore, std::memory_order_relaxed, i, 0}, program.size()});
    }
    for (std::size_t thread = 0; thread < program.size(); ++thread) {
      for (const Instruction& instruction : program[thread]) {
        events_.push_back({instruction, thread});
      }
    }
    for (std::size_t a = 0; a < events_.size(); ++a) {
      for (std::size_t b = std::max<std::size_t>(a + 1, kLocations); b < events_.size(); ++b) {
        if (a < kLocations || events_[a].thread == events_[b].thread) sequenced_.add(a, b);
      }
    }
  }

  Verdicts judge() {
    wire_writes(0);
    return verdicts_;
  }

 private:
  std::vector<std::size_t> writes_to(std::uint32_t location) const {
    std::vector<std::size_t> writes;
    for (std::size_t i = kLocations; i < events_.size(); ++i) {
      if (events_[i].writes() && events_[i].instruction.location == location) writes.push_back(i);
    }
    return writes;
  }

  // Every modification order of each location, the initial store first.
  void wire_writes(std::uint32_t location) {
    if (location == kLocations) {
      wire_reads(kLocations);
      return;
    }
    std::vector<std::size_t> writes = writes_to(location);
    do {
      modification_[location] = {location};
      auto& order = modification_[location];
      order.insert(order.end(), writes.begin(), writes.end());
      wire_writes(location + 1);
    } while (std::next_permutation(writes.begin(), writes.end()));
  }

  void wire_reads(std::size_t event) {
    if (event == events_.size()) {
      decide();
      return;
    }
    if (!events_[event].reads()) {
      wire_reads(event + 1);
      return;
    }
    const auto& order = modification_[events_[event].instruction.location];
    for (std::size_t i = 0; i < order.size(); ++i) {
      if (order[i] == event) continue;
      // Atomicity: a read-modify-write reads what it replaces.
      const bool replaced = i + 1 < order.size() && order[i + 1] == event;
      if (events_[event].is(Kind::kExchange) && !replaced) continue;
      source_[event] = order[i];
      wire_reads(event + 1);
    }
  }

  void decide() {
    Relation reads_from, modified, coherent;
    relate(reads_from, modified, coherent);
    const Relation happens = (sequenced_ | synchronised()).closed();
    for (std::size_t a = 0; a < events_.size(); ++a) {
      for (std::size_t b = 0; b < events_.size(); ++b) {
        if (happens.has(a, b) && (a == b || coherent.has(b, a))) return;
      }
    }
    const Relation sequential = sequential_order(happens, coherent);
    if (!(sequenced_ | reads_from | modified | sequential).is_acyclic()) return;
    verdicts_.racy = verdicts_.racy || has_race(happens);
    std::string outcome;
    for (std::size_t i = 0; i < events_.size(); ++i) {
      if (!events_[i].reads()) continue;
      outcome += std::to_string(events_[source_[i]].instruction.value) + " ";
    }
    verdicts_.outcomes.insert(outcome);
  }

  // Reads-from, modification order, and coherence order: both of them and from-read, closed.
  void relate(Relation& reads_from, Relation& modified, Relation& coherent) const {
    Relation from_read;
    for (const auto& order : modification_) {
      for (std::size_t i = 0; i < order.size(); ++i) {
        for (std::size_t j = i + 1; j < order.size(); ++j) modified.add(order[i], order[j]);
      }
    }
    for (std::size_t i = 0; i < events_.size(); ++i) {
      if (!events_[i].reads()) continue;
      reads_from.add(source_[i], i);
      for (std::size_t later = 0; later < events_.size(); ++later) {
        if (later != i && modified.has(source_[i], later)) from_read.add(i, later);
      }
    }
    coherent = (reads_from | modified | from_read).closed();
  }

  Relation synchronised() const {
    Relation result;
    for (std::size_t read = 0; read < events_.size(); ++read) {
      if (!events_[read].reads()) continue;
      // Back through the release sequence: from an exchange to what it replaced.
      for (std::size_t write = source_[read];; write = source_[write]) {
        for (const std::size_t from : ends(write, true)) {
          for (const std::size_t to : ends(read, false)) result.add(from, to);
        }
        if (!events_[write].is(Kind::kExchange)) break;
      }
    }
    return result;
  }

  // The events that synchronise through access: itself, and fences before or after it.
  std::vector<std::size_t> ends(std::size_t access, bool release) const {
    std::vector<std::size_t> result;
    for (std::size_t i = kLocations; i < events_.size(); ++i) {
      const bool placed = release ? sequenced_.has(i, access) : sequenced_.has(access, i);
      const bool strong = release ? events_[i].releases() : events_[i].acquires();
      if (strong && (i == access || (placed && events_[i].is(Kind::kFence)))) result.push_back(i);
    }
    return result;
  }

  // [atomics.order] paragraph 4: what coherence demands of the order of seq_cst operations.
  Relation sequential_order(const Relation& happens, const Relation& coherent) const {
    Relation result;
    for (std::size_t a = 0; a < events_.size(); ++a) {
      for (std::size_t b = 0; b < events_.size(); ++b) {
        if (!coherent.has(a, b)) continue;
        for (std::size_t x = 0; x < events_.size(); ++x) {
          const bool first = x == a || (events_[x].is(Kind::kFence) && happens.has(x, a));
          if (!events_[x].sequential() || !first) continue;
          add_seconds(result, x, b, happens);
        }
      }
    }
    return result;
  }
  void add_seconds(Relation& result, std::size_t x, std::size_t b, const Relation& happens) const {
    for (std::size_t y = 0; y < events_.size(); ++y) {
      const bool second = y == b || (events_[y].is(Kind::kFence) && happens.has(b, y));
      if (events_[y].sequential() && second) result.add(x, y);
    }
  }

  bool has_race(const Relation& happens) const {
    for (std::size_t a = 0; a < events_.size(); ++a) {
      for (std::size_t b = 0; b < events_.size(); ++b) {
        const bool conflict = events_[a].is(Kind::kPlainWrite) && events_[b].is_plain() &&
                              events_[a].thread != events_[b].thread;
        const bool unordered = !happens.has(a, b) && !happens.has(b, a);
        if (conflict && unordered && is_performed(a) && is_performed(b)) return true;
      }
    }
    return false;
  }

  bool is_performed(std::size_t plain) const {
    for (std::size_t i = plain; i-- > kLocations && events_[i].thread == events_[plain].thread;) {
      if (events_[i].reads()) return events_[source_[i]].instruction.value != 0;
    }
    return true;
  }

  std::vector<Event> events_;
  Relation sequenced_;
  std::array<std::vector<std::size_t>, kLocations> modification_;
  std::array<std::size_t, kEventsMax> source_{};
  Verdicts verdicts_;
};

}  // namespace

Verdicts judge(const Program& program) { return Judge(program).judge(); }

std::string to_text(const Program& program) {
  static constexpr std::array<const char*, 6> kKinds = {"load",  "store",      "exchange",
                                                        "fence", "plain read", "plain write"};
  static constexpr std::array<const char*, 6> kOrders = {"relaxed", "consume", "acquire",
                                                         "release", "acq_rel", "seq_cst"};
  std::string text;
  for (std::size_t thread = 0; thread < program.size(); ++thread) {
    text += "thread " + std::to_string(thread) + "\n";
    for (const Instruction& instruction : program[thread]) {
      text += std::string("  ") + kKinds[static_cast<std::size_t>(instruction.kind)] + " of " +
              std::to_string(instruction.location) + ", value " +
              std::to_string(instruction.value) + ", " +
              kOrders[static_cast<std::size_t>(instruction.order)] + "\n";
    }
  }
  return text;
}

}  // namespace tracebus::inline v1::model
