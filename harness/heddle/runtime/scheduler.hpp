// The scheduler as the hooks see it: who runs, who waits for what, and what time it is.
//
// Single OS thread, so nothing here is locked. Nothing here allocates on the path of a scheduling point.
#pragma once

#include <cstdint>

#include <heddle/runtime/fiber.hpp>
#include <heddle/runtime/runtime.hpp>
#include <heddle/runtime/sync_objects.hpp>
#include <heddle/runtime/vector_clock.hpp>

namespace heddle::runtime {

/// True while the calling code is under control; every hook asks this first.
extern bool controlled;

/// A function to call when a thread ends, newest first: destructors of its thread_locals.
struct exit_call {
  void (*function)(void*);
  void* argument;
  bool controlled;
  exit_call* next;
};

/// A read that was seen before with nothing written since then: the sign of a spin loop.
struct seen_read {
  action kind;
  std::uintptr_t address;
  std::uint64_t write_epoch;
  std::uint32_t times;
};

struct thread {
  enum class life : std::uint8_t { runnable, blocked, finished };
  enum class patience : std::uint8_t { none, until_step, until_write };  ///< after a yield; in a spin loop

  thread_id id = 0;
  life state = life::runnable;
  patience waits = patience::none;
  bool controlled = false;  ///< `controlled` while switched out
  bool timed_out = false;
  bool detached = false;
  bool reaped = false;  ///< joined, or finished while detached: the fiber is back in the pool
  bool has_release_fence = false;
  fiber* stack = nullptr;
  void* (*entry)(void*) = nullptr;
  void* argument = nullptr;
  void* value = nullptr;  ///< what the entry returned
  exit_call* at_exit = nullptr;
  pending_operation pending;
  nanoseconds deadline = no_deadline;
  std::uint64_t marker = 0;
  const void* entered = nullptr;     ///< in the function that was called last
  const void* thrown_at = nullptr;   ///< where the last exception was thrown
  std::uintptr_t lowest_frame = 0;   ///< below it, nothing on the stack was accessed
  std::uint32_t plain_accesses = 0;  ///< since the last scheduling point
  std::uint32_t next_seen = 0;
  std::uint64_t read_epoch = 0;  ///< when the reads were counted that follow
  std::uint32_t reads_in_epoch = 0;
  seen_read seen[8] = {};
  vector_clock clock;
  vector_clock acquired_by_relaxed_loads;  ///< becomes effective at an acquire fence
  vector_clock release_fence;
};

extern thread* current;

/// The options of the running schedule.
const options& settings();

/// A scheduling point: the current thread is about to perform an operation on `address`. On return it is its
/// turn. With a deadline the turn may also come because it passed: then current->timed_out.
void point(action kind, const volatile void* address, const void* pc, std::uint8_t size = 0,
           std::uint8_t order = 0, nanoseconds deadline = no_deadline);

/// True if a thread is blocked in `kind` on `address`.
bool anyone_waits(action kind, const volatile void* address);

/// Lets the others go first.
void yield(const void* pc);

/// The current thread cannot go on until woken, or until `deadline`. Returns false on a timeout. `pending`
/// says for what.
bool block(nanoseconds deadline = no_deadline);

/// Makes a blocked thread runnable.
void wake(thread& t);
/// Wakes up to `count` threads blocked in `kind` on `address`; which ones is the chooser's decision. Returns
/// how many.
std::uint32_t wake_waiting(action kind, const volatile void* address, std::uint32_t count);
/// `address` was taken: whoever is about to lock it must wait.
void disable_contenders(const volatile void* address);
/// `address` was freed: whoever waits to lock it may compete.
void enable_contenders(const volatile void* address);

/// Something that other threads may wait for has changed: spinning threads get another turn.
void note_write();

/// The current fiber will not be used again: it stopped inside a library, which may hold locks for it.
void discard_current_fiber();

/// The schedule ends here, in failure.
[[noreturn]] void fail(ending how, const char* message, const void* pc = nullptr);

thread& create_thread(void* (*entry)(void*), void* argument, bool controlled_from_start, const void* pc);
/// What the component knows the thread by.
pthread_t handle_of(const thread& t);
/// The thread of this schedule that is known by it and not yet joined, else nullptr.
thread* find_thread(pthread_t handle);
/// Waits until `t` has finished and takes over its clock.
void join_thread(thread& t, const void* pc);
void detach_thread(thread& t);
/// Called on the current thread by pthread_exit.
struct thread_exit {
  void* value;
};

/// Runs the destructors of pthread keys for the current thread (hooks_thread.cpp knows them).
void run_key_destructors();
/// Empties the pthread keys of the current thread: an earlier schedule may have left values behind.
void forget_key_values();

/// `pc` (a return address) if it lies in the executable; else, if a library called us, where the executable
/// called the library.
const void* component_pc(const void* pc);
bool in_executable(const void* pc);

/// Grows with every scheduling point and every instrumented access.
std::uint64_t progress();

/// Happens-before edges.
inline void acquire(const vector_clock& released) {
  current->clock.join(released);
}
inline void release(vector_clock& into) {
  into.join(current->clock);
  ++current->clock.at[current->id];
}

/// Plain access hook's slow part, and the trace.
void plain_access(std::uintptr_t address, std::size_t size, bool write, const void* pc);
/// The event of the point just passed, to be completed with what was seen; nullptr while the trace is off.
event* traced();

/// Virtual time.
nanoseconds read_clock(const void* pc);
std::int64_t wall_clock_offset();
void advance_to(nanoseconds time);

/// Bits for std::random_device.
std::uint64_t random_bits();

}  // namespace heddle::runtime
