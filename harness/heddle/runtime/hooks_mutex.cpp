// pthread mutexes, condition variables, read-write locks and spin locks.
//
// Locking is a scheduling point before the lock is taken; a thread about to lock a mutex that somebody holds
// is not enabled. Unlocking hands the lock to nobody: all contenders become enabled and the chooser decides.
#include <cerrno>

#include <pthread.h>

#include <heddle/runtime/hook.hpp>
#include <heddle/runtime/hook_clock.hpp>

namespace heddle::runtime {
namespace {

int type_of(const pthread_mutex_t* m) {
  return m->__data.__kind & 3;
}

bool is_held(const sync_object& object) {
  return object.owner != no_thread;
}

// Waits until `free` holds; false if the deadline passes first.
template <class Free>
bool wait_for_lock(const volatile void* address, nanoseconds deadline, const void* pc, Free free) {
  if (free()) {
    point(action::lock, address, pc, 0, 0, deadline);
  } else {
    current->pending = {action::lock, 0, 0, false, reinterpret_cast<std::uintptr_t>(address), pc};
    current->timed_out = false;
  }
  while (!free()) {
    if (current->timed_out) return false;
    if (!block(deadline) && !free()) return false;
  }
  return true;
}

void take(sync_object& object, const volatile void* address) {
  object.owner = current->id;
  object.depth = 1;
  acquire(object.released);
  note_write();
  disable_contenders(address);
}

void give_back(sync_object& object, const volatile void* address) {
  object.owner = no_thread;
  object.depth = 0;
  release(object.released);
  note_write();
  enable_contenders(address);
}

int lock(pthread_mutex_t* m, nanoseconds deadline, const void* pc) {
  sync_object& object = sync_at(m);
  if (object.owner == current->id) {
    if (type_of(m) == PTHREAD_MUTEX_RECURSIVE) {
      ++object.depth;
      return 0;
    }
    if (type_of(m) == PTHREAD_MUTEX_ERRORCHECK) return EDEADLK;
  }
  if (!wait_for_lock(m, deadline, pc, [&] { return !is_held(object); })) return ETIMEDOUT;
  take(object, m);
  return 0;
}

int try_lock(pthread_mutex_t* m, const void* pc) {
  sync_object& object = sync_at(m);
  if (object.owner == current->id && type_of(m) == PTHREAD_MUTEX_RECURSIVE) {
    ++object.depth;
    return 0;
  }
  point(action::try_lock, m, pc);
  if (event* e = traced()) e->succeeded = !is_held(object);
  if (is_held(object)) return EBUSY;
  take(object, m);
  return 0;
}

int unlock(pthread_mutex_t* m, const void* pc) {
  sync_object& object = sync_at(m);
  if (object.owner == current->id && object.depth > 1) {
    --object.depth;
    return 0;
  }
  point(action::unlock, m, pc);
  if (object.owner != current->id && type_of(m) != PTHREAD_MUTEX_NORMAL) return EPERM;
  if (is_held(object)) give_back(object, m);
  return 0;
}

// Releases, waits and locks again. Being notified and timing out are told apart by who woke us.
int wait(pthread_cond_t* c, pthread_mutex_t* m, nanoseconds deadline, const void* pc) {
  sync_object& mutex = sync_at(m);
  point(action::wait, c, pc);
  const std::uint32_t depth = mutex.depth;
  give_back(mutex, m);
  const bool notified = block(deadline);
  wait_for_lock(m, no_deadline, pc, [&] { return !is_held(mutex); });
  take(mutex, m);
  mutex.depth = depth;
  return notified ? 0 : ETIMEDOUT;
}

// glibc keeps the clock chosen by pthread_condattr_setclock in bit 1 of wrefs.
clockid_t clock_of(const pthread_cond_t* c) {
  return (c->__data.__wrefs & 2) != 0 ? CLOCK_MONOTONIC : CLOCK_REALTIME;
}

int notify(pthread_cond_t* c, std::uint32_t count, const void* pc) {
  point(action::notify, c, pc);
  note_write();
  wake_waiting(action::wait, c, count);
  return 0;
}

int lock_shared(pthread_rwlock_t* l, nanoseconds deadline, const void* pc) {
  sync_object& object = sync_at(l);
  if (object.write_locked && object.owner == current->id) return EDEADLK;
  if (!wait_for_lock(l, deadline, pc, [&] { return !object.write_locked; })) return ETIMEDOUT;
  ++object.readers;
  acquire(object.released);
  note_write();
  return 0;
}

int lock_exclusive(pthread_rwlock_t* l, nanoseconds deadline, const void* pc) {
  sync_object& object = sync_at(l);
  if (object.write_locked && object.owner == current->id) return EDEADLK;
  if (!wait_for_lock(l, deadline, pc, [&] { return !object.write_locked && object.readers == 0; }))
    return ETIMEDOUT;
  object.write_locked = true;
  acquire(object.readers_released);
  take(object, l);
  return 0;
}

int try_lock_rw(pthread_rwlock_t* l, bool exclusive, const void* pc) {
  sync_object& object = sync_at(l);
  point(action::try_lock, l, pc);
  const bool free = !object.write_locked && (!exclusive || object.readers == 0);
  if (event* e = traced()) e->succeeded = free;
  if (!free) return EBUSY;
  acquire(object.released);
  if (exclusive) {
    object.write_locked = true;
    acquire(object.readers_released);
    take(object, l);
  } else {
    ++object.readers;
    note_write();
  }
  return 0;
}

int unlock_rw(pthread_rwlock_t* l, const void* pc) {
  sync_object& object = sync_at(l);
  point(action::unlock, l, pc);
  if (object.write_locked) {
    object.write_locked = false;
    give_back(object, l);
  } else if (object.readers > 0) {
    --object.readers;
    release(object.readers_released);
    note_write();
    enable_contenders(l);
  }
  return 0;
}

int spin_lock(pthread_spinlock_t* l, const void* pc) {
  sync_object& object = sync_at(l);
  wait_for_lock(l, no_deadline, pc, [&] { return !is_held(object); });
  take(object, l);
  return 0;
}

}  // namespace
}  // namespace heddle::runtime

using namespace heddle::runtime;

// --- Mutexes

HEDDLE_HOOK int pthread_mutex_init(pthread_mutex_t* m, const pthread_mutexattr_t* a) noexcept {
  if (controlled) reset_sync(m);
  return HEDDLE_REAL(pthread_mutex_init)(m, a);
}
HEDDLE_HOOK int pthread_mutex_destroy(pthread_mutex_t* m) noexcept {
  if (!controlled) return HEDDLE_REAL(pthread_mutex_destroy)(m);
  if (is_held(sync_at(m))) return EBUSY;
  reset_sync(m);
  return 0;
}
HEDDLE_HOOK int pthread_mutex_lock(pthread_mutex_t* m) noexcept {
  if (!controlled) return HEDDLE_REAL(pthread_mutex_lock)(m);
  return lock(m, no_deadline, HEDDLE_CALLER);
}
HEDDLE_HOOK int pthread_mutex_trylock(pthread_mutex_t* m) noexcept {
  if (!controlled) return HEDDLE_REAL(pthread_mutex_trylock)(m);
  return try_lock(m, HEDDLE_CALLER);
}
HEDDLE_HOOK int pthread_mutex_timedlock(pthread_mutex_t* m, const timespec* t) noexcept {
  if (!controlled) return HEDDLE_REAL(pthread_mutex_timedlock)(m, t);
  return lock(m, deadline_on(CLOCK_REALTIME, *t), HEDDLE_CALLER);
}
HEDDLE_HOOK int pthread_mutex_clocklock(pthread_mutex_t* m, clockid_t clock, const timespec* t) noexcept {
  if (!controlled) return HEDDLE_REAL(pthread_mutex_clocklock)(m, clock, t);
  return lock(m, deadline_on(clock, *t), HEDDLE_CALLER);
}
HEDDLE_HOOK int pthread_mutex_unlock(pthread_mutex_t* m) noexcept {
  if (!controlled) return HEDDLE_REAL(pthread_mutex_unlock)(m);
  return unlock(m, HEDDLE_CALLER);
}

// --- Condition variables

HEDDLE_HOOK int pthread_cond_destroy(pthread_cond_t* c) noexcept {
  return controlled ? 0 : HEDDLE_REAL(pthread_cond_destroy)(c);
}
HEDDLE_HOOK int pthread_cond_wait(pthread_cond_t* c, pthread_mutex_t* m) {
  if (!controlled) return HEDDLE_REAL(pthread_cond_wait)(c, m);
  return wait(c, m, no_deadline, HEDDLE_CALLER);
}
HEDDLE_HOOK int pthread_cond_timedwait(pthread_cond_t* c, pthread_mutex_t* m, const timespec* t) {
  if (!controlled) return HEDDLE_REAL(pthread_cond_timedwait)(c, m, t);
  return wait(c, m, deadline_on(clock_of(c), *t), HEDDLE_CALLER);
}
HEDDLE_HOOK int pthread_cond_clockwait(pthread_cond_t* c, pthread_mutex_t* m, clockid_t clock,
                                       const timespec* t) {
  if (!controlled) return HEDDLE_REAL(pthread_cond_clockwait)(c, m, clock, t);
  return wait(c, m, deadline_on(clock, *t), HEDDLE_CALLER);
}
HEDDLE_HOOK int pthread_cond_signal(pthread_cond_t* c) noexcept {
  return controlled ? notify(c, 1, HEDDLE_CALLER) : HEDDLE_REAL(pthread_cond_signal)(c);
}
HEDDLE_HOOK int pthread_cond_broadcast(pthread_cond_t* c) noexcept {
  return controlled ? notify(c, max_threads, HEDDLE_CALLER) : HEDDLE_REAL(pthread_cond_broadcast)(c);
}

// --- Read-write locks

HEDDLE_HOOK int pthread_rwlock_init(pthread_rwlock_t* l, const pthread_rwlockattr_t* a) noexcept {
  if (controlled) reset_sync(l);
  return HEDDLE_REAL(pthread_rwlock_init)(l, a);
}
HEDDLE_HOOK int pthread_rwlock_destroy(pthread_rwlock_t* l) noexcept {
  if (!controlled) return HEDDLE_REAL(pthread_rwlock_destroy)(l);
  reset_sync(l);
  return 0;
}
HEDDLE_HOOK int pthread_rwlock_rdlock(pthread_rwlock_t* l) noexcept {
  return controlled ? lock_shared(l, no_deadline, HEDDLE_CALLER) : HEDDLE_REAL(pthread_rwlock_rdlock)(l);
}
HEDDLE_HOOK int pthread_rwlock_wrlock(pthread_rwlock_t* l) noexcept {
  return controlled ? lock_exclusive(l, no_deadline, HEDDLE_CALLER) : HEDDLE_REAL(pthread_rwlock_wrlock)(l);
}
HEDDLE_HOOK int pthread_rwlock_tryrdlock(pthread_rwlock_t* l) noexcept {
  return controlled ? try_lock_rw(l, false, HEDDLE_CALLER) : HEDDLE_REAL(pthread_rwlock_tryrdlock)(l);
}
HEDDLE_HOOK int pthread_rwlock_trywrlock(pthread_rwlock_t* l) noexcept {
  return controlled ? try_lock_rw(l, true, HEDDLE_CALLER) : HEDDLE_REAL(pthread_rwlock_trywrlock)(l);
}
HEDDLE_HOOK int pthread_rwlock_timedrdlock(pthread_rwlock_t* l, const timespec* t) noexcept {
  if (!controlled) return HEDDLE_REAL(pthread_rwlock_timedrdlock)(l, t);
  return lock_shared(l, deadline_on(CLOCK_REALTIME, *t), HEDDLE_CALLER);
}
HEDDLE_HOOK int pthread_rwlock_timedwrlock(pthread_rwlock_t* l, const timespec* t) noexcept {
  if (!controlled) return HEDDLE_REAL(pthread_rwlock_timedwrlock)(l, t);
  return lock_exclusive(l, deadline_on(CLOCK_REALTIME, *t), HEDDLE_CALLER);
}
HEDDLE_HOOK int pthread_rwlock_clockrdlock(pthread_rwlock_t* l, clockid_t clock, const timespec* t) noexcept {
  if (!controlled) return HEDDLE_REAL(pthread_rwlock_clockrdlock)(l, clock, t);
  return lock_shared(l, deadline_on(clock, *t), HEDDLE_CALLER);
}
HEDDLE_HOOK int pthread_rwlock_clockwrlock(pthread_rwlock_t* l, clockid_t clock, const timespec* t) noexcept {
  if (!controlled) return HEDDLE_REAL(pthread_rwlock_clockwrlock)(l, clock, t);
  return lock_exclusive(l, deadline_on(clock, *t), HEDDLE_CALLER);
}
HEDDLE_HOOK int pthread_rwlock_unlock(pthread_rwlock_t* l) noexcept {
  return controlled ? unlock_rw(l, HEDDLE_CALLER) : HEDDLE_REAL(pthread_rwlock_unlock)(l);
}

// --- Spin locks

HEDDLE_HOOK int pthread_spin_lock(pthread_spinlock_t* l) noexcept {
  return controlled ? spin_lock(l, HEDDLE_CALLER) : HEDDLE_REAL(pthread_spin_lock)(l);
}
HEDDLE_HOOK int pthread_spin_trylock(pthread_spinlock_t* l) noexcept {
  if (!controlled) return HEDDLE_REAL(pthread_spin_trylock)(l);
  point(action::try_lock, l, HEDDLE_CALLER);
  sync_object& object = sync_at(l);
  if (is_held(object)) return EBUSY;
  take(object, l);
  return 0;
}
HEDDLE_HOOK int pthread_spin_unlock(pthread_spinlock_t* l) noexcept {
  if (!controlled) return HEDDLE_REAL(pthread_spin_unlock)(l);
  point(action::unlock, l, HEDDLE_CALLER);
  give_back(sync_at(l), l);
  return 0;
}
