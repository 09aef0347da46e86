// Mutexes of every kind, and the locks over them.
#include <atomic>
#include <chrono>
#include <mutex>
#include <shared_mutex>
#include <thread>

#include <catch2/catch.hpp>

#include "agreement.hpp"

using conformance::agree;
using conformance::expect;
using conformance::simulated;
using namespace std::chrono_literals;

namespace {

template <class Mutex>
void excludes() {
  Mutex m;
  int plain = 0;
  auto work = [&] {
    for (int i = 0; i < 2; ++i) {
      std::lock_guard hold(m);
      const int seen = plain;
      std::this_thread::yield();
      plain = seen + 1;
    }
  };
  std::thread a(work);
  std::thread b(work);
  a.join();
  b.join();
  expect(plain == 4, "increments under the lock are not lost");
}

template <class Mutex>
void try_lock_fails_while_held() {
  Mutex m;
  m.lock();
  std::thread([&] { expect(!m.try_lock(), "held by another"); }).join();
  m.unlock();
  std::thread([&] {
    expect(m.try_lock(), "free");
    m.unlock();
  }).join();
}

template <class Mutex>
void waits_no_longer_than_asked() {
  Mutex m;
  m.lock();
  std::thread([&] {
    const auto start = std::chrono::steady_clock::now();
    expect(!m.try_lock_for(1ms), "timed out");
    const auto waited = std::chrono::steady_clock::now() - start;
    expect(simulated() ? waited == 1ms : waited >= 1ms, "after the time given");
    expect(!m.try_lock_until(std::chrono::system_clock::now() + 1ms), "timed out by the wall clock");
    expect(!m.try_lock_for(-1ms), "a time in the past is over at once");
  }).join();
  std::thread patient([&] {
    if (m.try_lock_for(1h)) m.unlock();  // simulated time may pass as fast as it likes
  });
  if (!simulated()) std::this_thread::sleep_for(1ms);
  m.unlock();
  patient.join();
}

void patience_may_end_or_not() {
  std::timed_mutex m;
  std::thread holder([&] {
    std::lock_guard hold(m);
    std::this_thread::sleep_for(2ms);
  });
  if (m.try_lock_for(1ms)) m.unlock();
  holder.join();
  expect(m.try_lock(), "free in the end");
  m.unlock();
}

template <class Mutex>
void recursive() {
  Mutex m;
  int plain = 0;
  auto work = [&] {
    std::lock_guard outer(m);
    std::unique_lock inner(m);
    expect(m.try_lock(), "a third time");
    m.unlock();
    ++plain;
    inner.unlock();
    ++plain;
  };
  std::thread a(work);
  std::thread b(work);
  a.join();
  b.join();
  expect(plain == 4, "held until the outermost unlock");
}

template <class Mutex>
void readers_share_and_writers_exclude() {
  Mutex m;
  int plain = 0;
  std::atomic<int> reading{0};
  std::atomic<bool> writing{false};
  auto read = [&] {
    std::shared_lock share(m);
    ++reading;
    expect(!writing, "no writer among readers");
    const int seen = plain;
    std::this_thread::yield();
    expect(plain == seen, "nothing changes while reading");
    --reading;
  };
  auto write = [&] {
    std::unique_lock alone(m);
    writing = true;
    expect(reading == 0, "no reader beside a writer");
    ++plain;
    writing = false;
  };
  std::thread r1(read);
  std::thread r2(read);
  std::thread w(write);
  write();
  r1.join();
  r2.join();
  w.join();
  expect(plain == 2, "both writes happened");
}

template <class Mutex>
void shared_try_lock() {
  Mutex m;
  m.lock_shared();
  std::thread([&] {
    expect(m.try_lock_shared(), "readers share");
    expect(!m.try_lock(), "but no writer enters");
    m.unlock_shared();
  }).join();
  m.unlock_shared();
  m.lock();
  std::thread([&] { expect(!m.try_lock_shared(), "a writer excludes readers"); }).join();
  m.unlock();
}

void shared_timed() {
  std::shared_timed_mutex m;
  m.lock();
  std::thread([&] {
    const auto start = std::chrono::steady_clock::now();
    expect(!m.try_lock_shared_for(1ms), "a reader gives up");
    if (simulated()) expect(std::chrono::steady_clock::now() - start == 1ms, "exactly then");
    expect(!m.try_lock_until(std::chrono::system_clock::now() + 1ms), "a writer gives up");
  }).join();
  m.unlock();
  std::thread([&] {
    expect(m.try_lock_shared_for(1ms), "free for readers");
    m.unlock_shared();
    expect(m.try_lock_for(1ms), "free for writers");
    m.unlock();
  }).join();
}

void scoped_lock_avoids_deadlock() {
  std::mutex a;
  std::mutex b;
  std::timed_mutex c;
  int plain = 0;
  std::thread one([&] {
    std::scoped_lock all(a, b, c);
    ++plain;
  });
  std::thread two([&] {
    std::scoped_lock all(c, b, a);
    ++plain;
  });
  std::lock(b, a);
  ++plain;
  a.unlock();
  b.unlock();
  one.join();
  two.join();
  expect(plain == 3, "all got all locks");
}

void unique_lock_moves() {
  std::mutex m;
  std::unique_lock first(m, std::defer_lock);
  expect(!first.owns_lock(), "deferred");
  expect(first.try_lock(), "taken");
  std::unique_lock second = std::move(first);
  expect(!first && second, "moved");
  second.unlock();
  std::unique_lock third(m, std::try_to_lock);
  expect(third.owns_lock(), "tried");
}

std::mutex in_static_storage;
int guarded_by_it = 0;

void static_storage() {
  std::thread a([] {
    std::lock_guard hold(in_static_storage);
    ++guarded_by_it;
  });
  {
    std::lock_guard hold(in_static_storage);
    ++guarded_by_it;
  }
  a.join();
}

}  // namespace

TEST_CASE("mutex") {
  agree(excludes<std::mutex>);
  agree(try_lock_fails_while_held<std::mutex>);
}
TEST_CASE("timed_mutex") {
  agree(excludes<std::timed_mutex>);
  agree(try_lock_fails_while_held<std::timed_mutex>);
  agree(waits_no_longer_than_asked<std::timed_mutex>);
  agree(patience_may_end_or_not);
}
TEST_CASE("recursive_mutex") {
  agree(excludes<std::recursive_mutex>);
  agree(try_lock_fails_while_held<std::recursive_mutex>);
  agree(recursive<std::recursive_mutex>);
}
TEST_CASE("recursive_timed_mutex") {
  agree(excludes<std::recursive_timed_mutex>);
  agree(recursive<std::recursive_timed_mutex>);
  agree(waits_no_longer_than_asked<std::recursive_timed_mutex>);
}
TEST_CASE("shared_mutex") {
  agree(excludes<std::shared_mutex>);
  agree(readers_share_and_writers_exclude<std::shared_mutex>);
  agree(shared_try_lock<std::shared_mutex>);
}
TEST_CASE("shared_timed_mutex") {
  agree(readers_share_and_writers_exclude<std::shared_timed_mutex>);
  agree(shared_try_lock<std::shared_timed_mutex>);
  agree(waits_no_longer_than_asked<std::shared_timed_mutex>);
  agree(shared_timed);
}
TEST_CASE("scoped_lock and lock") {
  agree(scoped_lock_avoids_deadlock);
}
TEST_CASE("unique_lock") {
  agree(unique_lock_moves);
}
TEST_CASE("a mutex in static storage, in and out of schedules") {
  agree(static_storage);
  std::lock_guard hold(in_static_storage);
  CHECK(guarded_by_it == 620);
}
