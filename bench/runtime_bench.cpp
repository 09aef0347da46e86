// What the run-time costs: scheduling points, switches, instrumented accesses, whole schedules.
//
// Instrumented as a component is. The yardstick of a switch is a bare jump of Boost.Context, measured here as
// well.
#include <atomic>
#include <cstdint>
#include <ctime>
#include <thread>

#include <benchmark/benchmark.h>
#include <boost/context/detail/fcontext.hpp>

#include <heddle/runtime/runtime.hpp>

#include "bench_choosers.hpp"

namespace {

using namespace heddle::runtime;
using namespace runtime_bench;
using benchmark::Counter;

constexpr std::int64_t points_per_run = 100'000;

options long_run() {
  options how;
  how.max_steps = ~std::uint64_t{0};
  return how;
}

template <class Body>
result run_controlled(chooser& decide, const options& how, Body&& body) {
  return run(decide, how, [&] {
    control_scope on(true);
    body();
  });
}

Counter time_each(std::uint64_t count) {
  return {static_cast<double>(count), Counter::kIsRate | Counter::kInvert};
}

double processor_nanoseconds() {
  return static_cast<double>(std::clock()) * 1e9 / CLOCKS_PER_SEC;
}

void count_up(std::atomic<int>& count, std::int64_t times) {
  for (std::int64_t i = 0; i < times; ++i) count.store(static_cast<int>(i), std::memory_order_relaxed);
}

void point_of_the_only_thread(benchmark::State& state) {
  fixed_chooser stay(false);
  std::uint64_t points = 0;
  for (auto _ : state) {
    std::atomic<int> x{0};
    points += run_controlled(stay, long_run(), [&] { count_up(x, points_per_run); }).steps;
  }
  state.counters["each_point"] = time_each(points);
}
BENCHMARK(point_of_the_only_thread);

std::uint64_t points_of(std::int64_t threads, bool go_round, benchmark::State& state) {
  fixed_chooser decide(go_round);
  std::uint64_t points = 0;
  std::uint64_t switches = 0;
  for (auto _ : state) {
    std::atomic<int> x{0};
    const result outcome = run_controlled(decide, long_run(), [&] {
      std::thread others[8];
      for (std::int64_t i = 0; i < threads; ++i)
        others[i] = std::thread([&] { count_up(x, points_per_run / threads); });
      for (std::int64_t i = 0; i < threads; ++i) others[i].join();
    });
    points += outcome.steps;
    switches += outcome.switches;
  }
  state.counters["switches/point"] = static_cast<double>(switches) / static_cast<double>(points);
  return points;
}

void point_without_switch(benchmark::State& state) {
  state.counters["each_point"] = time_each(points_of(state.range(0), false, state));
}
BENCHMARK(point_without_switch)->Arg(2)->Arg(3)->Arg(8)->ArgName("threads");

void jump_back_for_ever(boost::context::detail::transfer_t from) {
  for (;;) from = boost::context::detail::jump_fcontext(from.fctx, nullptr);
}

alignas(64) char jump_stack[64 * 1024];

// One way.
double nanoseconds_of_a_jump(std::int64_t round_trips) {
  auto there = boost::context::detail::make_fcontext(jump_stack + sizeof jump_stack - 128,
                                                     sizeof jump_stack - 128, jump_back_for_ever);
  const double start = processor_nanoseconds();
  for (std::int64_t i = 0; i < round_trips; ++i)
    there = boost::context::detail::jump_fcontext(there, nullptr).fctx;
  return (processor_nanoseconds() - start) / static_cast<double>(2 * round_trips);
}

void bare_jump(benchmark::State& state) {
  auto there = boost::context::detail::make_fcontext(jump_stack + sizeof jump_stack - 128,
                                                     sizeof jump_stack - 128, jump_back_for_ever);
  std::uint64_t jumps = 0;
  for (auto _ : state) {
    there = boost::context::detail::jump_fcontext(there, nullptr).fctx;
    jumps += 2;
  }
  state.counters["each_jump"] = time_each(jumps);
}
BENCHMARK(bare_jump);

void point_with_switch(benchmark::State& state) {
  const double start = processor_nanoseconds();
  const std::uint64_t points = points_of(state.range(0), true, state);
  const double taken = processor_nanoseconds() - start;
  state.counters["each_point"] = time_each(points);
  const double jump = nanoseconds_of_a_jump(1'000'000);
  state.counters["bare jumps"] = taken / static_cast<double>(points) / jump;
}
BENCHMARK(point_with_switch)->Arg(2)->Arg(3)->Arg(8)->ArgName("threads");

constexpr int cells = 1024;
volatile int memory[cells];

void plain_access(benchmark::State& state) {
  options how = long_run();
  how.detect_races = state.range(0) != 0;
  fixed_chooser stay(false);
  std::uint64_t accesses = 0;
  for (auto _ : state) {
    run_controlled(stay, how, [&] {
      for (int round = 0; round < 40; ++round)
        for (int i = 0; i < cells; ++i) memory[i] = round;
    });
    accesses += 40 * cells;
  }
  state.counters["each_access"] = time_each(accesses);
}
BENCHMARK(plain_access)->Arg(0)->Arg(1)->ArgName("detect_races");

void plain_access_outside(benchmark::State& state) {
  std::uint64_t accesses = 0;
  for (auto _ : state) {
    for (int i = 0; i < 1'000; ++i) memory[0] = i;
    accesses += 1'000;
  }
  state.counters["each_access"] = time_each(accesses);
}
BENCHMARK(plain_access_outside);

void schedules_of_two_loads_and_stores(benchmark::State& state) {
  random_chooser decide;
  std::uint64_t points = 0;
  for (auto _ : state) {
    points += run_controlled(decide, {}, [] {
                std::atomic<int> x{0};
                auto work = [&] { x.store(x.load() + 1); };
                std::thread a(work);
                std::thread b(work);
                a.join();
                b.join();
              }).steps;
  }
  state.counters["schedules/s"] = Counter(static_cast<double>(state.iterations()), Counter::kIsRate);
  state.counters["points/schedule"] = static_cast<double>(points) / static_cast<double>(state.iterations());
}
BENCHMARK(schedules_of_two_loads_and_stores);

}  // namespace

BENCHMARK_MAIN();
