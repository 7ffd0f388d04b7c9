// SPDX-License-Identifier: Apache-2.0
//
// Parking (bus/parking.h over bus/event_count.h), on a machine with store buffers.
//
// A producer publishes events and wakes the dispatcher if it sees it parked; a controller asks for
// something and wakes it in any case. The dispatcher looks for both, and parks when it finds none:
// timed, or untimed after a barrier that drains all store buffers.
//
// Safety: nothing is received before it is published, and nobody is left waiting at the end.
// Liveness, under weak fairness: everything that is published or asked is received in the end.
//
// BROKEN=1: no barrier before the untimed park.
// BROKEN=2: the dispatcher looks for work before it says that it parks.
// BROKEN=3: the key is taken after the look for work.
#ifndef BROKEN
#define BROKEN 0
#endif

#define EVENTS 2
#define REQUESTS 1

byte published; // by the producer, as itself sees it
byte tail;      // what of it has left its store buffer
byte requests;  // stored by an instruction that drains the buffer
bool parked;

byte received;
byte served;

// --- Event count ---

byte epoch;
byte waiters;
bool asleep; // the dispatcher, in the kernel's queue

inline notify() {
  epoch++;
  if
  :: waiters != 0 -> asleep = false
  :: else
  fi
}

// untimed: ends by notify alone. A timed wait may end at any moment.
inline wait(key, untimed) {
  waiters++;
  if
  :: epoch == key ->
     // The kernel compares once more, under the lock of its queue.
     atomic { asleep = (epoch == key) }
     if
     :: !asleep
     :: !untimed -> asleep = false
     fi
  :: else
  fi;
  waiters--
}

// --- Parking ---

// An exchange drains the buffer of the thread that makes it.
#define wake(drain)        \
  atomic {                 \
    drain;                 \
    was_parked = parked;   \
    parked = false         \
  }                        \
  if                       \
  :: was_parked -> notify() \
  :: else                  \
  fi;                      \
  was_parked = false

#define work_waits (tail != received || requests != served)

inline park() {
  key = epoch;
#if BROKEN == 2
  sleeps = !work_waits;
  parked = true;
#else
  parked = true;
#endif
  if
  :: untimed = false
  :: untimed = true; // after a second of silence
#if BROKEN != 1
     tail = published
#endif
  fi;
#if BROKEN != 2
  // One after the other, as the library looks.
  sleeps = (tail == received);
  sleeps = sleeps && (requests == served);
#endif
#if BROKEN == 3
  key = epoch;
#endif
  if
  :: sleeps -> wait(key, untimed)
  :: else
  fi;
  parked = false;
  key = 0;
  untimed = false;
  sleeps = false
}

// --- Threads ---

#define all_received (received == EVENTS && served == REQUESTS)

proctype producer() {
  bool was_parked;
  do
  :: published < EVENTS ->
     published++;
     if
     :: parked -> wake(tail = published)
     :: else
     fi
  :: else -> break
  od
}

// A store buffer gives up what it holds in the end.
proctype store_buffer() {
  do
  :: atomic { tail != published -> tail++ }
  :: tail == EVENTS -> break
  od
}

proctype controller() {
  bool was_parked;
  do
  :: requests < REQUESTS ->
     requests++;
     wake(skip)
  :: else -> break
  od
}

proctype dispatcher() {
  byte key;
  bool untimed;
  bool sleeps;
  do
  :: all_received -> break
  :: else ->
     received = tail;
     served = requests;
     assert(received <= published);
     if
     :: all_received
     :: else -> park()
     fi
  od
}

init {
  atomic {
    run dispatcher();
    run producer();
    run store_buffer();
    run controller()
  }
}

ltl everything_is_received { <> all_received }
