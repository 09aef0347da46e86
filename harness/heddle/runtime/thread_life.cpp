// From a thread's creation to its end: its fiber, what runs when it ends, and how others learn of it.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <new>

#include <cxxabi.h>

#include <heddle/runtime/race_detector.hpp>
#include <heddle/runtime/schedule_state.hpp>

namespace heddle::runtime {

bool controlled = false;
thread* current = nullptr;
std::uint32_t clock_width = 0;

namespace {

constexpr pthread_t first_handle = 0x48000000;

fiber root;
alignas(thread) char thread_memory[max_threads][sizeof(thread)];

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

}  // namespace

thread& thread_at(std::uint32_t id) {
  return *reinterpret_cast<thread*>(thread_memory[id]);
}

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

void forget_exit_calls(thread& t) {
  while (t.at_exit != nullptr) {
    exit_call* call = t.at_exit;
    t.at_exit = call->next;
    delete call;
  }
}

void adopt_calling_thread() {
  adopt_thread(root);
}

void enter(thread& first) {
  current = &first;
  controlled = false;
  switch_fiber(root, *first.stack);
}

void install_terminate_handler() {
  if (previous_terminate == nullptr) previous_terminate = std::set_terminate(on_terminate);
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

void discard_current_fiber() {
  running_schedule->discard_culprit = true;
}

}  // namespace heddle::runtime
