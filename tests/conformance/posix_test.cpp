// What POSIX has beside the standard library: semaphores, barriers, read-write locks, spin locks, keys,
// error-checking mutexes, attributes, pthread_exit.
#include <cerrno>
#include <cstdint>
#include <ctime>

#include <catch2/catch.hpp>
#include <pthread.h>
#include <semaphore.h>

#include "agreement.hpp"

using conformance::agree;
using conformance::expect;
using conformance::simulated;

namespace {

struct work {
  void (*function)(work&);
  int* plain;
  void* object;
};

void* run(void* argument) {
  auto& w = *static_cast<work*>(argument);
  w.function(w);
  return argument;
}

// Two threads do the same to `object`.
void twice(void (*function)(work&), void* object, int expected) {
  int plain = 0;
  work w{function, &plain, object};
  pthread_t threads[2];
  for (pthread_t& t : threads) expect(pthread_create(&t, nullptr, run, &w) == 0, "create");
  for (const pthread_t t : threads) {
    void* result = nullptr;
    expect(pthread_join(t, &result) == 0 && result == &w, "join gives the result");
  }
  expect(plain == expected, "no increment was lost");
}

timespec in_one_millisecond(clockid_t clock) {
  timespec t{};
  clock_gettime(clock, &t);
  t.tv_nsec += 1'000'000;
  if (t.tv_nsec >= 1'000'000'000) {
    t.tv_nsec -= 1'000'000'000;
    ++t.tv_sec;
  }
  return t;
}

void semaphores() {
  sem_t s;
  sem_init(&s, 0, 1);
  twice(
      [](work& w) {
        auto* semaphore = static_cast<sem_t*>(w.object);
        expect(sem_wait(semaphore) == 0, "wait");
        ++*w.plain;
        expect(sem_post(semaphore) == 0, "post");
      },
      &s, 2);
  int value = 0;
  expect(sem_getvalue(&s, &value) == 0 && value == 1, "getvalue");
  expect(sem_trywait(&s) == 0, "trywait");
  errno = 0;
  expect(sem_trywait(&s) == -1 && errno == EAGAIN, "none left");
  const timespec limit = in_one_millisecond(CLOCK_REALTIME);
  expect(sem_timedwait(&s, &limit) == -1 && errno == ETIMEDOUT, "timed out");
  sem_destroy(&s);
}

sem_t initialised_outside;

void semaphore_initialised_outside() {
  expect(sem_wait(&initialised_outside) == 0, "one was there");
  errno = 0;
  expect(sem_trywait(&initialised_outside) == -1 && errno == EAGAIN, "and no more");
  sem_post(&initialised_outside);
}

void barriers() {
  pthread_barrier_t b;
  pthread_barrier_init(&b, nullptr, 2);
  int serial = 0;
  work w{[](work& v) {
           const int result = pthread_barrier_wait(static_cast<pthread_barrier_t*>(v.object));
           if (result == PTHREAD_BARRIER_SERIAL_THREAD) ++*v.plain;
         },
         &serial, &b};
  for (int round = 1; round <= 2; ++round) {
    pthread_t other;
    pthread_create(&other, nullptr, run, &w);
    w.function(w);
    pthread_join(other, nullptr);
    expect(serial == round, "one of them is told");
  }
  pthread_barrier_destroy(&b);
}

void read_write_locks() {
  pthread_rwlock_t l = PTHREAD_RWLOCK_INITIALIZER;
  twice(
      [](work& w) {
        auto* lock = static_cast<pthread_rwlock_t*>(w.object);
        pthread_rwlock_wrlock(lock);
        ++*w.plain;
        pthread_rwlock_unlock(lock);
        pthread_rwlock_rdlock(lock);
        expect(*w.plain > 0, "read");
        pthread_rwlock_unlock(lock);
      },
      &l, 2);
  expect(pthread_rwlock_tryrdlock(&l) == 0 && pthread_rwlock_tryrdlock(&l) == 0, "shared");
  expect(pthread_rwlock_trywrlock(&l) == EBUSY, "not while shared");
  const timespec limit = in_one_millisecond(CLOCK_REALTIME);
  expect(pthread_rwlock_timedwrlock(&l, &limit) == ETIMEDOUT, "timed out");
  pthread_rwlock_unlock(&l);
  pthread_rwlock_unlock(&l);
  expect(pthread_rwlock_wrlock(&l) == 0 && pthread_rwlock_wrlock(&l) == EDEADLK, "not twice");
  pthread_rwlock_unlock(&l);
  pthread_rwlock_destroy(&l);
}

void spin_locks() {
  pthread_spinlock_t l;
  pthread_spin_init(&l, PTHREAD_PROCESS_PRIVATE);
  twice(
      [](work& w) {
        auto* lock = static_cast<pthread_spinlock_t*>(w.object);
        pthread_spin_lock(lock);
        ++*w.plain;
        pthread_spin_unlock(lock);
      },
      const_cast<int*>(&l), 2);
  expect(pthread_spin_trylock(&l) == 0 && pthread_spin_trylock(&l) == EBUSY, "trylock");
  pthread_spin_unlock(&l);
  pthread_spin_destroy(&l);
}

int destroyed = 0;
pthread_mutex_t destroyed_guard = PTHREAD_MUTEX_INITIALIZER;

void keys() {
  pthread_mutex_lock(&destroyed_guard);
  destroyed = 0;
  pthread_mutex_unlock(&destroyed_guard);
  static pthread_key_t key;
  pthread_key_create(&key, [](void*) {
    pthread_mutex_lock(&destroyed_guard);
    ++destroyed;
    pthread_mutex_unlock(&destroyed_guard);
  });
  twice(
      [](work& w) {
        expect(pthread_getspecific(key) == nullptr, "empty in a new thread");
        int mine = 0;
        pthread_setspecific(key, &mine);
        sched_yield();
        expect(pthread_getspecific(key) == &mine, "my own");
        pthread_setspecific(key, w.plain);
      },
      nullptr, 0);
  pthread_mutex_lock(&destroyed_guard);
  expect(destroyed == 2, "destructors ran");
  pthread_mutex_unlock(&destroyed_guard);
  pthread_key_delete(key);
}

void error_checking() {
  pthread_mutexattr_t a;
  pthread_mutexattr_init(&a);
  pthread_mutexattr_settype(&a, PTHREAD_MUTEX_ERRORCHECK);
  pthread_mutex_t m;
  pthread_mutex_init(&m, &a);
  expect(pthread_mutex_unlock(&m) == EPERM, "not locked");
  expect(pthread_mutex_lock(&m) == 0 && pthread_mutex_lock(&m) == EDEADLK, "not twice");
  expect(pthread_mutex_trylock(&m) == EBUSY, "held");
  expect(pthread_mutex_unlock(&m) == 0, "unlock");
  pthread_mutex_destroy(&m);
  pthread_mutexattr_destroy(&a);
}

void condition_with_a_clock_of_its_own() {
  pthread_condattr_t a;
  pthread_condattr_init(&a);
  pthread_condattr_setclock(&a, CLOCK_MONOTONIC);
  pthread_cond_t c;
  pthread_cond_init(&c, &a);
  pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
  pthread_mutex_lock(&m);
  const timespec limit = in_one_millisecond(CLOCK_MONOTONIC);
  expect(pthread_cond_timedwait(&c, &m, &limit) == ETIMEDOUT, "timed out");
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  if (simulated()) expect(now.tv_sec == limit.tv_sec && now.tv_nsec == limit.tv_nsec, "at that time");
  pthread_mutex_unlock(&m);
  pthread_cond_destroy(&c);
}

pthread_once_t once = PTHREAD_ONCE_INIT;
int initialisations = 0;

void initialise_once() {
  twice(
      [](work&) {
        pthread_once(&once, [] { ++initialisations; });
        expect(initialisations == 1, "once in the life of the process");
      },
      nullptr, 0);
}

void early_exit() {
  pthread_t t;
  pthread_create(
      &t, nullptr, [](void*) -> void* { pthread_exit(reinterpret_cast<void*>(std::uintptr_t{5})); }, nullptr);
  void* result = nullptr;
  pthread_join(t, &result);
  expect(result == reinterpret_cast<void*>(std::uintptr_t{5}), "pthread_exit's value");
}

void born_detached() {
  sem_t done;
  sem_init(&done, 0, 0);
  pthread_attr_t a;
  pthread_attr_init(&a);
  pthread_attr_setdetachstate(&a, PTHREAD_CREATE_DETACHED);
  pthread_t t;
  pthread_create(
      &t, &a,
      [](void* s) -> void* {
        sem_post(static_cast<sem_t*>(s));
        return nullptr;
      },
      &done);
  sem_wait(&done);
  pthread_attr_destroy(&a);
  sem_destroy(&done);
}

void names() {
  expect(pthread_setname_np(pthread_self(), "heddle") == 0, "a name is given");
  char name[16] = {};
  expect(pthread_getname_np(pthread_self(), name, sizeof name) == 0, "and read");
  expect(pthread_equal(pthread_self(), pthread_self()) != 0, "myself");
}

}  // namespace

TEST_CASE("POSIX semaphores") {
  agree(semaphores);
  sem_init(&initialised_outside, 0, 1);
  agree(semaphore_initialised_outside);
  sem_destroy(&initialised_outside);
}
TEST_CASE("POSIX barriers") {
  agree(barriers);
}
TEST_CASE("POSIX read-write locks") {
  agree(read_write_locks);
}
TEST_CASE("POSIX spin locks") {
  agree(spin_locks);
}
TEST_CASE("POSIX keys") {
  agree(keys);
}
TEST_CASE("POSIX error-checking mutexes") {
  agree(error_checking);
}
TEST_CASE("POSIX condition variables with a clock") {
  agree(condition_with_a_clock_of_its_own);
}
TEST_CASE("POSIX once") {
  agree(initialise_once);
}
TEST_CASE("pthread_exit, detached threads, names") {
  agree(early_exit);
  agree(born_detached);
  agree(names);
}
