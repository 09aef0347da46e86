// Threads, their keys and destructors, call_once and guarded statics.
#include <cerrno>

#include <cxxabi.h>
#include <pthread.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <heddle/runtime/hook.hpp>
#include <heddle/runtime/raw_syscall.hpp>

namespace heddle::runtime {
namespace {

constexpr std::size_t keys_max = 1024;  // PTHREAD_KEYS_MAX
void (*key_destructors[keys_max])(void*);

// States of a pthread_once_t under control, apart from glibc's: zero is "not yet" in both.
constexpr int once_running = 0x10;
constexpr int once_done = 2;  // glibc's own value, so that the real function agrees afterwards

int run_once(pthread_once_t* once, void (*function)(), const void* pc) {
  point(action::once, once, pc);
  while (*once == once_running) block();
  if (*once == once_done) {
    acquire(sync_at(once).released);
    return 0;
  }
  *once = once_running;
  try {
    function();
  } catch (...) {
    *once = 0;
    note_write();
    wake_waiting(action::once, once, max_threads);
    throw;
  }
  *once = once_done;
  release(sync_at(once).released);
  note_write();
  wake_waiting(action::once, once, max_threads);
  return 0;
}

// Itanium C++ ABI 3.3.3: the first byte says initialised. The second is ours: initialisation in progress.
volatile std::uint8_t& initialised(abi::__guard* guard) {
  return reinterpret_cast<volatile std::uint8_t*>(guard)[0];
}
volatile std::uint8_t& in_progress(abi::__guard* guard) {
  return reinterpret_cast<volatile std::uint8_t*>(guard)[1];
}

void end_initialisation(abi::__guard* guard, bool succeeded) {
  in_progress(guard) = 0;
  if (succeeded) release(sync_at(guard).released);
  initialised(guard) = succeeded ? 1 : 0;
  note_write();
  wake_waiting(action::once, guard, max_threads);
}

}  // namespace

void run_key_destructors() {
  constexpr int rounds = 4;  // PTHREAD_DESTRUCTOR_ITERATIONS
  bool again = true;
  for (int round = 0; round < rounds && again; ++round) {
    again = false;
    for (pthread_key_t key = 0; key < keys_max; ++key) {
      if (key_destructors[key] == nullptr) continue;
      void* value = pthread_getspecific(key);
      if (value == nullptr) continue;
      pthread_setspecific(key, nullptr);
      key_destructors[key](value);
      again = true;
    }
  }
}

}  // namespace heddle::runtime

using namespace heddle::runtime;

// --- Threads
// ------------------------------------------------------------------------------------------------------

HEDDLE_HOOK int pthread_create(pthread_t* handle, const pthread_attr_t* attributes, void* (*entry)(void*),
                               void* argument) noexcept {
  if (!controlled) return HEDDLE_REAL(pthread_create)(handle, attributes, entry, argument);
  thread& created = create_thread(entry, argument, true, HEDDLE_CALLER);
  int detach_state = PTHREAD_CREATE_JOINABLE;
  if (attributes != nullptr) pthread_attr_getdetachstate(attributes, &detach_state);
  created.detached = detach_state == PTHREAD_CREATE_DETACHED;
  *handle = created.stack->carrier;
  point(action::create, nullptr, HEDDLE_CALLER);
  return 0;
}

HEDDLE_HOOK int pthread_join(pthread_t handle, void** value) {
  if (!controlled) return HEDDLE_REAL(pthread_join)(handle, value);
  thread* t = find_thread(handle);
  if (t == nullptr) return ESRCH;
  if (t == current) return EDEADLK;
  join_thread(*t, HEDDLE_CALLER);
  if (value != nullptr) *value = t->value;
  detach_thread(*t);
  return 0;
}

HEDDLE_HOOK int pthread_detach(pthread_t handle) noexcept {
  if (!controlled) return HEDDLE_REAL(pthread_detach)(handle);
  thread* t = find_thread(handle);
  if (t == nullptr) return ESRCH;
  detach_thread(*t);
  return 0;
}

HEDDLE_HOOK void pthread_exit(void* value) {
  if (controlled) throw thread_exit{value};
  HEDDLE_REAL(pthread_exit)(value);
  __builtin_unreachable();
}

// --- Thread-local state
// -------------------------------------------------------------------------------------------

HEDDLE_HOOK int pthread_key_create(pthread_key_t* key, void (*destructor)(void*)) noexcept {
  const int error = HEDDLE_REAL(pthread_key_create)(key, destructor);
  if (error == 0 && *key < keys_max) key_destructors[*key] = destructor;
  return error;
}
HEDDLE_HOOK int pthread_key_delete(pthread_key_t key) noexcept {
  if (key < keys_max) key_destructors[key] = nullptr;
  return HEDDLE_REAL(pthread_key_delete)(key);
}

namespace __cxxabiv1 {
HEDDLE_HOOK int __cxa_thread_atexit(void (*destructor)(void*), void* object, void* library) noexcept {
  if (!controlled) return HEDDLE_REAL(__cxa_thread_atexit)(destructor, object, library);
  controlled = false;  // the list's memory is not the component's
  current->at_exit = new exit_call{destructor, object, current->at_exit};
  controlled = true;
  return 0;
}
}  // namespace __cxxabiv1

// --- Once
// ---------------------------------------------------------------------------------------------------------

HEDDLE_HOOK int pthread_once(pthread_once_t* once, void (*function)()) {
  if (!controlled) return HEDDLE_REAL(pthread_once)(once, function);
  return run_once(once, function, HEDDLE_CALLER);
}

namespace __cxxabiv1 {
HEDDLE_HOOK int __cxa_guard_acquire(__guard* guard) {
  if (!controlled) return HEDDLE_REAL(__cxa_guard_acquire)(guard);
  point(action::once, guard, HEDDLE_CALLER);
  while (in_progress(guard) != 0) block();
  if (initialised(guard) != 0) {
    acquire(sync_at(guard).released);
    return 0;
  }
  in_progress(guard) = 1;
  return 1;
}
HEDDLE_HOOK void __cxa_guard_release(__guard* guard) noexcept {
  if (!controlled) return HEDDLE_REAL(__cxa_guard_release)(guard);
  end_initialisation(guard, true);
}
HEDDLE_HOOK void __cxa_guard_abort(__guard* guard) noexcept {
  if (!controlled) return HEDDLE_REAL(__cxa_guard_abort)(guard);
  end_initialisation(guard, false);
}
}  // namespace __cxxabiv1
