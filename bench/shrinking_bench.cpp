// How long the faulty variants of the bundled patterns take to shrink, and what is left of them.
#include <string>

#include <benchmark/benchmark.h>

#include <heddle/catalogue/pattern.hpp>
#include <heddle/harness/exploration.hpp>
#include <heddle/harness/shrinking.hpp>

namespace {

void shrinking(benchmark::State& state, const heddle::catalogue::contract_pointer& contract) {
  const auto found = heddle::harness::explore(*contract, {}).found;
  if (!found) return state.SkipWithError("not found");
  for (auto _ : state) {
    const heddle::harness::shrunk s = heddle::harness::shrink(*contract, *found);
    state.counters["threads"] = static_cast<double>(s.smallest.what.processes.size());
    state.counters["calls"] = static_cast<double>(s.smallest.what.longest_process());
    state.counters["prefix"] = static_cast<double>(s.smallest.what.prefix.size());
    state.counters["switches"] = s.switches;
    state.counters["schedules"] = static_cast<double>(s.schedules);
  }
}

}  // namespace

int main(int argc, char** argv) {
  for (const auto& p : heddle::catalogue::patterns())
    for (const auto& v : p.variants)
      benchmark::RegisterBenchmark((p.id + "/" + v.name).c_str(), shrinking, v.contract)
          ->Unit(benchmark::kMillisecond)
          ->Iterations(1);
  benchmark::Initialize(&argc, argv);
  benchmark::RunSpecifiedBenchmarks();
}
