// SPDX-License-Identifier: Apache-2.0
//
// Flush: from those who ask, through the dispatcher, to the worker and back (bus/dispatcher.h,
// bus/worker.h).
//
// Each flusher emits an event, asks for a flush, and waits for its epoch. The dispatcher reads the
// request, then the rings' ends, queues what it found, evicts at times, and passes the request on
// beside the queue. Whether the worker is woken for events is left open: a flush must not depend on
// it. Asked to flush, the worker delivers what is queued, flushes the exporter, and answers.
//
// Safety: when a flush returns, each event that its flusher had emitted before is settled, and what
// of it was delivered the exporter has flushed.
// Liveness, under weak fairness: every flush returns.
//
// BROKEN=1: the dispatcher reads the rings' ends before the request.
// BROKEN=2: the worker answers the newest request, not the one that it looked at.
// BROKEN=3: the dispatcher passes a request on without waking the worker.
#ifndef BROKEN
#define BROKEN 0
#endif

#define FLUSHERS 2

byte tail;     // events emitted, in all rings
byte asked;    // the newest epoch asked for
byte admitted; // events that the dispatcher has queued, which is all it took
byte front;    // events settled: claimed by the worker, or evicted
bool claimed;  // the worker has a batch with the exporter
byte settled;  // events whose fate is counted
byte flushed_by_exporter;

// The ticket beside the queue.
byte flush_number;
byte flush_epoch;
byte flushed;

byte returned;

// The worker's sleep: an event count, whose own protocol parking.pml checks.
byte wakes;

proctype flusher() {
  byte before;
  byte epoch;
  atomic {
    tail++;
    before = tail
  }
  atomic {
    asked++;
    epoch = asked
  }
  (flushed >= epoch);
  assert(settled >= before && flushed_by_exporter >= before);
  returned++
}

proctype dispatcher() {
  byte request;
  byte end;
  byte passed_on;
  do
  :: returned == FLUSHERS -> break
  :: asked != passed_on || tail != admitted ->
#if BROKEN == 1
     end = tail;
     request = asked;
#else
     request = asked;
     end = tail;
#endif
     admitted = end;
     if
     :: wakes++ // its mark is reached
     :: skip
     fi;
     if
     :: atomic {
          // Drop-oldest: what no worker has claimed.
          !claimed && front < admitted -> front++;
          settled = front
        }
     :: skip
     fi;
     if
     :: request != passed_on ->
        flush_number = admitted;
        flush_epoch = request;
#if BROKEN != 3
        wakes++;
#endif
        passed_on = request
     :: else
     fi;
     request = 0;
     end = 0
  od
}

proctype worker() {
  byte epoch;
  byte key;
  do
  :: returned == FLUSHERS -> break
  :: else ->
     key = wakes;
     epoch = flush_epoch;
     if
     :: epoch != flushed && front >= flush_number ->
        flushed_by_exporter = settled;
#if BROKEN == 2
        flushed = flush_epoch
#else
        flushed = epoch
#endif
     :: epoch != flushed && front < admitted ->
        atomic {
          if
          :: front < admitted ->
             claimed = true;
             front = admitted
          :: else // evicted meanwhile
          fi
        }
        // The exporter has them now.
        atomic {
          if
          :: claimed ->
             settled = front;
             claimed = false
          :: else
          fi
        }
     :: else ->
        (wakes != key || returned == FLUSHERS)
     fi;
     epoch = 0;
     key = 0
  od
}

init {
  atomic {
    run dispatcher();
    run worker();
    run flusher();
    run flusher()
  }
}

ltl every_flush_returns { <> (returned == FLUSHERS) }
