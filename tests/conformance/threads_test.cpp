// thread, jthread, stop tokens, call_once, function-local statics, thread_local, errno.
#include <atomic>
#include <cerrno>
#include <memory>
#include <mutex>
#include <new>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include <catch2/catch.hpp>

#include "agreement.hpp"

using conformance::agree;
using conformance::expect;

namespace {

// --- Threads

void created_and_joined() {
  int sum = 0;
  std::thread a([](int& to, std::unique_ptr<int> by) { to += *by; }, std::ref(sum), std::make_unique<int>(5));
  expect(a.joinable() && a.get_id() != std::this_thread::get_id(), "a thread of its own");
  a.join();
  expect(!a.joinable() && sum == 5, "arguments are handed over, effects are seen after join");
  std::thread b;
  expect(!b.joinable() && b.get_id() == std::thread::id(), "no thread");
  b = std::thread([&] { ++sum; });
  std::thread c = std::move(b);
  c.join();
  expect(sum == 6, "moved");
}

void thread_ids_tell_threads_apart() {
  std::thread::id ids[2];
  std::atomic<bool> both[2] = {false, false};
  auto work = [&](int which) {
    ids[which] = std::this_thread::get_id();
    both[which] = true;
    while (!both[1 - which]) std::this_thread::yield();
    expect(std::this_thread::get_id() == ids[which], "an id does not change");
  };
  std::thread a(work, 0);
  std::thread b(work, 1);
  const auto id = a.get_id();
  a.join();
  b.join();
  expect(ids[0] != ids[1] && ids[0] == id, "ids");
}

void nested() {
  std::atomic<int> count{0};
  std::thread outer([&] {
    std::thread inner([&] { ++count; });
    ++count;
    inner.join();
  });
  outer.join();
  expect(count == 2, "a thread starts a thread");
}

void detached() {
  auto done = std::make_shared<std::atomic<bool>>(false);
  std::thread([done] { done->store(true); }).detach();
  while (!*done) std::this_thread::yield();
}

void join_twice_is_an_error() {
  std::thread a([] {});
  a.join();
  bool thrown = false;
  try {
    a.join();
  } catch (const std::system_error&) {
    thrown = true;
  }
  expect(thrown, "a second join throws");
}

void jthread_stops_and_joins() {
  std::atomic<int> rounds{0};
  bool stopped = false;
  {
    std::jthread worker([&](std::stop_token stop) {
      while (!stop.stop_requested()) {
        ++rounds;
        std::this_thread::yield();
      }
      stopped = true;
    });
  }
  expect(stopped, "the destructor requests the stop and joins");
}

void stop_callbacks() {
  std::stop_source source;
  int called = 0;
  std::stop_callback before(source.get_token(), [&] { ++called; });
  {
    std::stop_callback gone(source.get_token(), [&] { called += 100; });
  }
  std::thread requester([&] { expect(source.request_stop(), "the first request"); });
  requester.join();
  expect(called == 1, "called by the request");
  std::stop_callback after(source.get_token(), [&] { ++called; });
  expect(called == 2, "called at once when already requested");
  expect(!source.request_stop() && source.stop_requested(), "only one request counts");
}

void stop_callback_is_not_torn_down_while_it_runs() {
  std::stop_source source;
  std::atomic<bool> running{false};
  std::atomic<bool> gone{false};
  auto callback = [&] {
    running = true;
    std::this_thread::yield();
    expect(!gone, "the destructor waits for a running callback");
  };
  std::thread owner([&] {
    {
      std::stop_callback c(source.get_token(), callback);
      std::this_thread::yield();
    }
    gone = true;
  });
  source.request_stop();
  owner.join();
}

// --- Once

void once_runs_once() {
  std::once_flag flag;
  int runs = 0;
  auto work = [&] {
    std::call_once(flag, [&] { ++runs; });
    expect(runs == 1, "done, and seen by all");
  };
  std::thread a(work);
  std::thread b(work);
  work();
  a.join();
  b.join();
}

void once_is_tried_again_after_an_exception() {
  std::once_flag flag;
  int attempts = 0;
  std::atomic<int> failures{0};
  auto work = [&] {
    try {
      std::call_once(flag, [&] {
        if (++attempts == 1) throw std::runtime_error("the first attempt fails");
      });
    } catch (const std::runtime_error&) {
      ++failures;
    }
  };
  std::thread a(work);
  std::thread b(work);
  a.join();
  b.join();
  expect(attempts == 2 && failures == 1, "who comes next tries again");
}

struct lazily {
  explicit lazily(int& count) { ++count; }
};
alignas(lazily) bool fail_construction = false;

struct fails_when_told {
  explicit fails_when_told(std::atomic<int>& attempts) {
    ++attempts;
    if (fail_construction) throw std::runtime_error("told to");
    built = true;
  }
  bool built = false;
};

// Guarded statics live as long as the process: only the first run initialises them, so each tag is run in one
// way only.
template <int Tag>
void local_static() {
  static std::atomic<int> constructions{0};
  struct counted {
    counted() { value = constructions.fetch_add(1) + 41; }
    int value;
  };
  auto work = [] {
    static counted one;
    expect(one.value == 41, "complete when seen");
  };
  std::thread a(work);
  std::thread b(work);
  a.join();
  b.join();
  expect(constructions == 1, "constructed once");
}

template <int Tag>
void local_static_throws() {
  static std::atomic<int> attempts{0};
  auto use = []() -> bool {
    static fails_when_told one(attempts);
    return one.built;
  };
  if (attempts == 0) {
    fail_construction = true;
    auto work = [&] {
      try {
        use();
        expect(false, "the constructor threw");
      } catch (const std::runtime_error&) {
      }
    };
    std::thread a(work);
    std::thread b(work);
    a.join();
    b.join();
    expect(attempts == 2, "each caller tries");
    fail_construction = false;
  }
  expect(use() && attempts == 3, "the next attempt succeeds, and is the last");
}

// --- Thread-local state

thread_local int counter = 7;
thread_local std::string text = "initial";
thread_local std::vector<int> numbers;
std::atomic<int> alive{0};

struct tracked {
  tracked() { ++alive; }
  ~tracked() { --alive; }
  int value = 0;
};
thread_local tracked object;

void thread_locals_are_separate() {
  const int* addresses[2] = {};
  auto work = [&](int which) {
    expect(counter == 7 && text == "initial" && numbers.empty(), "as initialised");
    addresses[which] = &counter;
    for (int i = 0; i < 3; ++i) {
      ++counter;
      text += static_cast<char>('a' + which);
      numbers.push_back(which);
      std::this_thread::yield();
      expect(&counter == addresses[which], "the address is stable");
    }
    expect(counter == 10 && text.size() == 10 && text.back() == 'a' + which, "nobody else's");
    expect(numbers == std::vector<int>(3, which), "non-trivial types too");
  };
  std::atomic<int> met{0};
  auto together = [&](int which) {
    ++met;
    while (met < 2) std::this_thread::yield();
    work(which);
    ++met;
    while (met < 4) std::this_thread::yield();
  };
  std::thread a(together, 0);
  std::thread b(together, 1);
  a.join();
  b.join();
  expect(addresses[0] != addresses[1], "each thread has its own");
}

void thread_locals_are_constructed_and_destroyed() {
  const int before = alive;
  auto work = [&] {
    object.value = 1;
    expect(alive > before, "constructed at first use");
  };
  std::thread a(work);
  std::thread b(work);
  a.join();
  b.join();
  expect(alive == before, "destroyed at thread exit");
}

void thread_local_pointers_may_be_published() {
  std::atomic<int*> published{nullptr};
  std::atomic<bool> read{false};
  std::thread owner([&] {
    counter = 99;
    published = &counter;
    while (!read) std::this_thread::yield();
    counter = 1;
  });
  int* theirs = nullptr;
  while ((theirs = published) == nullptr) std::this_thread::yield();
  expect(theirs != &counter && *theirs == 99, "another thread's variable, by address");
  read = true;
  owner.join();
}

struct starts_a_thread_when_destroyed {
  std::atomic<int>* done = nullptr;
  ~starts_a_thread_when_destroyed() {
    if (done == nullptr) return;
    std::thread([d = done] { ++*d; }).join();
    ++*done;
  }
};
thread_local starts_a_thread_when_destroyed last_words;

void destructors_may_use_threads() {
  std::atomic<int> done{0};
  std::thread([&] { last_words.done = &done; }).join();
  expect(done == 2, "a thread_local's destructor runs under control");
}

void errno_is_per_thread() {
  errno = 1;
  auto work = [](int mine) {
    for (int i = 0; i < 3; ++i) {
      errno = mine;
      std::this_thread::yield();
      expect(errno == mine, "my own errno");
    }
  };
  std::thread a(work, 11);
  std::thread b(work, 12);
  a.join();
  b.join();
  expect(errno == 1, "untouched by others");
  std::thread([] { expect(errno == 0, "zero in a new thread"); }).join();
}

}  // namespace

TEST_CASE("thread") {
  agree(created_and_joined);
  agree(thread_ids_tell_threads_apart);
  agree(nested);
  agree(detached);
  agree(join_twice_is_an_error);
}
TEST_CASE("jthread") {
  agree(jthread_stops_and_joins);
}
TEST_CASE("stop_token and stop_callback") {
  agree(stop_callbacks);
  agree(stop_callback_is_not_torn_down_while_it_runs);
}
TEST_CASE("call_once") {
  agree(once_runs_once);
}
TEST_CASE("call_once of a function that throws") {
  agree(once_is_tried_again_after_an_exception);
}
TEST_CASE("function-local statics") {
  agree(local_static<0>, {.schedules = 20, .real_rounds = 0});
  agree(local_static<1>, {.schedules = 20, .real_rounds = 3});
}
TEST_CASE("function-local statics whose constructor throws") {
  agree(local_static_throws<0>, {.schedules = 20, .real_rounds = 0});
  agree(local_static_throws<1>, {.schedules = 20, .real_rounds = 3});
}
TEST_CASE("thread_local") {
  agree(thread_locals_are_separate);
  agree(thread_locals_are_constructed_and_destroyed);
  agree(thread_local_pointers_may_be_published);
  agree(destructors_may_use_threads);
}
TEST_CASE("errno") {
  agree(errno_is_per_thread);
}
