#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <new>

#include <cxxabi.h>
#include <sys/single_threaded.h>

#include <heddle/runtime/crash_signals.hpp>
#include <heddle/runtime/race_detector.hpp>
#include <heddle/runtime/scheduler.hpp>

namespace heddle::runtime {

bool controlled = false;
thread* current = nullptr;
std::uint32_t clock_width = 0;

namespace {

// A spin loop is given this many identical reads before it has to let others run.
constexpr std::uint32_t spins_before_yield = 8;
// As many reads of whatever kind with nothing written in between are a spin loop with a long body.
constexpr std::uint32_t reads_before_yield = 256;
// Plain accesses without a scheduling point before a thread counts as spinning on plain memory.
constexpr std::uint32_t plain_accesses_max = 100'000;
// A loop that polls the clock makes time pass: after so many readings of the same time, or when nothing else
// can happen. In steps that double from the least to the greatest.
constexpr std::uint32_t polls_before_tick = 32;
constexpr nanoseconds poll_tick_ns = 1'000;
constexpr nanoseconds poll_tick_max_ns = nanoseconds{1} << 40;

constexpr pthread_t first_handle = 0x48000000;

alignas(thread) char thread_memory[max_threads][sizeof(thread)];
fiber root;

struct schedule {
  chooser* decide = nullptr;
  clock_listener* clock = nullptr;
  options how;
  result outcome;
  std::uint32_t waiting_patiently = 0;  // threads with patience other than none
  std::uint32_t with_deadline = 0;
  std::uint64_t write_epoch = 1;
  nanoseconds time = 0;
  nanoseconds poll_tick = poll_tick_ns;
  std::int64_t wall_offset = 0;
  std::uint64_t random_state = 0;
  std::size_t unfinished_access = 0;  // 1-based index into the trace, or 0
  char message[512] = "";  // a crash may have stopped malloc: the text becomes a string after the schedule
  bool discard_culprit = false;
  std::uintptr_t watched = 0;
  std::size_t watched_bytes = 0;
};
schedule* running_schedule = nullptr;

thread& thread_at(std::uint32_t id) {
  return *reinterpret_cast<thread*>(thread_memory[id]);
}

void lose_patience(thread& t) {
  if (t.waits == thread::patience::none) return;
  t.waits = thread::patience::none;
  --running_schedule->waiting_patiently;
}

void be_patient(thread& t, thread::patience how) {
  if (t.waits == thread::patience::none) ++running_schedule->waiting_patiently;
  t.waits = how;
}

// --- Switching

void switch_to(thread& next) {
  thread& from = *current;
  from.controlled = controlled;
  current = &next;
  controlled = next.controlled;
  next.plain_accesses = 0;
  ++running_schedule->outcome.switches;
  switch_fiber(*from.stack, *next.stack);
}

[[noreturn]] void back_to_root() {
  controlled = false;
  thread& from = *current;
  current = nullptr;
  switch_fiber(*from.stack, root);
  __builtin_unreachable();
}

// --- Choosing

struct enabled_threads {
  thread_id ids[max_threads + 1];
  std::uint32_t count = 0;
};

void collect_enabled(enabled_threads& enabled) {
  enabled.count = 0;
  for (std::uint32_t i = 0; i < clock_width; ++i) {
    const thread& t = thread_at(i);
    if (t.state == thread::life::runnable && t.waits == thread::patience::none)
      enabled.ids[enabled.count++] = static_cast<thread_id>(i);
  }
}

nanoseconds earliest_deadline() {
  nanoseconds earliest = no_deadline;
  for (std::uint32_t i = 0; i < clock_width; ++i) {
    const thread& t = thread_at(i);
    if (t.state == thread::life::blocked && t.deadline < earliest) earliest = t.deadline;
  }
  return earliest;
}

void tick() {
  schedule& s = *running_schedule;
  advance_to(std::min(s.time + s.poll_tick, earliest_deadline()));
  if (s.poll_tick < poll_tick_max_ns) s.poll_tick *= 2;
}

// Everybody who could run is waiting for a change that will not come by itself: let them look again, and if
// somebody polls the clock, let time pass.
bool end_all_patience() {
  bool any = false;
  bool clock_polled = false;
  for (std::uint32_t i = 0; i < clock_width; ++i) {
    thread& t = thread_at(i);
    if (t.waits == thread::patience::none) continue;
    lose_patience(t);
    any = true;
    clock_polled |= t.pending.kind == action::clock_read;
  }
  if (clock_polled) tick();
  return any;
}

[[noreturn]] void report_deadlock() {
  controlled = false;
  schedule& s = *running_schedule;
  for (std::uint32_t i = 0; i < clock_width; ++i) {
    const thread& t = thread_at(i);
    if (t.state != thread::life::blocked) continue;
    thread_id owner = no_thread;
    if (const sync_object* object = find_sync(reinterpret_cast<const void*>(t.pending.address)))
      if (t.pending.kind == action::lock || t.pending.kind == action::once) owner = object->owner;
    if (t.pending.kind == action::join) owner = static_cast<thread_id>(t.pending.address);
    s.outcome.blocked.push_back({t.id, owner, t.pending, t.deadline});
  }
  fail(ending::deadlock, "");
}

pending_operation pending_of[max_threads];  // what the chooser may look at, refreshed before each question

thread_id ask(const enabled_threads& enabled, bool current_enabled) {
  schedule& s = *running_schedule;
  ++s.outcome.choices;
  for (std::uint32_t i = 0; i < enabled.count; ++i)
    if (enabled.ids[i] != clock_thread) pending_of[enabled.ids[i]] = thread_at(enabled.ids[i]).pending;
  const bool before = controlled;
  controlled = false;
  const thread_id chosen = s.decide->choose_thread(
      {s.outcome.steps, current->id, current_enabled, {enabled.ids, enabled.count}, pending_of});
  controlled = before;
  return chosen;
}

// Who takes the next step. Time passes as a side effect when nobody can run or when the clock is chosen.
thread& choose_next() {
  schedule& s = *running_schedule;
  enabled_threads enabled;
  for (;;) {
    collect_enabled(enabled);
    if (enabled.count == 0) {
      if (s.waiting_patiently > 0 && end_all_patience()) continue;
      if (s.with_deadline == 0) report_deadlock();
      advance_to(earliest_deadline());
      continue;
    }
    if (s.with_deadline > 0) enabled.ids[enabled.count++] = clock_thread;
    if (enabled.count == 1) return thread_at(enabled.ids[0]);
    const bool current_enabled =
        current->state == thread::life::runnable && current->waits == thread::patience::none;
    const thread_id chosen = ask(enabled, current_enabled);
    if (chosen != clock_thread) return thread_at(chosen);
    if (++s.outcome.steps > s.how.max_steps) fail(ending::step_budget, "");
    advance_to(earliest_deadline());
  }
}

// --- Steps

bool is_read(action kind) {
  return kind == action::load || kind == action::compare_exchange || kind == action::try_lock ||
         kind == action::clock_read;
}

// Reading the same thing again and again with nothing written in between is waiting. (Not by the place that reads: compilers
// copy the bodies of loops differently.)
void notice_spinning(thread& t) {
  if (t.read_epoch != running_schedule->write_epoch) {
    t.read_epoch = running_schedule->write_epoch;
    t.reads_in_epoch = 0;
  }
  if (++t.reads_in_epoch % reads_before_yield == 0) be_patient(t, thread::patience::until_write);
  const bool polls_clock = t.pending.kind == action::clock_read;
  const std::uint64_t epoch = polls_clock ? running_schedule->time : running_schedule->write_epoch;
  for (seen_read& seen : t.seen) {
    if (seen.address != t.pending.address || seen.kind != t.pending.kind || seen.write_epoch != epoch) continue;
    t.pending.repeated = true;
    if (++seen.times % spins_before_yield == 0) be_patient(t, thread::patience::until_write);
    if (polls_clock && seen.times >= polls_before_tick) tick();
    return;
  }
  t.seen[t.next_seen++ % 8] = {t.pending.kind, t.pending.address, epoch, 0};
}

void others_lose_patience(const thread& stepped) {
  for (std::uint32_t i = 0; i < clock_width; ++i) {
    thread& t = thread_at(i);
    if (t.id != stepped.id && t.waits == thread::patience::until_step) lose_patience(t);
  }
}

void mix_hash(std::uint64_t value) {
  std::uint64_t& h = running_schedule->outcome.hash;
  h = (h ^ value) * 0x100000001b3ull;
}

// The hook of a plain access runs before the access, which may crash: its value is seen at the next event.
void complete_access(schedule& s) {
  if (s.unfinished_access == 0) return;
  event& e = s.outcome.trace[s.unfinished_access - 1];
  std::memcpy(&e.after, reinterpret_cast<const void*>(e.operation.address), e.operation.size);
  e.succeeded = true;
  s.unfinished_access = 0;
}

void record_event(event e) {
  const bool before = controlled;
  controlled = false;  // the vector's memory is not the component's
  complete_access(*running_schedule);
  if (e.operation.pc != nullptr) e.operation.pc = component_pc(e.operation.pc);
  running_schedule->outcome.trace.push_back(e);
  controlled = before;
}

void start_step(thread& t) {
  schedule& s = *running_schedule;
  mix_hash(std::uint64_t{t.id} << 8 | static_cast<std::uint64_t>(t.pending.kind));
  if (s.waiting_patiently > 0) others_lose_patience(t);
  if (s.how.trace) record_event({t.pending, t.id, true, 0, 0, t.marker});
}

// --- Threads

void finish_thread(thread& t) {
  t.state = thread::life::finished;
  if (t.waits != thread::patience::none) lose_patience(t);
  t.stack->lowest_frame = t.lowest_frame;
  note_write();
  wake_waiting(action::join, reinterpret_cast<const void*>(std::uintptr_t{t.id}), max_threads);
  if (t.detached) {
    t.reaped = true;
    release_fiber(t.stack);
  }
}

void run_exit_calls(thread& t) {
  while (t.at_exit != nullptr) {
    exit_call* call = t.at_exit;
    t.at_exit = call->next;
    controlled = call->controlled;
    call->function(call->argument);
    controlled = false;
    delete call;
  }
}

void forget_exit_calls(thread& t) {
  while (t.at_exit != nullptr) {
    exit_call* call = t.at_exit;
    t.at_exit = call->next;
    delete call;
  }
}

// Type and text of the exception being handled.
void describe_exception(char* to, std::size_t size, const char* prefix) {
  int status = 0;
  const char* mangled = abi::__cxa_current_exception_type()->name();
  char* name = abi::__cxa_demangle(mangled, nullptr, nullptr, &status);
  const int used = std::snprintf(to, size, "%s%s", prefix, status == 0 ? name : mangled);
  std::free(name);
  const auto end = std::min(static_cast<std::size_t>(used), size - 1);
  try {
    throw;
  } catch (const std::exception& e) {
    std::snprintf(to + end, size - end, ": %s", e.what());
  } catch (...) {
  }
}

[[noreturn]] void fail_with_current_exception() {
  const void* pc = current->thrown_at;
  describe_exception(running_schedule->message, sizeof running_schedule->message, "");
  fail(ending::uncaught_exception, nullptr, pc);
}

std::terminate_handler previous_terminate = nullptr;

void on_terminate() {
  if (!controlled) previous_terminate();
  controlled = false;
  if (abi::__cxa_current_exception_type() == nullptr)
    fail(ending::aborted, "std::terminate() was called", component_pc(nullptr));
  const void* pc = current->thrown_at;
  describe_exception(running_schedule->message, sizeof running_schedule->message, "std::terminate() after ");
  fail(ending::aborted, nullptr, pc);
}

void run_entry(thread& t) {
  try {
    t.value = t.entry(t.argument);
  } catch (const thread_exit& exit) {
    t.value = exit.value;
  } catch (...) {
    controlled = false;
    fail_with_current_exception();
  }
}

void thread_main(boost::context::detail::transfer_t from) {
  static_cast<fiber*>(from.data)->context = from.fctx;
  thread& t = *current;
  forget_key_values();
  start_step(t);
  run_entry(t);
  const bool as_body_left_it = controlled;
  run_exit_calls(t);
  controlled = as_body_left_it;
  run_key_destructors();
  if (t.id == 0) back_to_root();
  point(action::exit, nullptr, nullptr);
  ++t.clock.at[t.id];
  finish_thread(t);
  switch_to(choose_next());
  __builtin_unreachable();
}

// A new thread's storage, and its stack as far as a thread before it in this schedule went.
void forget_memory_of(fiber& f) {
  if (!running_schedule->how.detect_races) return;
  const memory_range storage = storage_of(f);
  constexpr std::size_t whole_granules = 2 * 8;
  set_memory(storage.begin & ~std::uintptr_t{7}, storage.bytes + whole_granules, memory_state::fresh);
  if (f.lowest_frame == 0) return;
  set_memory(f.lowest_frame, reinterpret_cast<std::uintptr_t>(f.stack) + stack_bytes - f.lowest_frame,
             memory_state::fresh);
  f.lowest_frame = 0;
}

inline void note_frame(thread& t, const void* frame) {
  t.lowest_frame = std::min(t.lowest_frame, reinterpret_cast<std::uintptr_t>(frame));
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
  if (previous_terminate == nullptr) previous_terminate = std::set_terminate(on_terminate);
  adopt_thread(root);
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

void discard_current_fiber() {
  running_schedule->discard_culprit = true;
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

thread& create_thread(void* (*entry)(void*), void* argument, bool controlled_from_start, const void* pc) {
  if (clock_width >= max_threads - 1)
    fail(ending::too_many_threads, "more than 63 threads in one schedule", pc);
  const bool before = controlled;
  controlled = false;
  const std::uint32_t id = clock_width;
  thread& t = *new (thread_memory[id]) thread;
  t.id = static_cast<thread_id>(id);
  t.entry = entry;
  t.argument = argument;
  t.controlled = controlled_from_start;
  t.pending = {action::start, 0, 0, false, 0, pc};
  t.stack = acquire_fiber(thread_main);
  t.lowest_frame = reinterpret_cast<std::uintptr_t>(t.stack->stack) + stack_bytes;
  t.clock.clear();
  t.acquired_by_relaxed_loads.clear();
  t.release_fence.clear();
  ++clock_width;
  if (current != nullptr) {
    release(t.clock);
    t.marker = current->marker;  // what a call's own threads do belongs to the call
  }
  t.clock.at[id] = 1;
  forget_memory_of(*t.stack);
  controlled = before;
  return t;
}

pthread_t handle_of(const thread& t) {
  return first_handle + t.id;
}

thread* find_thread(pthread_t handle) {
  if (current == nullptr || handle < first_handle || handle >= first_handle + clock_width) return nullptr;
  thread& t = thread_at(static_cast<std::uint32_t>(handle - first_handle));
  return t.reaped ? nullptr : &t;
}

void join_thread(thread& t, const void* pc) {
  const auto* handle = reinterpret_cast<const void*>(std::uintptr_t{t.id});
  if (t.state == thread::life::finished) {
    point(action::join, handle, pc);
  } else {
    current->pending = {action::join, 0, 0, false, t.id, pc};
    block();
  }
  acquire(t.clock);
}

void detach_thread(thread& t) {
  t.detached = true;
  if (t.state == thread::life::finished && !t.reaped) {
    t.reaped = true;
    release_fiber(t.stack);
  }
}

void yield(const void* pc) {
  be_patient(*current, thread::patience::until_step);
  point(action::yield, nullptr, pc);
}

// Reports show plain accesses whether or not they are scheduling points, which have left their event already.
static void trace_plain_access(std::uintptr_t address, std::size_t size, bool write, const void* pc) {
  schedule& s = *running_schedule;
  if (!s.how.plain_accesses)
    record_event(
        {{write ? action::write : action::read, static_cast<std::uint8_t>(size), 0, false, address, pc},
         current->id,
         true,
         0,
         0,
         current->marker});
  event& e = s.outcome.trace.back();
  e.succeeded = false;
  if (size <= sizeof e.after) s.unfinished_access = s.outcome.trace.size();
}

std::uint64_t progress() {
  return running_schedule->outcome.steps + running_schedule->outcome.component_steps;
}

event* traced() {
  auto& trace = running_schedule->outcome.trace;
  return running_schedule->how.trace && !trace.empty() ? &trace.back() : nullptr;
}

void plain_access(std::uintptr_t address, std::size_t size, bool write, const void* pc) {
  thread& me = *current;
  schedule& s = *running_schedule;
  ++s.outcome.component_steps;
  if (address - s.watched < s.watched_bytes) ++s.outcome.component_operations;
  note_frame(me, __builtin_frame_address(0));
  if (++me.plain_accesses > plain_accesses_max) {
    // A loop on plain memory never reaches a scheduling point by itself.
    s.outcome.steps += s.how.max_steps / 64;
    yield(pc);
  }
  const bool own_stack = me.stack->owns_stack_address(address);
  if (s.how.plain_accesses && !own_stack) {
    point(write ? action::write : action::read, reinterpret_cast<const void*>(address), pc,
          static_cast<std::uint8_t>(size));
    if (write) note_write();
  }
  if (s.how.trace && !own_stack) trace_plain_access(address, size, write, pc);
  if (s.how.detect_races &&
      !record_access(address, size, write ? access::plain_write : access::plain_read, me.id, me.clock, pc))
    fail(ending::use_after_free, write ? "write" : "read", pc);
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
  current = &first;
  controlled = false;
  switch_fiber(root, *first.stack);
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
