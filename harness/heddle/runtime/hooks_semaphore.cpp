// POSIX semaphores and barriers.
#include <cerrno>

#include <pthread.h>
#include <semaphore.h>

#include <heddle/runtime/hook.hpp>
#include <heddle/runtime/hook_clock.hpp>

namespace heddle::runtime {
namespace {

int failed(int error) {
  errno = error;
  return -1;
}

// A semaphore or barrier that was initialised before the schedule brings its count along.
sync_object& known_semaphore(sem_t* s) {
  if (sync_object* known = find_sync(s)) return *known;
  int value = 0;
  HEDDLE_REAL(sem_getvalue)(s, &value);
  sync_object& object = sync_at(s);
  object.value = value;
  return object;
}

sync_object& known_barrier(pthread_barrier_t* b) {
  if (sync_object* known = find_sync(b)) return *known;
  constexpr std::size_t count_at = 2;  // in glibc's struct pthread_barrier
  sync_object& object = sync_at(b);
  object.expected = reinterpret_cast<const unsigned*>(b)[count_at];
  return object;
}

int acquire_semaphore(sem_t* s, nanoseconds deadline, const void* pc) {
  sync_object& object = known_semaphore(s);
  point(action::semaphore_acquire, s, pc);
  while (object.value <= 0)
    if (!block(deadline) && object.value <= 0) return failed(ETIMEDOUT);
  --object.value;
  acquire(object.released);
  note_write();
  return 0;
}

int try_acquire_semaphore(sem_t* s, const void* pc) {
  sync_object& object = known_semaphore(s);
  point(action::try_lock, s, pc);
  if (object.value <= 0) return failed(EAGAIN);
  --object.value;
  acquire(object.released);
  note_write();
  return 0;
}

int release_semaphore(sem_t* s, const void* pc) {
  sync_object& object = known_semaphore(s);
  point(action::semaphore_release, s, pc);
  ++object.value;
  release(object.released);
  note_write();
  wake_waiting(action::semaphore_acquire, s, max_threads);
  return 0;
}

int arrive(pthread_barrier_t* b, const void* pc) {
  sync_object& object = known_barrier(b);
  point(action::barrier, b, pc);
  release(object.released);
  note_write();
  if (++object.arrived == object.expected) {
    object.arrived = 0;
    ++object.phase;
    acquire(object.released);
    wake_waiting(action::barrier, b, max_threads);
    return PTHREAD_BARRIER_SERIAL_THREAD;
  }
  const std::uint32_t phase = object.phase;
  while (object.phase == phase) block();
  acquire(object.released);
  return 0;
}

}  // namespace
}  // namespace heddle::runtime

using namespace heddle::runtime;

HEDDLE_HOOK int sem_init(sem_t* s, int shared, unsigned value) noexcept {
  if (controlled) reset_sync(s);
  const int result = HEDDLE_REAL(sem_init)(s, shared, value);
  if (controlled) sync_at(s).value = value;
  return result;
}
HEDDLE_HOOK int sem_destroy(sem_t* s) noexcept {
  return controlled ? 0 : HEDDLE_REAL(sem_destroy)(s);
}
HEDDLE_HOOK int sem_wait(sem_t* s) {
  return controlled ? acquire_semaphore(s, no_deadline, HEDDLE_CALLER) : HEDDLE_REAL(sem_wait)(s);
}
HEDDLE_HOOK int sem_trywait(sem_t* s) noexcept {
  return controlled ? try_acquire_semaphore(s, HEDDLE_CALLER) : HEDDLE_REAL(sem_trywait)(s);
}
HEDDLE_HOOK int sem_timedwait(sem_t* s, const timespec* t) {
  if (!controlled) return HEDDLE_REAL(sem_timedwait)(s, t);
  return acquire_semaphore(s, deadline_on(CLOCK_REALTIME, *t), HEDDLE_CALLER);
}
HEDDLE_HOOK int sem_clockwait(sem_t* s, clockid_t clock, const timespec* t) {
  if (!controlled) return HEDDLE_REAL(sem_clockwait)(s, clock, t);
  return acquire_semaphore(s, deadline_on(clock, *t), HEDDLE_CALLER);
}
HEDDLE_HOOK int sem_post(sem_t* s) noexcept {
  return controlled ? release_semaphore(s, HEDDLE_CALLER) : HEDDLE_REAL(sem_post)(s);
}
HEDDLE_HOOK int sem_getvalue(sem_t* s, int* value) noexcept {
  if (!controlled) return HEDDLE_REAL(sem_getvalue)(s, value);
  point(action::load, s, HEDDLE_CALLER);
  *value = static_cast<int>(known_semaphore(s).value);
  return 0;
}

HEDDLE_HOOK int pthread_barrier_init(pthread_barrier_t* b, const pthread_barrierattr_t* a,
                                     unsigned count) noexcept {
  const int error = HEDDLE_REAL(pthread_barrier_init)(b, a, count);
  if (!controlled || error != 0) return error;
  reset_sync(b);
  sync_at(b).expected = count;
  return 0;
}
HEDDLE_HOOK int pthread_barrier_destroy(pthread_barrier_t* b) noexcept {
  return controlled ? 0 : HEDDLE_REAL(pthread_barrier_destroy)(b);
}
HEDDLE_HOOK int pthread_barrier_wait(pthread_barrier_t* b) noexcept {
  return controlled ? arrive(b, HEDDLE_CALLER) : HEDDLE_REAL(pthread_barrier_wait)(b);
}
