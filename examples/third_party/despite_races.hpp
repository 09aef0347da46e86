// Judging what the calls of a component return when its data races are known.
#pragma once

#include <heddle/catch.hpp>
#include <heddle/harness/scenario.hpp>
#include <heddle/heddle.hpp>
#include <heddle/runtime/runtime.hpp>

/// Generated programs, interleaved at calls, locks and atomics; then at plain reads and writes too, since
/// that is where the races are. On real threads a few hundred runs: each costs threads.
template <class Contract>
void check_despite_races(const Contract& contract) {
  if (!heddle::runtime::deterministic()) return heddle::check(contract, {.schedules = 500});
  heddle::check(contract, {.detect_races = false});
  heddle::check(contract, {.schedules = 5'000, .detect_races = false, .plain_accesses = true});
}

/// Every schedule of a small program with at most two preemptions, at plain reads and writes too. Returns how
/// many there are.
inline std::uint64_t check_exhaustively_despite_races(
    const std::shared_ptr<const heddle::contract_definition>& contract, const heddle::scenario& small) {
  const heddle::harness::run_options run{.detect_races = false, .plain_accesses = true};
  constexpr std::uint32_t preemptions = 2;
  constexpr std::uint64_t schedules_max = 100'000;
  const auto result =
      heddle::harness::explore_exhaustively(*contract, small.written(), run, preemptions, schedules_max);
  REQUIRE_FALSE(result.found);
  REQUIRE(result.schedules < schedules_max);
  return result.schedules;
}
