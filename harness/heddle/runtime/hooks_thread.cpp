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
pthread_key_t keys_end = 0;  // above every key ever made

// Only "done" is written into a once flag or guard; who is at it stands in our table, so that an abandoned
// schedule leaves no trace. Each attempt happens before the next one, also if it failed
// ([thread.once.callonce]).
template <class Done>
bool begin_once(void* flag, Done done, const void* pc) {
  sync_object& object = sync_at(flag);
  point(action::once, flag, pc);
  while (object.owner != no_thread) block();
  acquire(object.released);
  if (done()) return false;
  object.owner = current->id;
  return true;
}

void end_once(void* flag) {
  sync_object& object = sync_at(flag);
  object.owner = no_thread;
  release(object.released);
  note_write();
  wake_waiting(action::once, flag, max_threads);
}

int run_once(pthread_once_t* once, void (*function)(), const void* pc) {
  constexpr int once_done = 2;  // glibc's own value, so that the real function agrees afterwards
  if (!begin_once(
          once, [once] { return *once == once_done; }, pc))
    return 0;
  try {
    function();
  } catch (...) {
    end_once(once);
    throw;
  }
  *once = once_done;
  end_once(once);
  return 0;
}

// Itanium C++ ABI 3.3.3: the first byte says initialised.
volatile std::uint8_t& initialised(abi::__guard* guard) {
  return reinterpret_cast<volatile std::uint8_t*>(guard)[0];
}

// What glibc does for a thread handle is done for the pthread behind the fiber.
pthread_t carrier_of(pthread_t handle) {
  const thread* t = find_thread(handle);
  return t != nullptr ? t->stack->carrier : handle;
}

}  // namespace

void run_key_destructors() {
  constexpr int rounds = 4;  // PTHREAD_DESTRUCTOR_ITERATIONS
  bool again = true;
  for (int round = 0; round < rounds && again; ++round) {
    again = false;
    for (pthread_key_t key = 0; key < keys_end; ++key) {
      if (key_destructors[key] == nullptr) continue;
      void* value = pthread_getspecific(key);
      if (value == nullptr) continue;
      pthread_setspecific(key, nullptr);
      key_destructors[key](value);
      again = true;
    }
  }
}

void forget_key_values() {
  for (pthread_key_t key = 0; key < keys_end; ++key)
    if (pthread_getspecific(key) != nullptr) pthread_setspecific(key, nullptr);
}

}  // namespace heddle::runtime

using namespace heddle::runtime;

// --- Threads

HEDDLE_HOOK int pthread_create(pthread_t* handle, const pthread_attr_t* attributes, void* (*entry)(void*),
                               void* argument) noexcept {
  if (!controlled) return HEDDLE_REAL(pthread_create)(handle, attributes, entry, argument);
  thread& created = create_thread(entry, argument, true, HEDDLE_CALLER);
  int detach_state = PTHREAD_CREATE_JOINABLE;
  if (attributes != nullptr) pthread_attr_getdetachstate(attributes, &detach_state);
  created.detached = detach_state == PTHREAD_CREATE_DETACHED;
  *handle = handle_of(created);
  point(action::create, nullptr, HEDDLE_CALLER);
  return 0;
}

HEDDLE_HOOK int pthread_join(pthread_t handle, void** value) {
  thread* t = find_thread(handle);
  if (t == nullptr) return controlled ? ESRCH : HEDDLE_REAL(pthread_join)(handle, value);
  if (t == current) return EDEADLK;
  join_thread(*t, HEDDLE_CALLER);
  if (value != nullptr) *value = t->value;
  detach_thread(*t);
  return 0;
}

HEDDLE_HOOK int pthread_detach(pthread_t handle) noexcept {
  thread* t = find_thread(handle);
  if (t == nullptr) return controlled ? ESRCH : HEDDLE_REAL(pthread_detach)(handle);
  detach_thread(*t);
  return 0;
}

// Handles are numbers of our own, the same in every process: std::barrier hashes them to place its tickets.
HEDDLE_HOOK pthread_t pthread_self() noexcept {
  return current != nullptr ? handle_of(*current) : HEDDLE_REAL(pthread_self)();
}

HEDDLE_HOOK int pthread_setname_np(pthread_t handle, const char* name) noexcept {
  return HEDDLE_REAL(pthread_setname_np)(carrier_of(handle), name);
}
HEDDLE_HOOK int pthread_getname_np(pthread_t handle, char* name, std::size_t size) noexcept {
  return HEDDLE_REAL(pthread_getname_np)(carrier_of(handle), name, size);
}
HEDDLE_HOOK int pthread_setaffinity_np(pthread_t handle, std::size_t size, const cpu_set_t* set) noexcept {
  return find_thread(handle) != nullptr ? 0 : HEDDLE_REAL(pthread_setaffinity_np)(handle, size, set);
}
HEDDLE_HOOK int pthread_getaffinity_np(pthread_t handle, std::size_t size, cpu_set_t* set) noexcept {
  return HEDDLE_REAL(pthread_getaffinity_np)(carrier_of(handle), size, set);
}
HEDDLE_HOOK int pthread_setschedparam(pthread_t handle, int policy, const sched_param* p) noexcept {
  return find_thread(handle) != nullptr ? 0 : HEDDLE_REAL(pthread_setschedparam)(handle, policy, p);
}
HEDDLE_HOOK int pthread_getschedparam(pthread_t handle, int* policy, sched_param* p) noexcept {
  return HEDDLE_REAL(pthread_getschedparam)(carrier_of(handle), policy, p);
}
HEDDLE_HOOK int pthread_getattr_np(pthread_t handle, pthread_attr_t* attributes) noexcept {
  return HEDDLE_REAL(pthread_getattr_np)(carrier_of(handle), attributes);
}
HEDDLE_HOOK int pthread_cancel(pthread_t handle) {
  if (find_thread(handle) != nullptr)
    fail(ending::aborted, "pthread_cancel() is not supported by the run-time", HEDDLE_CALLER);
  return HEDDLE_REAL(pthread_cancel)(handle);
}

HEDDLE_HOOK void pthread_exit(void* value) {
  if (controlled) throw thread_exit{value};
  HEDDLE_REAL(pthread_exit)(value);
  __builtin_unreachable();
}

// --- Thread-local state

HEDDLE_HOOK int pthread_key_create(pthread_key_t* key, void (*destructor)(void*)) noexcept {
  const int error = HEDDLE_REAL(pthread_key_create)(key, destructor);
  if (error != 0) return error;
  key_destructors[*key] = destructor;
  if (*key >= keys_end) keys_end = *key + 1;
  return 0;
}
HEDDLE_HOOK int pthread_key_delete(pthread_key_t key) noexcept {
  if (key < keys_end) key_destructors[key] = nullptr;
  return HEDDLE_REAL(pthread_key_delete)(key);
}

namespace __cxxabiv1 {
HEDDLE_HOOK int __cxa_thread_atexit(void (*destructor)(void*), void* object, void* library) noexcept {
  if (current == nullptr) return HEDDLE_REAL(__cxa_thread_atexit)(destructor, object, library);
  const bool before = controlled;
  controlled = false;  // the list's memory is not the component's
  current->at_exit = new exit_call{destructor, object, before, current->at_exit};
  controlled = before;
  return 0;
}
}  // namespace __cxxabiv1

// --- Once

HEDDLE_HOOK int pthread_once(pthread_once_t* once, void (*function)()) {
  if (!controlled) return HEDDLE_REAL(pthread_once)(once, function);
  return run_once(once, function, HEDDLE_CALLER);
}

namespace __cxxabiv1 {
HEDDLE_HOOK int __cxa_guard_acquire(__guard* guard) {
  if (!controlled) return HEDDLE_REAL(__cxa_guard_acquire)(guard);
  return begin_once(
             guard, [guard] { return initialised(guard) != 0; }, HEDDLE_CALLER)
             ? 1
             : 0;
}
HEDDLE_HOOK void __cxa_guard_release(__guard* guard) noexcept {
  if (!controlled) return HEDDLE_REAL(__cxa_guard_release)(guard);
  initialised(guard) = 1;
  end_once(guard);
}
HEDDLE_HOOK void __cxa_guard_abort(__guard* guard) noexcept {
  if (!controlled) return HEDDLE_REAL(__cxa_guard_abort)(guard);
  end_once(guard);
}
}  // namespace __cxxabiv1
