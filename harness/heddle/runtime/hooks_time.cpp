// Clocks, sleeping, yielding, and the system calls that the C++ library makes by itself (futex, gettid).
#include <cerrno>
#include <cstdarg>

#include <linux/futex.h>
#include <sched.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

#include <heddle/runtime/hook.hpp>
#include <heddle/runtime/hook_clock.hpp>
#include <heddle/runtime/raw_syscall.hpp>

namespace heddle::runtime {
namespace {

std::int64_t read_on(clockid_t clock, const void* pc) {
  const nanoseconds time = read_clock(pc);
  return static_cast<std::int64_t>(time) + offset_of(clock);
}

void sleep_until(nanoseconds deadline, const void* pc) {
  point(action::sleep, nullptr, pc);
  if (deadline > now()) block(deadline);
}

void sleep_for(std::int64_t duration_ns, const void* pc) {
  sleep_until(deadline_after(duration_ns), pc);
}

long failed(int error) {
  errno = error;
  return -1;
}

struct futex_call {
  int* word;
  int operation;
  int value;
  const timespec* timeout;
};

nanoseconds futex_deadline(const futex_call& call) {
  if (call.timeout == nullptr) return no_deadline;
  const int command = call.operation & FUTEX_CMD_MASK;
  if (command == FUTEX_WAIT) return deadline_after(to_ns(*call.timeout));
  return deadline_on((call.operation & FUTEX_CLOCK_REALTIME) != 0 ? CLOCK_REALTIME : CLOCK_MONOTONIC,
                     *call.timeout);
}

// The library's own waiting (future, latch, atomic wait, …) synchronises through the futex's waker.
long futex(const futex_call& call, const void* pc) {
  switch (call.operation & FUTEX_CMD_MASK) {
    case FUTEX_WAIT:
    case FUTEX_WAIT_BITSET:
      point(action::wait, call.word, pc);
      if (__atomic_load_n(call.word, __ATOMIC_SEQ_CST) != call.value) {
        acquire(sync_at(call.word).readers_released);
        return failed(EAGAIN);
      }
      if (!block(futex_deadline(call))) return failed(ETIMEDOUT);
      acquire(sync_at(call.word).readers_released);
      return 0;
    case FUTEX_WAKE:
    case FUTEX_WAKE_BITSET: {
      // Without a waiter this does nothing, and who waits compares the word first: no point of its own.
      if (!anyone_waits(action::wait, call.word)) {
        release(sync_at(call.word).readers_released);
        return 0;
      }
      point(action::notify, call.word, pc);
      release(sync_at(call.word).readers_released);
      note_write();
      const auto count = call.value < 0 ? max_threads : static_cast<std::size_t>(call.value);
      return wake_waiting(action::wait, call.word,
                          static_cast<std::uint32_t>(count > max_threads ? max_threads : count));
    }
    default:
      return failed(ENOSYS);
  }
}

constexpr long first_thread_number = 100'000;

}  // namespace
}  // namespace heddle::runtime

using namespace heddle::runtime;

// --- Clocks

HEDDLE_HOOK int clock_gettime(clockid_t clock, timespec* t) noexcept {
  if (!controlled) return HEDDLE_REAL(clock_gettime)(clock, t);
  const std::int64_t at = read_on(clock, HEDDLE_CALLER);
  t->tv_sec = at / 1'000'000'000;
  t->tv_nsec = at % 1'000'000'000;
  return 0;
}
HEDDLE_HOOK int gettimeofday(timeval* t, void* zone) noexcept {
  if (!controlled)
    return static_cast<int>(
        raw_syscall(SYS_gettimeofday, reinterpret_cast<long>(t), reinterpret_cast<long>(zone)));
  const std::int64_t at = read_on(CLOCK_REALTIME, HEDDLE_CALLER);
  t->tv_sec = at / 1'000'000'000;
  t->tv_usec = at % 1'000'000'000 / 1'000;
  return 0;
}
HEDDLE_HOOK time_t time(time_t* t) noexcept {
  if (!controlled) return HEDDLE_REAL(time)(t);
  const time_t at = read_on(CLOCK_REALTIME, HEDDLE_CALLER) / 1'000'000'000;
  if (t != nullptr) *t = at;
  return at;
}

// --- Sleeping and yielding

HEDDLE_HOOK int nanosleep(const timespec* duration, timespec* rest) {
  if (!controlled) return HEDDLE_REAL(nanosleep)(duration, rest);
  sleep_for(to_ns(*duration), HEDDLE_CALLER);
  return 0;
}
HEDDLE_HOOK int clock_nanosleep(clockid_t clock, int flags, const timespec* t, timespec* rest) {
  if (!controlled) return HEDDLE_REAL(clock_nanosleep)(clock, flags, t, rest);
  if ((flags & TIMER_ABSTIME) != 0)
    sleep_until(deadline_on(clock, *t), HEDDLE_CALLER);
  else
    sleep_for(to_ns(*t), HEDDLE_CALLER);
  return 0;
}
HEDDLE_HOOK int usleep(useconds_t microseconds) {
  if (!controlled) return HEDDLE_REAL(usleep)(microseconds);
  sleep_for(std::int64_t{microseconds} * 1'000, HEDDLE_CALLER);
  return 0;
}
HEDDLE_HOOK unsigned sleep(unsigned seconds) {
  if (!controlled) return HEDDLE_REAL(sleep)(seconds);
  sleep_for(std::int64_t{seconds} * 1'000'000'000, HEDDLE_CALLER);
  return 0;
}
HEDDLE_HOOK int sched_yield() noexcept {
  if (!controlled) return static_cast<int>(raw_syscall(SYS_sched_yield));
  yield(HEDDLE_CALLER);
  return 0;
}

// --- System calls

HEDDLE_HOOK long syscall(long number, ...) noexcept {
  va_list arguments;
  va_start(arguments, number);
  long a[6];
  for (long& argument : a) argument = va_arg(arguments, long);
  va_end(arguments);
  if (controlled && number == SYS_futex)
    return futex({reinterpret_cast<int*>(a[0]), static_cast<int>(a[1]), static_cast<int>(a[2]),
                  reinterpret_cast<const timespec*>(a[3])},
                 HEDDLE_CALLER);
  if (controlled && number == SYS_gettid) return first_thread_number + self();
  const long result = raw_syscall(number, a[0], a[1], a[2], a[3], a[4], a[5]);
  constexpr long last_error = -4095;
  return result < 0 && result >= last_error ? failed(static_cast<int>(-result)) : result;
}
