// Sleeps, yields, clocks, and std::random_device.
#include <atomic>
#include <chrono>
#include <ctime>
#include <mutex>
#include <random>
#include <thread>
#include <vector>

#include <catch2/catch.hpp>
#include <sys/time.h>
#include <unistd.h>

#include "agreement.hpp"
#include "choosers.hpp"

using conformance::agree;
using conformance::expect;
using conformance::simulated;
using namespace std::chrono_literals;

namespace {

using steady = std::chrono::steady_clock;
using wall = std::chrono::system_clock;

void sleeping_takes_exactly_as_long() {
  const auto start = steady::now();
  std::this_thread::sleep_for(2ms);
  const auto slept = steady::now() - start;
  expect(simulated() ? slept == 2ms : slept >= 2ms, "sleep_for");
  const auto until = steady::now() + 1ms;
  std::this_thread::sleep_until(until);
  expect(simulated() ? steady::now() == until : steady::now() >= until, "sleep_until");
  const auto wall_until = wall::now() + 1ms;
  std::this_thread::sleep_until(wall_until);
  expect(simulated() ? wall::now() == wall_until : wall::now() >= wall_until,
         "sleep_until by the wall clock");
  std::this_thread::sleep_for(0ms);
  std::this_thread::sleep_for(-5ms);
  std::this_thread::sleep_until(start);
  ::usleep(100);
  expect(steady::now() - start >= 4ms, "all in all");
}

void sleepers_wake_in_order() {
  std::mutex m;
  std::vector<int> order;
  auto work = [&](int milliseconds) {
    std::this_thread::sleep_for(std::chrono::milliseconds(milliseconds));
    std::lock_guard hold(m);
    order.push_back(milliseconds);
  };
  std::thread late(work, 30);
  std::thread early(work, 1);
  late.join();
  early.join();
  if (!simulated()) expect(order == std::vector{1, 30}, "the shorter sleep ends first");
  expect(order.size() == 2, "both wake");
}

void clocks_go_on() {
  const auto s = steady::now();
  const auto w = wall::now();
  const std::time_t t = std::time(nullptr);
  timeval tv{};
  gettimeofday(&tv, nullptr);
  expect(wall::to_time_t(w) <= t && t <= tv.tv_sec, "the wall clocks agree");
  std::this_thread::sleep_for(1ms);
  expect(steady::now() > s && wall::now() > w, "time passes");
  expect(w.time_since_epoch() > 50 * 365 * 24h, "the wall clock shows a date of this century");
}

void polling_the_clock_ends() {
  const auto until = steady::now() + 1ms;
  while (steady::now() < until) {
  }
  const auto again = steady::now() + 1ms;
  while (steady::now() < again) std::this_thread::yield();
}

void polling_the_clock_under_a_lock_ends() {
  std::mutex m;
  bool over = false;
  auto poll = [&] {
    const auto until = steady::now() + 1ms;
    for (bool mine = false; !mine;) {
      std::lock_guard hold(m);
      mine = steady::now() >= until;
      over |= mine;
    }
  };
  std::thread other(poll);
  poll();
  other.join();
  expect(over, "writes in between do not stop the time");
}

void sleeping_poll() {
  std::atomic<bool> ready{false};
  std::thread setter([&] {
    std::this_thread::sleep_for(3ms);
    ready = true;
  });
  int rounds = 0;
  while (!ready) {
    std::this_thread::sleep_for(1ms);
    ++rounds;
  }
  setter.join();
  expect(rounds < 100, "sleeping makes time pass");
}

void yielding_lets_others_finish() {
  std::atomic<bool> ready{false};
  std::thread setter([&] { ready = true; });
  while (!ready) std::this_thread::yield();
  setter.join();
}

void random_device_gives_numbers() {
  std::random_device device;
  std::vector<unsigned> drawn(8);
  for (unsigned& number : drawn) number = device();
  expect(drawn != std::vector<unsigned>(8, drawn.front()), "not all alike");
}

unsigned draw(std::uint64_t seed) {
  unsigned drawn = 0;
  runtime_tests::unfair_chooser chooser;
  heddle::runtime::options how;
  how.random_seed = seed;
  runtime_tests::run_controlled(chooser, how, [&] { drawn = std::random_device{}(); });
  return drawn;
}

}  // namespace

TEST_CASE("sleeps") {
  agree(sleeping_takes_exactly_as_long);
  agree(sleepers_wake_in_order, {.schedules = 300, .real_rounds = 2});
}
TEST_CASE("steady_clock and system_clock") {
  agree(clocks_go_on);
}
TEST_CASE("polling the clock") {
  agree(polling_the_clock_ends);
  agree(polling_the_clock_under_a_lock_ends);
  agree(sleeping_poll);
}
TEST_CASE("yields") {
  agree(yielding_lets_others_finish);
}
TEST_CASE("random_device") {
  agree(random_device_gives_numbers);
}
TEST_CASE("random_device draws what the seed says") {
  CHECK(draw(1) == draw(1));
  CHECK(draw(1) != draw(2));
}
