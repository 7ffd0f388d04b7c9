// SPDX-License-Identifier: Apache-2.0
#include "tracebus/tests/model/memory.h"

#include <cstdio>
#include <cstdlib>

namespace tracebus::inline v1::model {

namespace {

[[noreturn]] void die_of_limit(const char* what) {
  std::fprintf(stderr, "model checker: a scenario has more %s than view.h allows\n", what);
  std::abort();
}

}  // namespace

void Memory::reset() {
  for (std::size_t i = 0; i < atoms_count_; ++i) atoms_[i].size = 0;
  atoms_count_ = 0;
  threads_ = {};
  threads_[0].now.clock[0] = 1;
  sequential_floor_ = {};
  has_sequential_ = false;
}

AtomId Memory::make_atom(ThreadId thread, std::uint64_t bits) {
  if (atoms_count_ == kAtomsMax) die_of_limit("atoms");
  if (atoms_count_ == atoms_.size()) atoms_.emplace_back();
  const AtomId atom = static_cast<AtomId>(atoms_count_++);
  atoms_[atom].maker = thread;
  atoms_[atom].made = threads_[thread].now.clock[thread];
  Store& first = append(atom);
  first.bits = bits;
  first.released = View{};
  return atom;
}

bool Memory::is_made(ThreadId thread, AtomId atom) const {
  return knows(threads_[thread].now, atoms_[atom].maker, atoms_[atom].made);
}

Memory::Store& Memory::append(AtomId atom) {
  Atom& target = atoms_[atom];
  if (target.size == kStoresMax) die_of_limit("stores to one atom");
  if (target.size == target.stores.size()) target.stores.emplace_back();
  return target.stores[target.size++];
}

StoreIndex Memory::first_readable(ThreadId thread, AtomId atom, std::memory_order order) const {
  const StoreIndex own = threads_[thread].now.floor[atom];
  return is_sequential(order) ? std::max(own, sequential_floor_[atom]) : own;
}

void Memory::load(ThreadId thread, AtomId atom, StoreIndex index, std::memory_order order) {
  Thread& reader = threads_[thread];
  reader.now.floor[atom] = std::max(reader.now.floor[atom], index);
  const View& released = atoms_[atom].stores[index].released;
  if (is_acquire(order)) {
    reader.now.join(released);
  } else {
    reader.to_acquire.join(released);
  }
  if (!is_sequential(order)) return;
  has_sequential_ = true;
  sequential_floor_[atom] = std::max(sequential_floor_[atom], index);
}

void Memory::store(ThreadId thread, AtomId atom, std::uint64_t bits, std::memory_order order) {
  Store& store = append(atom);
  store.bits = bits;
  store.released = View{};
  hand_out(thread, atom, order);
}

void Memory::update(ThreadId thread, AtomId atom, std::uint64_t bits, std::memory_order order) {
  const StoreIndex replaced = last(atom);
  load(thread, atom, replaced, order);
  Store& store = append(atom);
  store.bits = bits;
  store.released = atoms_[atom].stores[replaced].released;  // continues the release sequence
  hand_out(thread, atom, order);
}

void Memory::hand_out(ThreadId thread, AtomId atom, std::memory_order order) {
  Thread& writer = threads_[thread];
  const StoreIndex index = last(atom);
  writer.now.floor[atom] = index;
  atoms_[atom].stores[index].released.join(is_release(order) ? writer.now : writer.release_fenced);
  ++writer.now.clock[thread];
  if (!is_sequential(order)) return;
  has_sequential_ = true;
  sequential_floor_[atom] = std::max(sequential_floor_[atom], index);
}

void Memory::fence(ThreadId thread, std::memory_order order) {
  Thread& self = threads_[thread];
  if (is_acquire(order)) self.now.join(self.to_acquire);
  if (is_sequential(order)) {
    has_sequential_ = true;
    self.now.join_floors(sequential_floor_);
    sequential_floor_ = self.now.floor;
  }
  if (!is_release(order)) return;
  self.release_fenced = self.now;
  ++self.now.clock[thread];
}

std::optional<PlainFault> Memory::plain_read(ThreadId thread, PlainCell& cell) const {
  const View& view = threads_[thread].now;
  if (cell.written == 0) return PlainFault::kUninitialised;
  if (!knows(view, cell.writer, cell.written)) return PlainFault::kRace;
  cell.read[thread] = view.clock[thread];
  return std::nullopt;
}

std::optional<PlainFault> Memory::plain_write(ThreadId thread, PlainCell& cell) const {
  const View& view = threads_[thread].now;
  bool known = knows(view, cell.writer, cell.written);
  for (ThreadId reader = 0; reader < kThreadsMax; ++reader) {
    known = known && knows(view, reader, cell.read[reader]);
  }
  if (!known) return PlainFault::kRace;
  cell.writer = thread;
  cell.written = view.clock[thread];
  cell.read.fill(0);
  return std::nullopt;
}

void Memory::start(ThreadId thread) {
  threads_[thread].now = threads_[0].now;
  threads_[thread].now.clock[thread] = 1;
}

void Memory::join(ThreadId thread) { threads_[0].now.join(threads_[thread].now); }

std::uint64_t Memory::sequential_fingerprint() const {
  return has_sequential_ ? fingerprint(View{{}, sequential_floor_}) : 0;
}

std::uint64_t Memory::view_fingerprint(ThreadId thread) const {
  const Thread& self = threads_[thread];
  return mix(mix(fingerprint(self.now), fingerprint(self.to_acquire)),
             fingerprint(self.release_fenced));
}

}  // namespace tracebus::inline v1::model
