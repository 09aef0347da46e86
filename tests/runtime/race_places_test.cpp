// A race names the place of the access that takes part in it, also where other threads read the same
// variable.
#include <atomic>
#include <thread>

#include <catch2/catch.hpp>

#include "choosers.hpp"

using runtime_tests::describe;
using runtime_tests::run_random;

namespace {

[[gnu::noinline]] void ordered_read(const int& x) {
  [[maybe_unused]] volatile int seen = x;
}
[[gnu::noinline]] void unordered_read(const int& x) {
  [[maybe_unused]] volatile int seen = x;
}

bool lies_in(const void* pc, void (*function)(const int&)) {
  constexpr std::ptrdiff_t size_max = 64;
  const auto offset = static_cast<const char*>(pc) - reinterpret_cast<const char*>(function);
  return offset > 0 && offset <= size_max;
}

}  // namespace

TEST_CASE("of several readers, a race names the one that nothing orders before the write") {
  int races = 0;
  for (std::uint64_t seed = 1; seed <= 100; ++seed) {
    int x = 0;
    std::atomic<bool> read = false;
    const auto outcome = run_random(seed, [&] {
      std::thread unordered([&] { unordered_read(x); });
      std::thread ordered([&] {
        ordered_read(x);
        read = true;
      });
      if (read) x = 1;
      unordered.join();
      ordered.join();
    });
    for (const auto& race : outcome.races) {
      INFO(describe(outcome));
      CHECK(lies_in(race.first_is_write ? race.second_pc : race.first_pc, unordered_read));
      ++races;
    }
  }
  CHECK(races > 0);
}
