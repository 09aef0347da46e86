// The general search: questions asked of the model per second, on histories that no monitor decides.
#include <cstdint>
#include <random>
#include <vector>

#include <benchmark/benchmark.h>

#include <heddle/linearizability/checker.hpp>
#include <heddle/linearizability/model_space.hpp>

namespace {

using namespace heddle::linearizability;

// A register under compare-and-set from many clients at a time, linearizable by construction: each call takes
// effect at a moment of its own within its interval. Few values: equal calls and states recur.
struct recorded {
  model_space<int> space{0};
  std::vector<action> history;
};

recorded contended_register(std::uint32_t clients, std::uint32_t calls) {
  constexpr int values = 4;
  recorded r;
  std::vector<symbol_id> reads, writes;
  for (int v = 0; v < values; ++v) {
    reads.push_back(r.space.add_symbol([v](const int& m, std::vector<int>& next) {
      if (m == v) next.push_back(m);
    }));
    writes.push_back(r.space.add_symbol([v](const int&, std::vector<int>& next) { next.push_back(v); }));
  }
  std::mt19937 random(7);
  int value = 0;
  std::vector<std::uint32_t> open(clients, never);
  std::uint32_t position = 0;
  while (r.history.size() < calls) {
    const auto client = static_cast<std::uint32_t>(random() % clients);
    if (open[client] == never) {
      open[client] = static_cast<std::uint32_t>(r.history.size());
      const bool writing = random() % 2 == 0;
      if (writing) value = static_cast<int>(random() % values);
      const auto v = static_cast<std::size_t>(value);
      r.history.push_back({.symbol = writing ? writes[v] : reads[v], .invoked = position++});
    } else {
      r.history[open[client]].returned = position++;
      open[client] = never;
    }
  }
  for (const std::uint32_t a : open)
    if (a != never) r.history[a].returned = position++;
  return r;
}

void search_steps(benchmark::State& state) {
  recorded r = contended_register(static_cast<std::uint32_t>(state.range(0)),
                                  static_cast<std::uint32_t>(state.range(1)));
  checker judge;
  std::uint64_t steps = 0;
  for (auto _ : state) {
    const verdict v = judge.check(r.history, r.space, {.explain = false});
    if (v.result != outcome::linearizable) state.SkipWithError("a linearizable history was refused");
    steps += v.steps;
  }
  state.counters["steps"] = benchmark::Counter(static_cast<double>(steps), benchmark::Counter::kIsRate);
  state.counters["steps_each"] = static_cast<double>(steps) / static_cast<double>(state.iterations());
}
BENCHMARK(search_steps)->Args({4, 1'000})->Args({8, 1'000})->Args({16, 1'000})->Unit(benchmark::kMillisecond);

}  // namespace

BENCHMARK_MAIN();
