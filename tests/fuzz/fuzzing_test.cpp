// A fuzzer's bytes: which program and which schedule they are, and what comes of them.
#include <array>
#include <atomic>
#include <optional>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include <heddle/harness/fuzzing.hpp>
#include <heddle/harness/random.hpp>
#include <heddle/harness/strategies/bytes.hpp>
#include <heddle/heddle.hpp>

#include "hit_limiter.hpp"

using namespace heddle;

namespace {

struct limiter_model {
  int used = 0;
  bool try_acquire(int n) {
    if (used + n > 10) return false;
    used += n;
    return true;
  }
  bool operator==(const limiter_model&) const = default;
};

auto limiter() {
  return contract<HitLimiter, limiter_model>("limiter").operation(
      "try_acquire", &HitLimiter::try_acquire, &limiter_model::try_acquire, rc::gen::inRange(1, 8));
}

using input = std::vector<std::uint8_t>;

std::string text_of(const std::optional<harness::counterexample>& c) {
  return c ? std::string(harness::describe(c->why.kind)) : "holds";
}

// "try_acquire(3) | try_acquire(1) try_acquire(2) | try_acquire(1)": the prefix, then each process.
std::string text_of(const contract_definition& contract, const program& p) {
  const auto calls = [&](const std::vector<call>& list) {
    std::string text;
    for (const call& c : list)
      text += (text.empty() ? "" : " ") + describe_call(contract, c.operation, c.with.value());
    return text;
  };
  std::string text = calls(p.prefix);
  for (const auto& process : p.processes) text += " | " + calls(process);
  return text;
}

input random_bytes(std::uint64_t seed, std::size_t size) {
  harness::random_stream random(seed);
  input bytes(size);
  for (auto& byte : bytes) byte = static_cast<std::uint8_t>(random.next());
  return bytes;
}

// A choice among `enabled` where `current` ran last; whether it spins.
struct question {
  std::vector<runtime::thread_id> enabled;
  runtime::thread_id current = 0;
  bool current_enabled = true;
  bool spins = false;
};

runtime::thread_id answer(const input& schedule, const question& q) {
  std::array<runtime::pending_operation, runtime::max_threads> pending;
  pending[q.current].repeated = q.spins;
  harness::bytes by(schedule);
  by.begin(0);
  return by.choose_thread({.step = 1,
                           .current = q.current,
                           .current_enabled = q.current_enabled,
                           .enabled = q.enabled,
                           .pending = pending.data()});
}

constexpr auto the_clock = runtime::clock_thread;

}  // namespace

TEST_CASE("a byte picks the current thread or one that follows it") {
  CHECK(answer({0}, {{1, 2, 3}, 2}) == 2);
  CHECK(answer({1}, {{1, 2, 3}, 2}) == 3);
  CHECK(answer({2}, {{1, 2, 3}, 2}) == 1);
  CHECK(answer({3}, {{1, 2, 3}, 2}) == 2);
  CHECK(answer({1}, {{1, 2, the_clock}, 2}) == the_clock);
}

TEST_CASE("without bytes the current thread goes on, unless it only spins") {
  CHECK(answer({}, {{1, 2, 3}, 2}) == 2);
  CHECK(answer({}, {{1, 2, 3}, 2, true, true}) == 3);
  CHECK(answer({}, {{1, 2, the_clock}, 2, true, true}) == the_clock);
}

TEST_CASE("without bytes a thread that cannot go on is followed by the next one, not by the clock") {
  CHECK(answer({}, {{1, 3}, 2, false}) == 3);
  CHECK(answer({}, {{1, 2, the_clock}, 3, false}) == 1);
}

TEST_CASE("no bytes are the smallest program") {
  const auto contract = limiter().definition();
  const auto [what, schedule] = harness::read_fuzz_input(*contract, {});
  CHECK(what.prefix.empty());
  CHECK(what.processes.size() == 2);
  CHECK(what.calls() == 2);
  CHECK(schedule.empty());
  CHECK(text_of(harness::fuzz_one(*contract, {}, {})) == "holds");
}

TEST_CASE("bytes are shape, calls and schedule, and a changed byte changes one of them") {
  const auto contract = limiter().definition();
  //                 cfg  2 processes, 1 call before, 1 + 1 calls;  operation, argument each;  schedule
  const input bytes{0, 0, 1, 0, 0, 0, 5, 0, 6, 0, 7, 1, 0, 1};
  const auto [what, schedule] = harness::read_fuzz_input(*contract, bytes);
  CHECK(input(schedule.begin(), schedule.end()) == input{1, 0, 1});
  const std::string before = text_of(*contract, what);
  CHECK(before == text_of(*contract, harness::read_fuzz_input(*contract, bytes).what));

  input other = bytes;
  std::string after = before;
  for (std::uint8_t seed = 0; after == before; ++seed) {
    other[10] = seed;
    after = text_of(*contract, harness::read_fuzz_input(*contract, other).what);
  }
  const auto last_call = before.rfind('(');
  CHECK(after.substr(0, last_call) == before.substr(0, last_call));
}

TEST_CASE("any bytes are a program of the contract's shape") {
  const auto contract = limiter().definition();
  for (std::uint64_t seed = 0; seed < 500; ++seed) {
    const input bytes = random_bytes(seed, seed % 60);
    const program p = harness::read_fuzz_input(*contract, bytes).what;
    CHECK((p.processes.size() >= contract->shape.processes_min &&
           p.processes.size() <= contract->shape.processes_max));
    CHECK(p.prefix.size() <= contract->shape.prefix_max);
    CHECK((p.calls() >= p.processes.size() && p.longest_process() <= contract->shape.calls_max));
  }
}

TEST_CASE("some bytes are the race, and it replays") {
  const auto contract = limiter().definition();
  std::optional<harness::counterexample> found;
  std::uint64_t tried = 0;
  while (!found && tried < 5'000) found = harness::fuzz_one(*contract, random_bytes(tried++, 64), {});
  REQUIRE(found);
  CHECK(found->why.kind == harness::failure_kind::condition_violated);
  CHECK(found->strategy == "bytes");
  harness::replayer again(found->how);
  const auto run = harness::run_program(*contract, found->what, again, found->run);
  CHECK(again.fitted());
  CHECK(harness::judge_run(*contract, run, false).kind == harness::failure_kind::condition_violated);
}

TEST_CASE("bytes that run out while a thread waits in a loop are no livelock") {
  struct spin_lock {
    std::atomic<bool> taken{false};
    int guarded = 0;
    int increment() {
      while (taken.exchange(true)) {
      }
      const int before = guarded++;
      taken = false;
      return before;
    }
  };
  struct counter_model {
    int count = 0;
    int increment() { return count++; }
    bool operator==(const counter_model&) const = default;
  };
  const auto contract = heddle::contract<spin_lock, counter_model>("spin_lock")
                            .operation("increment", &spin_lock::increment, &counter_model::increment)
                            .definition();
  for (std::uint64_t seed = 0; seed < 200; ++seed)
    CHECK(text_of(harness::fuzz_one(*contract, random_bytes(seed, seed % 60), {})) == "holds");
}

TEST_CASE("only a .fuzz build can fuzz") {
  CHECK_FALSE(harness::can_fuzz());
}
