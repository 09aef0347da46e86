// One schedule from its beginning to its end, and what the hooks ask of it while it runs.
#include <algorithm>
#include <atomic>
#include <cstdio>

#include <sys/single_threaded.h>

#include <heddle/runtime/crash_signals.hpp>
#include <heddle/runtime/race_detector.hpp>
#include <heddle/runtime/schedule_state.hpp>

namespace heddle::runtime {

schedule* running_schedule = nullptr;

namespace {

bool is_read(action kind) {
  return kind == action::load || kind == action::compare_exchange || kind == action::try_lock ||
         kind == action::clock_read;
}

void note_race(const data_race& race) {
  const bool before = controlled;
  controlled = false;
  running_schedule->outcome.races.push_back(race);
  controlled = before;
}

// libstdc++ counts the waiters of std::atomic's wait, std::latch, … in a table of its own that an abandoned
// schedule would leave filled, and the next one would take other paths for it.
class waiter_pools {
 public:
  void save() {
    for_each([](auto& pool, counts& saved) { saved = {pool._M_wait, pool._M_ver}; });
  }
  void restore() {
    for_each(
        [](auto& pool, const counts& saved) { pool._M_wait = saved.waiting, pool._M_ver = saved.version; });
  }

 private:
  struct counts {
    int waiting;
    int version;
  };
  template <class Action>
  void for_each(Action act) {
    for (std::uintptr_t i = 0; i < std::size(saved_); ++i)
      act(std::__detail::__waiter_pool_base::_S_for(reinterpret_cast<const void*>(i << 2)), saved_[i]);
  }
  counts saved_[16];
} pools;

void begin_schedule(schedule& s) {
  running_schedule = &s;
  clock_width = 0;
  forget_sync_objects();
  forget_accesses(note_race);
  // Otherwise shared_ptr believes that no atomic counting is needed: no OS thread was ever created.
  __libc_single_threaded = 0;
  install_crash_handlers();
  install_terminate_handler();
  adopt_calling_thread();
  pools.save();
}

void end_schedule(schedule& s) {
  for (std::uint32_t i = 0; i < clock_width; ++i) {
    thread& t = thread_at(i);
    t.stack->lowest_frame = 0;
    forget_exit_calls(t);
    if (t.reaped) continue;
    if (s.discard_culprit && t.id == s.outcome.culprit)
      discard_fiber(t.stack);
    else
      release_fiber(t.stack);
  }
  pools.restore();
  s.outcome.message = s.message;
  s.outcome.threads = clock_width;
  s.outcome.elapsed = s.time;
  clock_width = 0;
  running_schedule = nullptr;
}

}  // namespace

// --- For the hooks

const options& settings() {
  return running_schedule->how;
}

void point(action kind, const volatile void* address, const void* pc, std::uint8_t size, std::uint8_t order,
           nanoseconds deadline) {
  schedule& s = *running_schedule;
  thread& me = *current;
  note_frame(me, __builtin_frame_address(0));
  me.pending = {kind, size, order, false, reinterpret_cast<std::uintptr_t>(address), pc};
  me.plain_accesses = 0;
  me.deadline = deadline;
  me.timed_out = false;
  if (++s.outcome.steps > s.how.max_steps) fail(ending::step_budget, "", pc);
  if (pc != nullptr) ++s.outcome.component_steps, ++s.outcome.component_operations;
  if (is_read(kind)) notice_spinning(me);
  if (clock_width > 1) {
    thread& next = choose_next();
    if (&next != &me) switch_to(next);
  } else if (me.waits != thread::patience::none) {
    end_all_patience();
  }
  start_step(me);
}

bool block(nanoseconds deadline) {
  thread& me = *current;
  me.state = thread::life::blocked;
  me.deadline = deadline;
  me.timed_out = false;
  if (deadline != no_deadline) ++running_schedule->with_deadline;
  if (++running_schedule->outcome.steps > running_schedule->how.max_steps) fail(ending::step_budget, "");
  thread& next = choose_next();
  if (&next != &me) switch_to(next);
  start_step(me);
  if (event* e = traced()) e->succeeded = !me.timed_out;
  return !me.timed_out;
}

void wake(thread& t) {
  t.state = thread::life::runnable;
  if (t.deadline != no_deadline) --running_schedule->with_deadline;
}

std::uint32_t wake_waiting(action kind, const volatile void* address, std::uint32_t count) {
  std::uint32_t woken = 0;
  while (woken < count) {
    thread* waiting[max_threads];
    std::uint32_t found = 0;
    for (std::uint32_t i = 0; i < clock_width; ++i) {
      thread& t = thread_at(i);
      if (t.state == thread::life::blocked && t.pending.kind == kind &&
          t.pending.address == reinterpret_cast<std::uintptr_t>(address))
        waiting[found++] = &t;
    }
    if (found == 0) break;
    std::uint32_t which = 0;
    if (found > 1 && count - woken < found) {
      const bool before = controlled;
      controlled = false;
      which = running_schedule->decide->choose_alternative(found);
      controlled = before;
    }
    wake(*waiting[which]);
    ++woken;
  }
  return woken;
}

bool anyone_waits(action kind, const volatile void* address) {
  for (std::uint32_t i = 0; i < clock_width; ++i) {
    const thread& t = thread_at(i);
    if (t.state == thread::life::blocked && t.pending.kind == kind &&
        t.pending.address == reinterpret_cast<std::uintptr_t>(address))
      return true;
  }
  return false;
}

void disable_contenders(const volatile void* address) {
  for (std::uint32_t i = 0; i < clock_width; ++i) {
    thread& t = thread_at(i);
    if (&t != current && t.state == thread::life::runnable && t.pending.kind == action::lock &&
        t.pending.address == reinterpret_cast<std::uintptr_t>(address)) {
      t.state = thread::life::blocked;
      if (t.deadline != no_deadline) ++running_schedule->with_deadline;
    }
  }
}

void enable_contenders(const volatile void* address) {
  wake_waiting(action::lock, address, max_threads);
}

void note_write() {
  schedule& s = *running_schedule;
  ++s.write_epoch;
  if (s.waiting_patiently == 0) return;
  for (std::uint32_t i = 0; i < clock_width; ++i)
    if (thread& t = thread_at(i); &t != current) lose_patience(t);
}

void fail(ending how, const char* message, const void* pc) {
  controlled = false;
  result& outcome = running_schedule->outcome;
  outcome.how = how;
  if (message != nullptr)
    std::snprintf(running_schedule->message, sizeof running_schedule->message, "%s", message);
  outcome.culprit = current->id;
  outcome.pc = pc != nullptr ? pc : current->pending.pc;
  back_to_root();
}

void yield(const void* pc) {
  be_patient(*current, thread::patience::until_step);
  point(action::yield, nullptr, pc);
}

std::uint64_t progress() {
  return running_schedule->outcome.steps + running_schedule->outcome.component_steps;
}

// --- Time

nanoseconds read_clock(const void* pc) {
  point(action::clock_read, nullptr, pc);
  if (event* e = traced()) e->after = running_schedule->time;
  return running_schedule->time;
}

std::int64_t wall_clock_offset() {
  return running_schedule->wall_offset;
}

void advance_to(nanoseconds time) {
  schedule& s = *running_schedule;
  if (time > s.time) {
    const nanoseconds by = time - s.time;
    s.time = time;
    mix_hash(time);
    if (s.how.trace)
      record_event({{action::clock_advance, 0, 0, false, 0, nullptr}, clock_thread, true, 0, by, 0});
    const bool before = controlled;
    controlled = false;
    if (s.clock != nullptr) s.clock->clock_advanced(by);
    controlled = before;
  }
  note_write();
  for (std::uint32_t i = 0; i < clock_width; ++i) {
    thread& t = thread_at(i);
    if (t.state != thread::life::blocked || t.deadline > s.time) continue;
    t.timed_out = true;
    wake(t);
  }
}

std::uint64_t random_bits() {
  // SplitMix64 (Steele, Lea, Flood 2014).
  std::uint64_t z = running_schedule->random_state += 0x9E3779B97F4A7C15ull;
  z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9ull;
  z = (z ^ z >> 27) * 0x94D049BB133111EBull;
  return z ^ z >> 31;
}

// --- The door

namespace {

struct plain_body {
  void (*function)(void*);
  void* argument;
};

void* run_plain_body(void* body) {
  const plain_body b = *static_cast<plain_body*>(body);
  b.function(b.argument);
  return nullptr;
}

plain_body spawned_bodies[max_threads];

}  // namespace

result run(chooser& decide, const options& how, void (*body)(void*), void* argument, clock_listener* clock) {
  schedule s;
  s.decide = &decide;
  s.clock = clock;
  s.how = how;
  s.random_state = how.random_seed;
  s.outcome.hash = 0xcbf29ce484222325ull;
  begin_schedule(s);
  spawned_bodies[0] = {body, argument};
  thread& first = create_thread(run_plain_body, &spawned_bodies[0], false, nullptr);
  enter(first);
  end_schedule(s);
  return std::move(s.outcome);
}

bool running() {
  return running_schedule != nullptr;
}

bool deterministic() {
  return true;
}

control_scope::control_scope(bool on) : before_(controlled) {
  controlled = on && current != nullptr;
}
control_scope::~control_scope() {
  controlled = before_;
}

thread_id spawn(void (*body)(void*), void* argument) {
  spawned_bodies[clock_width] = {body, argument};
  return create_thread(run_plain_body, &spawned_bodies[clock_width], false, nullptr).id;
}

void join(thread_id id) {
  join_thread(thread_at(id), nullptr);
}

thread_id self() {
  return current->id;
}

void watch(const void* object, std::size_t bytes) {
  running_schedule->watched = reinterpret_cast<std::uintptr_t>(object);
  running_schedule->watched_bytes = bytes;
}

void boundary() {
  point(action::boundary, nullptr, nullptr);
}

void mark(std::uint64_t marker) {
  if (running_schedule->how.trace)
    record_event(
        {{action::mark, 0, 0, false, 0, nullptr}, current->id, true, current->marker, marker, marker});
  current->marker = marker;
}

void kill_self() {
  controlled = false;
  finish_thread(*current);
  if (current->id == 0) back_to_root();
  switch_to(choose_next());
  __builtin_unreachable();
}

nanoseconds now() {
  return running_schedule->time;
}

void advance_clock(nanoseconds by) {
  point(action::clock_advance, nullptr, nullptr);
  advance_to(running_schedule->time + by);
}

void step_wall_clock(std::int64_t by) {
  point(action::clock_advance, nullptr, nullptr);
  running_schedule->wall_offset += by;
  note_write();
}

}  // namespace heddle::runtime
