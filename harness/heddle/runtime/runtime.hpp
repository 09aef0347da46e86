// The deterministic run-time's door: run a body whose threads, locks, atomics, clocks and sleeps are under
// control.
//
// Code compiled with -fsanitize=thread and linked with this library instead of the sanitizer's own calls our
// hooks at every memory access, atomic operation, lock, wait and clock reading. While run() executes, its
// threads are fibers on one OS thread and a `chooser` decides at every scheduling point which goes on.
// Everywhere else the hooks fall through to the real functions.
//
// Cost: see bench/. Not reentrant and not for several OS threads at a time: explore in parallel with
// processes.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include <heddle/runtime/types.hpp>

namespace heddle::runtime {

/// Where a decision is due: which of the enabled threads takes the next step?
struct choice_point {
  std::uint64_t step = 0;              ///< scheduling points passed so far in this schedule
  thread_id current = no_thread;       ///< who ran last
  bool current_enabled = false;        ///< whether it could go on (switching away is then a preemption)
  std::span<const thread_id> enabled;  ///< ascending; may end with `clock_thread`
  const pending_operation* pending = nullptr;  ///< what each thread does next, indexed by thread id
};

/// Decides. One object decides one schedule at a time; the strategies implement it.
class chooser {
 public:
  virtual ~chooser() = default;
  /// Called only where at least two are enabled. Returns one of `point.enabled`.
  virtual thread_id choose_thread(const choice_point& point) = 0;
  /// Picks one of `count` alternatives (which waiter a notify_one wakes). Called only with count ≥ 2.
  virtual std::uint32_t choose_alternative(std::uint32_t count) = 0;
};

struct options {
  std::uint64_t max_steps = 20'000;  ///< scheduling points before the schedule counts as a livelock
  bool detect_races = true;
  bool trace = false;             ///< keep every event (for reports; slower)
  bool plain_accesses = false;    ///< plain reads and writes are scheduling points too
  std::uint64_t random_seed = 0;  ///< what std::random_device draws from
};

struct result {
  ending how = ending::completed;
  std::string message;            ///< of the exception, the assertion, the signal
  thread_id culprit = no_thread;  ///< thread that threw, crashed, …
  const void* pc = nullptr;       ///< where, if known
  std::vector<blocked_thread> blocked;
  std::vector<data_race> races;  ///< one per pair of source locations, first occurrence
  std::vector<event> trace;
  std::uint64_t steps = 0;                 ///< scheduling points
  std::uint64_t component_steps = 0;       ///< operations and accesses of instrumented code
  std::uint64_t component_operations = 0;  ///< of those, scheduling points and accesses to what is watched
  std::uint64_t choices = 0;               ///< of those, points where more than one was enabled
  std::uint64_t switches = 0;
  std::uint64_t hash = 0;  ///< of the sequence of (thread, operation): equal schedules have equal hashes
  std::uint32_t threads = 0;
  nanoseconds elapsed = 0;  ///< virtual
};

/// Told of steps of the virtual clock, in the order in which they happen (called uncontrolled).
class clock_listener {
 public:
  virtual ~clock_listener() = default;
  virtual void clock_advanced(nanoseconds by) = 0;
};

/// Runs one schedule of `body(argument)`. Threads that are still alive when the schedule ends are abandoned:
/// their stacks are not unwound.
result run(chooser& decide, const options& how, void (*body)(void*), void* argument,
           clock_listener* clock = nullptr);

template <class Body>
result run(chooser& decide, const options& how, Body&& body, clock_listener* clock = nullptr) {
  return run(
      decide, how, [](void* b) { (*static_cast<std::remove_reference_t<Body>*>(b))(); }, &body, clock);
}

/// True while a schedule is running (on one of its fibers).
bool running();

/// True if equal choices give equal schedules. False on real threads (heddle/threads/threads.cpp), where the
/// chooser is not asked, time is real, and whatever a run that did not complete was using must be left in
/// place: its threads live on.
bool deterministic();

// --- For code that runs inside a schedule

/// Calls made within the scope are under control (true) or fall through to the real functions (false). The
/// body starts out of control, so that the harness's own bookkeeping is neither scheduled nor checked for
/// races.
class control_scope {
 public:
  explicit control_scope(bool on);
  ~control_scope();
  control_scope(const control_scope&) = delete;
  control_scope& operator=(const control_scope&) = delete;

 private:
  bool before_;
};

/// Starts a thread that runs body(argument), out of control at first like the body of run().
thread_id spawn(void (*body)(void*), void* argument);
/// Waits until the thread has finished.
void join(thread_id thread);
/// The running thread.
thread_id self();
/// Counts accesses to the object from now on as the component's: other instrumented code may be a test's.
void watch(const void* object, std::size_t bytes);
/// A scheduling point of its own, between two calls.
void boundary();
/// Attributes the events that this thread executes from now on to `marker`.
void mark(std::uint64_t marker);
/// Ends the running thread at once without unwinding its stack, as if its process had been killed.
[[noreturn]] void kill_self();

nanoseconds now();
/// Lets virtual time pass; wakes whoever's deadline is reached.
void advance_clock(nanoseconds by);
/// Steps the wall clock (system_clock), which unlike the steady clock may go back.
void step_wall_clock(std::int64_t by);

}  // namespace heddle::runtime
