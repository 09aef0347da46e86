// Words that the run-time, the strategies and the reports share.
#pragma once

#include <cstddef>
#include <cstdint>

namespace heddle::runtime {

/// Threads are numbered in the order of their creation; 0 is the one that runs the body.
using thread_id = std::uint8_t;

inline constexpr std::size_t max_threads = 64;  ///< alive or finished, in one schedule
inline constexpr thread_id no_thread = 255;
/// The clock is scheduled like a thread: choosing it lets the earliest deadline pass although somebody could
/// still run.
inline constexpr thread_id clock_thread = 254;

/// Nanoseconds of virtual time since the start of the schedule.
using nanoseconds = std::uint64_t;
inline constexpr nanoseconds no_deadline = ~nanoseconds{0};

/// What a thread is about to do at a scheduling point, or did in the trace.
enum class action : std::uint8_t {
  start,              ///< first step of a thread
  boundary,           ///< between two calls of a program
  load,               ///< atomic
  store,              ///< atomic
  read_modify_write,  ///< atomic exchange or fetch_…
  compare_exchange,   ///< atomic
  fence,
  read,   ///< plain memory access
  write,  ///< plain memory access
  lock,
  try_lock,
  unlock,
  wait,
  notify,
  semaphore_acquire,
  semaphore_release,
  barrier,
  once,
  create,
  join,
  exit,
  yield,
  sleep,
  clock_read,
  clock_advance,
  mark,  ///< not a step: the caller's mark changed (see runtime.hpp)
};

struct pending_operation {
  action kind = action::start;
  std::uint8_t size = 0;       ///< bytes accessed
  std::uint8_t order = 0;      ///< __ATOMIC_RELAXED … __ATOMIC_SEQ_CST
  bool repeated = false;       ///< the same access as before, with nothing written in between: a spin
  std::uintptr_t address = 0;  ///< of the variable, mutex, …; 0 if none
  const void* pc = nullptr;    ///< return address into the component
};

/// One executed operation, kept when the trace is on.
struct event {
  pending_operation operation;
  thread_id thread = 0;
  bool succeeded = true;  ///< compare_exchange, try_lock; false for a wait that timed out, and for a plain
                          ///< access whose value is not known: it was the last, or is larger than a word
  std::uint64_t before = 0;  ///< value found (load, read-modify-write, failed compare-exchange)
  std::uint64_t after =
      0;  ///< value left behind (store, read-modify-write, plain access); nanoseconds for the clock
  std::uint64_t marker = 0;  ///< the caller's mark at the time (see mark()): the call that this belongs to
};

/// How a schedule came to its end.
enum class ending : std::uint8_t {
  completed,
  deadlock,            ///< threads wait and nothing can wake them
  step_budget,         ///< livelock, or a budget too small
  uncaught_exception,  ///< left a thread of the component
  aborted,             ///< abort(), std::terminate, failed assert, exit()
  crashed,             ///< SIGSEGV, SIGBUS, SIGFPE, SIGILL
  stack_overflow,
  use_after_free,
  too_many_threads,
};

/// A thread that was blocked when the schedule ended.
struct blocked_thread {
  thread_id thread = 0;
  thread_id owner = no_thread;  ///< who holds what it waits for, if one thread does
  pending_operation operation;
  nanoseconds deadline = no_deadline;
};

/// Two accesses of one location, at least one a write, not both atomic, that nothing orders.
struct data_race {
  std::uintptr_t address = 0;
  std::uint32_t size = 0;
  thread_id first_thread = 0;
  thread_id second_thread = 0;
  bool first_is_write = false;
  bool second_is_write = false;
  const void* first_pc = nullptr;
  const void* second_pc = nullptr;
};

}  // namespace heddle::runtime
