// The search for a failing schedule: programs from the contract's generator, each under a portfolio of
// strategies.
//
// Everything is derived from one seed, so the same seed gives the same programs, the same schedules and the
// same first counterexample, wherever it runs. A budget in time breaks that promise only in where the search
// stops.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>

#include <heddle/generators/program.hpp>
#include <heddle/harness/failure.hpp>
#include <heddle/harness/program_run.hpp>
#include <heddle/harness/schedule.hpp>

namespace heddle::harness {

struct budget {
  std::uint64_t schedules = 10'000;
  double seconds = 0;  ///< 0: no limit
  std::uint32_t schedules_per_program = 24;
};

struct exploration_options {
  std::uint64_t seed = 0x5eed;
  budget limits;
  run_options run;
  std::string strategy{};  ///< one of strategy_names(); empty: a portfolio of several in turn
};

/// A failing program with a schedule that shows it.
struct counterexample {
  program what;
  schedule how;
  run_options run;  ///< as it was run
  failure why;
  std::string strategy;               ///< that found it
  std::uint64_t schedule_number = 0;  ///< from 1
  recorded_history seen{};            ///< as it was found: all there is where schedules cannot be replayed
};

struct exploration_result {
  std::optional<counterexample> found;
  std::uint64_t schedules = 0;
  std::uint64_t programs = 0;
  std::uint64_t distinct_histories = 0;    ///< summed over the programs
  std::uint64_t undecided = 0;             ///< histories on which the checker gave up
  std::uint64_t programs_exhausted = 0;    ///< of which every schedule was run
  std::uint64_t steps = 0;                 ///< scheduling points
  std::uint64_t component_operations = 0;  ///< operations of the component that reached the run-time
  std::map<std::string, std::uint64_t> schedules_by_strategy;
  std::set<std::string> reached;  ///< anomalies seen that the condition allows
  bool uncontrolled =
      false;  ///< threads ran, yet no operation of the component was seen: it is not instrumented
  double seconds = 0;
};

/// Told now and then how far the search is.
using progress = std::function<void(const exploration_result& so_far)>;

/// Throws std::invalid_argument for a strategy that does not exist.
exploration_result explore(const contract_definition& contract, const exploration_options& options,
                           const progress& tell = {});

/// Runs one program under the portfolio until it fails or `schedules` have been run.
exploration_result explore_program(const contract_definition& contract, const program& p,
                                   const exploration_options& options);

/// Every schedule of one program with at most `preemptions_max` preemptions, fewest first, until one fails in
/// the way `wanted` says (none: any way) or `schedules_max` were run.
struct exhaustive_result {
  std::optional<counterexample> found;
  std::uint64_t schedules = 0;
  std::uint64_t steps = 0;  ///< scheduling points
  bool complete = false;    ///< there are no other schedules at all
};
exhaustive_result explore_exhaustively(const contract_definition& contract, const program& p,
                                       const run_options& run, std::uint32_t preemptions_max,
                                       std::uint64_t schedules_max, failure_kind wanted = failure_kind::none);

}  // namespace heddle::harness
