// SPDX-License-Identifier: Apache-2.0
#include "tracebus/bus/lane.h"

#include <algorithm>

namespace tracebus {
inline namespace v1 {

void Lane::add(Seat& seat) {
  places_.push_back({&seat, false});
  join_at_ = std::min(join_at_, seat.subscription().since_ticks);
}

void Lane::remove(Seat& seat) {
  if (pressed_ != nullptr) pressed_->remove(seat);
  settle();
  seat.publish();
  std::erase_if(places_, [&](const Place& place) { return place.seat == &seat; });
}

void Lane::renew(std::shared_ptr<const CallbackTable> callbacks) {
  if (places_.empty()) return pressed_->renew(std::move(callbacks));
  settle();
  Seat& seat = *places_.front().seat;
  seat.set_callbacks(std::move(callbacks));
  if (block_ == nullptr || !seat.taking()) return;
  seat.stop_taking();
  if (seat.make_room(block_->capacity)) {
    seat.take(block_, block_->used);
  } else {
    close_block();  // what comes next is missed, one by one
  }
}

// Lets in whose time has come by an event of that stamp, and out whose time has not.
void Lane::join(std::uint64_t ticks) {
  settle();
  join_at_ = kNobodyWaits;
  joined_since_ = 0;
  for (Place& place : places_) {
    if (ticks < place.since()) {
      join_at_ = std::min(join_at_, place.since());
      place.joined = false;
      place.seat->stop_taking();
      continue;
    }
    joined_since_ = std::max(joined_since_, place.since());
    if (place.joined) continue;
    place.joined = true;
    if (block_ != nullptr && place.seat->make_room(block_->capacity))
      place.seat->take(block_, block_->used);
  }
  starved_ = false;
}

// False: the record has been dealt with, there is nothing left to copy.
bool Lane::next_block(const char* record, const RecordHeader& header, std::int64_t unix_ns) {
  if (header.size > block_bytes_) {
    append_alone(record, header, unix_ns);
    return false;
  }
  if (!starved_ && open_block(block_bytes_)) return true;
  starved_ = true;
  miss(record, DropReason::kFull);
  return false;
}

bool Lane::open_block(std::size_t bytes) {
  close_block();
  bool wanted = false;
  for (Place& place : places_) {
    place.seat->stop_taking();
    if (!place.joined || bytes > place.seat->record_bytes_max()) continue;
    wanted = place.seat->make_room(bytes) || wanted;
  }
  if (!wanted) return false;
  block_ = bytes == block_bytes_ ? pool_.take(bytes) : pool_.take_alone(bytes);
  if (block_ == nullptr) return false;
  for (Place& place : places_) {
    if (!place.joined || bytes > place.seat->record_bytes_max()) continue;
    if (place.seat->make_room(bytes)) place.seat->take(block_, 0);
  }
  return true;
}

// A record larger than a block gets one of its own, where a budget can hold it at all.
void Lane::append_alone(const char* record, const RecordHeader& header, std::int64_t unix_ns) {
  settle();
  const std::size_t bytes = BlockPool::block_bytes_of(header.size);
  const bool opened = open_block(bytes);
  if (opened) copy(record, header.size, unix_ns);
  appended_bytes_ = 0;
  for (Place& place : places_) {
    if (!place.joined) continue;
    Seat& seat = *place.seat;
    if (seat.taking()) {
      seat.settle(1, header.size);
      continue;
    }
    const bool fits = bytes <= seat.record_bytes_max();
    const DropReason reason = fits ? DropReason::kFull : DropReason::kTooBig;
    if (seat.callbacks() != nullptr) {
      seat.count_missed_by_callbacks(record, reason);
    } else {
      seat.channel().matched.add(1);
      seat.subscription().drops.add(reason, 1);
    }
  }
  close_block();
  for (Place& place : places_) place.seat->stop_taking();
}

void Lane::close_block() noexcept {
  settle();
  if (block_ != nullptr) pool_.drop_reference(block_);
  block_ = nullptr;
}

// No seat takes the record. Seats that count by events learn of it by settle; callbacks one by one.
void Lane::miss(const char* record, DropReason reason) noexcept {
  ++appended_;
  for (Place& place : places_) {
    if (place.seat->callbacks() != nullptr) place.seat->count_missed_by_callbacks(record, reason);
  }
}

// What has to be looked at before an event is copied; whether it then is.
bool Lane::admit(const char* record, const RecordHeader& header, std::int64_t unix_ns,
                 Admission admission) {
  if (pressed_ != nullptr && !pressed_->places_.empty()) {
    if (admission.verbose) {
      pressed_->refuse(record, DropReason::kVerbose);
    } else {
      pressed_->append(record, header, unix_ns, admission);
    }
  }
  if (places_.empty()) return false;
  if (!admission.gave_up || !places_.front().seat->gate_closed()) return true;
  refuse(record, DropReason::kBlockTimeout);
  return false;
}

void Lane::refuse(const char* record, DropReason reason) noexcept {
  const std::uint64_t ticks = reinterpret_cast<const RecordHeader*>(record)->ticks;
  for (const Place& place : places_) {
    if (!place.joined || ticks < place.since()) continue;
    if (place.seat->callbacks() != nullptr) {
      place.seat->count_missed_by_callbacks(record, reason);
    } else {
      place.seat->channel().matched.add(1);
      place.seat->subscription().drops.add(reason, 1);
    }
  }
}

// Moves seats between this lane and the pressed one.
void Lane::relieve() {
  for (std::size_t i = 0; i < places_.size();) {
    if (!places_[i].joined || !places_[i].seat->pressed()) {
      ++i;
      continue;
    }
    if (pressed_ == nullptr) pressed_ = std::make_unique<Lane>(pool_, block_bytes_, false);
    move(i, *pressed_);
  }
  if (pressed_ == nullptr) return;
  for (std::size_t i = 0; i < pressed_->places_.size();) {
    if (pressed_->places_[i].joined && pressed_->places_[i].seat->relaxed()) {
      pressed_->move(i, *this);
    } else {
      ++i;
    }
  }
}

void Lane::move(std::size_t place, Lane& to) {
  settle();
  to.settle();
  Seat& seat = *places_[place].seat;
  seat.stop_taking();
  to.joined_since_ = std::max(to.joined_since_, places_[place].since());
  places_.erase(places_.begin() + static_cast<std::ptrdiff_t>(place));
  if (places_.empty()) close_block();
  to.places_.push_back({&seat, true});
  if (to.block_ != nullptr && seat.make_room(to.block_->capacity)) {
    seat.take(to.block_, to.block_->used);
  }
}

void Lane::settle() noexcept {
  if (appended_ == 0) return;
  for (Place& place : places_) {
    if (place.joined) place.seat->settle(appended_, appended_bytes_);
  }
  appended_ = 0;
  appended_bytes_ = 0;
}

void Lane::begin_pass() {
  starved_ = false;
  if (pressed_ != nullptr) pressed_->begin_pass();
  for (Place& place : places_) {
    place.seat->reap();
    if (block_ == nullptr || !place.joined || place.seat->taking()) continue;
    settle();
    if (place.seat->make_room(block_->capacity)) place.seat->take(block_, block_->used);
  }
  if (sheds_) relieve();
}

void Lane::publish(std::uint64_t bound) {
  settle();
  if (bound >= join_at_) join(bound);
  for (Place& place : places_) place.seat->publish();
  if (pressed_ != nullptr) pressed_->publish(bound);
}

void Lane::wake_workers() noexcept {
  for (Place& place : places_) place.seat->wake_if_due();
  if (pressed_ != nullptr) pressed_->wake_workers();
}

void Lane::ask_flush(std::uint64_t epoch) noexcept {
  for (Place& place : places_) place.seat->ask_flush(epoch);
  if (pressed_ != nullptr) pressed_->ask_flush(epoch);
}

}  // namespace v1
}  // namespace tracebus
