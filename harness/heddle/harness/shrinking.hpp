// From the failure that was found to the smallest one worth reading.
//
// First the program: rapidcheck's shrink tree (program.hpp) is walked greedily; a candidate replaces its
// origin if some schedule of it fails in the same way. To find that out it is searched exhaustively with few
// preemptions, then at random. Then the schedule: the shrunk program is searched exhaustively from zero
// preemptions up, and within the bound that first fails, for the fewest context switches; so the interleaving
// shown has no switch that could be left out. Between the two, if three threads or more are left, new small
// programs are tried.
#pragma once

#include <cstdint>

#include <heddle/harness/exploration.hpp>

namespace heddle::harness {

struct shrink_options {
  /// Scheduling points to spend; then the smallest so far is taken. Not a time: the result must not depend
  /// on the machine.
  std::uint64_t steps = 8'000'000;
  std::uint64_t schedules_per_candidate = 600;
  std::uint64_t final_schedules = 20'000;
};

struct shrunk {
  counterexample smallest;
  std::string original_size;  ///< "3 threads × 5 calls"
  std::uint32_t original_switches = 0;
  std::uint32_t switches = 0;  ///< context switches between processes in the interleaving shown
  std::uint64_t candidates = 0;
  std::uint64_t schedules = 0;
  double seconds = 0;
};

shrunk shrink(const contract_definition& contract, const counterexample& from,
              const shrink_options& options = {});

}  // namespace heddle::harness
