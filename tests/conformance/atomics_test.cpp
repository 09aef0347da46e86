// std::atomic of every size and operation, fences, wait and notify, flags, references.
#include <atomic>
#include <cstdint>
#include <thread>

#include <catch2/catch.hpp>

#include "agreement.hpp"

using conformance::agree;
using conformance::expect;

namespace {

template <class Work>
void in_two_threads(Work work) {
  std::thread a(work, 0);
  std::thread b(work, 1);
  a.join();
  b.join();
}

template <class T>
void operations_of_one_thread() {
  std::atomic<T> x{5};
  expect(x.load() == 5 && T{x} == 5, "load");
  x.store(6, std::memory_order_release);
  expect(x.load(std::memory_order_acquire) == 6, "store");
  expect(x.exchange(7) == 6, "exchange returns the old value");
  expect(x.fetch_add(3) == 7 && x == 10, "fetch_add");
  expect(x.fetch_sub(4) == 10 && x == 6, "fetch_sub");
  expect(x.fetch_and(3) == 6 && x == 2, "fetch_and");
  expect(x.fetch_or(9) == 2 && x == 11, "fetch_or");
  expect(x.fetch_xor(1) == 11 && x == 10, "fetch_xor");
  expect(++x == 11 && x++ == 11 && --x == 11 && x-- == 11, "increments");
  expect((x += 5) == 15 && (x -= 1) == 14 && (x &= 6) == 6 && (x |= 1) == 7 && (x ^= 2) == 5, "assignments");
  T seen = 4;
  expect(!x.compare_exchange_strong(seen, 1) && seen == 5, "failed compare_exchange_strong reads");
  expect(x.compare_exchange_strong(seen, 1) && x == 1, "compare_exchange_strong");
  seen = 1;
  while (!x.compare_exchange_weak(seen, 2, std::memory_order_acq_rel, std::memory_order_relaxed)) {
  }
  expect(x == 2, "compare_exchange_weak");
  x = static_cast<T>(-1);
  ++x;
  expect(x == 0, "wraps around");
}

template <class T>
void operations_lose_nothing() {
  std::atomic<T> sum{0};
  std::atomic<T> by_exchange{0};
  std::atomic<T> bits{0};
  in_two_threads([&](int which) {
    sum.fetch_add(3, std::memory_order_relaxed);
    for (T seen = by_exchange.load(); !by_exchange.compare_exchange_weak(seen, static_cast<T>(seen + 1));) {
    }
    bits.fetch_or(static_cast<T>(1 << which));
    sum.fetch_sub(1);
  });
  expect(sum == 4, "no addition is lost");
  expect(by_exchange == 2, "no compare-and-exchange is lost");
  expect(bits == 3, "no bit is lost");
}

template <class T>
void integer() {
  operations_of_one_thread<T>();
  operations_lose_nothing<T>();
}

struct pair {
  std::uint64_t first;
  std::uint64_t second;
  bool operator==(const pair&) const = default;
};

void sixteen_bytes() {
  std::atomic<pair> x{pair{1, 1}};
  in_two_threads([&](int) {
    pair seen = x.load();
    expect(seen.first == seen.second, "both halves are read together");
    while (!x.compare_exchange_weak(seen, {seen.first + 1, seen.second + 1})) {
    }
  });
  expect(x.load() == pair{3, 3}, "no compare-and-exchange is lost");
  expect(x.exchange({7, 8}) == pair{3, 3}, "exchange");
  x.store({9, 9});
  pair wrong{0, 0};
  expect(!x.compare_exchange_strong(wrong, {1, 1}) && wrong == pair{9, 9}, "failed compare_exchange reads");
}

struct wide {
  std::uint64_t words[4];
};

void more_than_sixteen_bytes() {
  std::atomic<wide> x{wide{{1, 1, 1, 1}}};
  in_two_threads([&](int) {
    wide seen = x.load();
    expect(seen.words[0] == seen.words[3], "all of it is read together");
    for (wide next{};
         next.words[0] = next.words[3] = seen.words[0] + 1, !x.compare_exchange_strong(seen, next);) {
    }
  });
  expect(x.load().words[3] == 3, "no compare-and-exchange is lost");
  expect(x.exchange(wide{}).words[0] == 3, "exchange");
  x.store(wide{{7, 0, 0, 8}});
  expect(x.load().words[3] == 8, "store");
}

void other_types() {
  int array[4] = {};
  std::atomic<int*> pointer{array};
  expect(pointer.fetch_add(2) == array && pointer == array + 2 && --pointer == array + 1, "pointers");
  std::atomic<double> real{1.5};
  in_two_threads([&](int) { real.fetch_add(0.25); });
  expect(real == 2.0, "floating point");
  std::atomic<bool> yes{false};
  expect(!yes.exchange(true) && yes, "bool");
  enum class colour : std::uint16_t { red, green };
  std::atomic<colour> c{colour::red};
  colour red = colour::red;
  expect(c.compare_exchange_strong(red, colour::green) && c == colour::green, "enumerations");
}

void references() {
  alignas(std::atomic_ref<int>::required_alignment) int plain = 0;
  in_two_threads([&](int) { std::atomic_ref<int>(plain).fetch_add(1); });
  expect(plain == 2, "atomic_ref");
}

void store_buffering() {
  std::atomic<int> x{0};
  std::atomic<int> y{0};
  int seen[2];
  in_two_threads([&](int which) {
    (which == 0 ? x : y).store(1);
    seen[which] = (which == 0 ? y : x).load();
  });
  expect(seen[0] + seen[1] > 0, "sequential consistency forbids that both threads see nothing");
}

void message_passing() {
  std::atomic<bool> ready{false};
  int data = 0;
  in_two_threads([&](int which) {
    if (which == 0) {
      data = 42;
      ready.store(true, std::memory_order_release);
    } else if (ready.load(std::memory_order_acquire)) {
      expect(data == 42, "what was written before the release is seen after the acquire");
    }
  });
}

void fences() {
  std::atomic<bool> ready{false};
  int data = 0;
  in_two_threads([&](int which) {
    if (which == 0) {
      data = 42;
      std::atomic_thread_fence(std::memory_order_release);
      std::atomic_signal_fence(std::memory_order_seq_cst);
      ready.store(true, std::memory_order_relaxed);
    } else if (ready.load(std::memory_order_relaxed)) {
      std::atomic_thread_fence(std::memory_order_acquire);
      expect(data == 42, "fences order relaxed accesses");
    }
  });
}

template <class T>
void wait_and_notify() {
  std::atomic<T> turn{0};
  int data = 0;
  in_two_threads([&](int which) {
    if (which == 0) {
      data = 1;
      turn.store(1);
      turn.notify_all();
      turn.wait(1);
      expect(data == 2, "the answer");
    } else {
      turn.wait(0);
      expect(data == 1, "the question");
      data = 2;
      turn.store(2);
      turn.notify_one();
    }
  });
}

void flag() {
  std::atomic_flag busy;
  std::atomic_flag done;
  int guarded = 0;
  in_two_threads([&](int which) {
    while (busy.test_and_set(std::memory_order_acquire)) std::this_thread::yield();
    ++guarded;
    busy.clear(std::memory_order_release);
    if (which == 0) {
      done.test_and_set();
      done.notify_all();
    } else {
      done.wait(false);
      expect(done.test(), "woken when set");
    }
  });
  expect(guarded == 2, "a spin lock of an atomic_flag excludes");
}

}  // namespace

TEST_CASE("atomics of 1 byte") {
  agree(integer<std::uint8_t>);
}
TEST_CASE("atomics of 2 bytes") {
  agree(integer<std::uint16_t>);
}
TEST_CASE("atomics of 4 bytes") {
  agree(integer<std::uint32_t>);
}
TEST_CASE("atomics of 8 bytes") {
  agree(integer<std::uint64_t>);
}
TEST_CASE("atomics of 16 bytes") {
  agree(sixteen_bytes);
}
TEST_CASE("atomics of 32 bytes") {
  agree(more_than_sixteen_bytes);
}
TEST_CASE("atomics of pointers, floating point, bool and enumerations") {
  agree(other_types);
}
TEST_CASE("atomic_ref") {
  agree(references);
}
TEST_CASE("store buffering") {
  agree(store_buffering);
}
TEST_CASE("message passing") {
  agree(message_passing);
}
TEST_CASE("fences") {
  agree(fences);
}
TEST_CASE("wait and notify on 1 byte") {
  agree(wait_and_notify<std::uint8_t>);
}
TEST_CASE("wait and notify on 4 bytes") {
  agree(wait_and_notify<std::int32_t>);
}
TEST_CASE("wait and notify on 8 bytes") {
  agree(wait_and_notify<std::uint64_t>);
}
TEST_CASE("atomic_flag") {
  agree(flag);
}
