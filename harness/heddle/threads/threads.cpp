// The door of the run-time (runtime.hpp) on real OS threads and in real time, for builds under
// ThreadSanitizer.
//
// The chooser is not asked: the machine schedules. Spawned threads are held at a gate until somebody waits
// for one of them, so that they start together, and random pauses between calls shake the timing.
//
// Out of control, a thread is hidden from ThreadSanitizer: locks that the harness takes between two calls
// would otherwise order accesses that the component leaves unordered, and hide its races. Only spawning,
// starting, ending and joining always show.
//
// A run ends when all its threads have ended. Threads that can never go on (rest_watch.hpp) end it as a
// deadlock; 10 s in which no thread comes back to this door end it as an exceeded budget. Either way its
// threads are abandoned: whatever they use must then be left in place, never destroyed. An abandoned thread
// that does come back here is held for good.
//
// Deviations from the deterministic run-time: races are ThreadSanitizer's to report, not result::races; an
// exception that leaves a std::thread of the component ends the process; kill_self() unwinds nothing but the
// thread's thread_locals are destroyed; a step of the clock is a real pause of at most `clock_step_ns_max`,
// of which the listener is told what really passed; the wall clock cannot be stepped.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <csetjmp>
#include <cstdlib>
#include <exception>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>
#include <typeinfo>

#include <cxxabi.h>
#include <unistd.h>

#include <heddle/runtime/runtime.hpp>
#include <heddle/threads/rest_watch.hpp>

// ThreadSanitizer's own (compiler-rt, tsan_interface_ann.cpp; no header declares them).
extern "C" {
void AnnotateIgnoreReadsBegin(const char* file, int line);
void AnnotateIgnoreReadsEnd(const char* file, int line);
void AnnotateIgnoreSyncBegin(const char* file, int line);
void AnnotateIgnoreSyncEnd(const char* file, int line);
}

namespace heddle::runtime {

namespace {

using std::chrono::steady_clock;

constexpr auto watch_period = std::chrono::milliseconds(10);
constexpr int looks_at_rest_needed =
    5;  // for as many periods a thread from outside the run could still wake one
constexpr auto gate_limit = std::chrono::seconds(1);  // for a body that waits for its threads in its own way
constexpr auto hang_limit = std::chrono::seconds(10);
constexpr nanoseconds clock_step_ns_max = 10'000'000;

struct os_run;

struct worker {
  os_run* run = nullptr;
  thread_id id = 0;
  void (*body)(void*) = nullptr;
  void* argument = nullptr;
  bool finished = false;  // guarded by os_run::guard
  bool shown = true;      // to ThreadSanitizer
  std::atomic<std::uint64_t> calls =
      0;                     // of the door; written by the worker alone, acquired by the watcher alone
  std::uint64_t random = 1;  // never 0
  std::jmp_buf ground;       // where kill_self() lands
  std::thread thread;
};

struct os_run {
  std::mutex guard;
  std::condition_variable changed;
  worker workers[max_threads];
  std::uint32_t count = 0;                  // guarded
  std::uint32_t finished = 0;               // guarded
  result outcome;                           // guarded
  std::atomic<std::uint32_t> released = 0;  // workers with a smaller id may start
  std::atomic<bool> abandoned = false;      // orders nothing
  std::uint64_t seed = 0;
  steady_clock::time_point start;
  std::mutex clock_guard;
  clock_listener* clock = nullptr;
  nanoseconds told = 0;  // guarded by clock_guard
};

std::atomic<os_run*> active = nullptr;
thread_local worker* me = nullptr;

// The calling worker; an abandoned one gets no further.
worker& here() {
  while (me->run->abandoned.load(std::memory_order_relaxed)) pause();
  me->calls.store(me->calls.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
  return *me;
}

// Shows the calling thread to ThreadSanitizer or hides its accesses and synchronisation. Returns what was
// before. The component's own threads always show.
bool show(bool on) {
  if (me == nullptr || me->shown == on) return on;
  if (on) {
    AnnotateIgnoreReadsEnd(__FILE__, __LINE__);  // writes too
    AnnotateIgnoreSyncEnd(__FILE__, __LINE__);
  } else {
    AnnotateIgnoreReadsBegin(__FILE__, __LINE__);
    AnnotateIgnoreSyncBegin(__FILE__, __LINE__);
  }
  me->shown = on;
  return !on;
}

nanoseconds elapsed(const os_run& run) {
  const std::chrono::nanoseconds since = steady_clock::now() - run.start;
  return static_cast<nanoseconds>(since.count());
}

// --- Workers

std::string describe_current_exception() {
  const char* type = abi::__cxa_current_exception_type()->name();
  int status = 0;
  const std::unique_ptr<char, decltype(&std::free)> readable(
      abi::__cxa_demangle(type, nullptr, nullptr, &status), &std::free);
  std::string message = status == 0 ? readable.get() : type;
  try {
    throw;
  } catch (const std::exception& e) {
    message += std::string(": ") + e.what();
  } catch (...) {
  }
  return message;
}

void note_uncaught_exception(const worker& w) {
  std::string message = describe_current_exception();
  const std::lock_guard lock(w.run->guard);
  result& outcome = w.run->outcome;
  if (outcome.how != ending::completed) return;
  outcome.how = ending::uncaught_exception;
  outcome.message = std::move(message);
  outcome.culprit = w.id;
}

// A killed worker jumps back to here over the component's frames: none of its destructors or handlers run.
void run_until_end_or_kill(worker& w) {
  if (setjmp(w.ground) == 0) w.body(w.argument);
}

// Called with the guard held. Not stored twice: a late starter would be ordered after whoever stores again.
void open_gate(os_run& run) {
  if (run.released.load(std::memory_order_relaxed) < run.count)
    run.released.store(run.count, std::memory_order_release);
}

void worker_main(worker* w) {
  me = w;
  os_run& run = *w->run;
  while (run.released.load(std::memory_order_acquire) <= w->id) std::this_thread::yield();
  show(false);
  try {
    run_until_end_or_kill(*w);
  } catch (...) {
    note_uncaught_exception(*w);
  }
  show(true);
  const std::lock_guard lock(run.guard);
  w->finished = true;
  ++run.finished;
  if (w->id == 0) open_gate(run);
  run.changed.notify_all();
}

thread_id start_worker(os_run& run, void (*body)(void*), void* argument) {
  const std::lock_guard lock(run.guard);
  if (run.count == max_threads - 1) throw std::length_error("more than 63 threads in one run");
  worker& w = run.workers[run.count];
  w.run = &run;
  w.id = static_cast<thread_id>(run.count++);
  w.body = body;
  w.argument = argument;
  w.random = (run.seed + w.id + 1) * 0x9E3779B97F4A7C15ull | 1;
  w.thread = std::thread(worker_main, &w);
  return w.id;
}

// --- Watching

std::uint64_t calls_of_the_door(const os_run& run) {
  std::uint64_t calls = 0;
  for (const worker& w : run.workers) calls += w.calls.load(std::memory_order_acquire);
  return calls;
}

void note_hang(os_run& run, ending how, const char* message) {
  result& outcome = run.outcome;
  if (outcome.how == ending::completed) {
    outcome.how = how;
    outcome.message = message;
  }
  for (std::uint32_t i = 0; i < run.count; ++i)
    if (const worker& w = run.workers[i]; !w.finished)
      outcome.blocked.push_back({w.id, no_thread, {action::wait}, no_deadline});
}

// Waits for the end of all workers. Returns false if they were given up. The guard is held on entry and
// return.
bool wait_for_workers(os_run& run, rest_watch& rest, std::unique_lock<std::mutex>& lock) {
  const auto all_finished = [&run] { return run.finished == run.count; };
  int looks_at_rest = 0;
  std::uint64_t calls = 0;
  auto last_call = steady_clock::now();
  while (!run.changed.wait_for(lock, watch_period, all_finished)) {
    looks_at_rest = rest.still_at_rest() ? looks_at_rest + 1 : 0;
    if (looks_at_rest == looks_at_rest_needed) {
      note_hang(run, ending::deadlock, "the threads wait and nothing can wake them");
      return false;
    }
    const auto now = steady_clock::now();
    if (const std::uint64_t calls_now = calls_of_the_door(run); calls_now != calls) {
      calls = calls_now;
      last_call = now;
    }
    if (now - last_call >= gate_limit) open_gate(run);
    if (now - last_call >= hang_limit) {
      note_hang(run, ending::step_budget, "no thread came to its next call within 10 s");
      return false;
    }
  }
  return true;
}

void dismiss_workers(std::unique_ptr<os_run> run, bool all_finished) {
  for (std::uint32_t i = 0; i < run->count; ++i)
    if (std::thread& thread = run->workers[i].thread; all_finished)
      thread.join();
    else
      thread.detach();
  if (all_finished) return;
  run->abandoned.store(true, std::memory_order_relaxed);
  static_cast<void>(run.release());  // the threads keep using it
}

// --- Shaking

void pause_at_random(worker& w) {
  // xorshift64 (Marsaglia, "Xorshift RNGs", 2003).
  w.random ^= w.random << 13;
  w.random ^= w.random >> 7;
  w.random ^= w.random << 17;
  const std::uint64_t kind = w.random >> 60;
  if (kind < 8) return;
  if (kind < 12) {
    std::this_thread::yield();
  } else if (kind < 15) {
    for (std::uint64_t spins = w.random & 1023; spins > 0; --spins)
      std::atomic_signal_fence(std::memory_order_seq_cst);
  } else {
    std::this_thread::sleep_for(std::chrono::nanoseconds(w.random & 0x3fff));
  }
}

}  // namespace

// --- The door

bool deterministic() {
  return false;
}

result run(chooser&, const options& how, void (*body)(void*), void* argument, clock_listener* clock) {
  auto state = std::make_unique<os_run>();
  state->seed = how.random_seed;
  state->clock = clock;
  rest_watch rest;
  active.store(state.get());
  state->start = steady_clock::now();
  start_worker(*state, body, argument);
  std::unique_lock lock(state->guard);
  open_gate(*state);
  const bool all_finished = wait_for_workers(*state, rest, lock);
  result outcome = std::move(state->outcome);
  outcome.steps = calls_of_the_door(*state);
  outcome.threads = state->count;
  outcome.elapsed = elapsed(*state);
  lock.unlock();
  active.store(nullptr);
  dismiss_workers(std::move(state), all_finished);
  return outcome;
}

bool running() {
  return active.load() != nullptr;
}

// An abandoned thread that leaves the component is held here.
control_scope::control_scope(bool on) : before_(show(on)) {
  if (me != nullptr) here();
}
control_scope::~control_scope() {
  show(before_);
  if (me != nullptr) here();
}

thread_id spawn(void (*body)(void*), void* argument) {
  os_run& run = *here().run;
  const control_scope shown(true);
  return start_worker(run, body, argument);
}

void join(thread_id id) {
  os_run& run = *here().run;
  const control_scope shown(true);
  std::unique_lock lock(run.guard);
  open_gate(run);
  run.changed.wait(lock, [&] { return run.workers[id].finished; });
}

thread_id self() {
  return me == nullptr ? no_thread : me->id;
}

void watch(const void*, std::size_t) {}

void boundary() {
  pause_at_random(here());
}

// If the run is given up later, what the call before this mark did must be ordered before the reading of its
// result.
void mark(std::uint64_t) {
  worker& w = here();
  const bool before = show(true);
  w.calls.store(w.calls.load(std::memory_order_relaxed), std::memory_order_release);
  show(before);
}

void kill_self() {
  std::longjmp(here().ground, 1);
}

nanoseconds now() {
  return elapsed(*here().run);
}

void advance_clock(nanoseconds by) {
  os_run& run = *here().run;
  std::this_thread::sleep_for(std::chrono::nanoseconds(std::min(by, clock_step_ns_max)));
  const std::lock_guard lock(run.clock_guard);
  const nanoseconds time = elapsed(run);
  if (run.clock != nullptr) run.clock->clock_advanced(time - run.told);
  run.told = time;
}

void step_wall_clock(std::int64_t) {
  here();
}

}  // namespace heddle::runtime

/// Asked by ThreadSanitizer at start-up; TSAN_OPTIONS can override it. A killed process may leave a lock
/// locked.
extern "C" const char* __tsan_default_options() {
  return "halt_on_error=1 second_deadlock_stack=1 report_destroy_locked=0";
}
