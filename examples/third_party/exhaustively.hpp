// Every schedule of small programs, for components whose data races are known.
#pragma once

#include <heddle/catch.hpp>
#include <heddle/harness/scenario.hpp>

/// Runs every schedule with at most two preemptions; plain reads and writes are scheduling points too.
/// Returns how many there were.
inline std::uint64_t require_holds_exhaustively(
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
