// check(contract): the one call of a test.
//
// Explores within a budget; a failure is shrunk, printed, stored as a case file, and thrown as `violation`,
// which every test framework reports as a failed test. The environment overrides what the code says:
//
//   HEDDLE_SEED=0x5eed        another seed
//   HEDDLE_BUDGET=100000      schedules; with s (30s) or ms, time
//   HEDDLE_STRATEGY=pos       one strategy instead of the portfolio (docs/exploring.md)
//   HEDDLE_REPLAY=FILE        run this case only (contracts that it is not of pass at once)
//   HEDDLE_CASES_DIR=DIR      where case files are written (default: the working directory)
//   NO_COLOR=1                no colours on a terminal
//
// With the run-time for real threads (the .tsan build) schedules cannot be chosen: programs are run as they
// fall, the histories are judged unless the model keeps time, and nothing is shrunk. Unless a time or
// HEDDLE_BUDGET says otherwise, a tenth of the schedules are run, for 5 s at most.
//
// In the .fuzz build libFuzzer makes programs and schedules for the first check() that the process comes to
// (later ones explore as usual: choose a test on the command line). HEDDLE_FUZZ passes arguments to
// libFuzzer, such as a folder for the corpus; HEDDLE_BUDGET says how long.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

#include <heddle/generators/contract_definition.hpp>

namespace heddle {

struct check_options {
  std::uint64_t seed = 0x5eed;
  std::uint64_t schedules = 10'000;
  double seconds = 0;                ///< 0: no limit
  std::uint64_t max_steps = 20'000;  ///< scheduling points in one schedule before it counts as a livelock
  /// False for a component whose data races are known: only what its calls return is judged, and freed memory
  /// is not watched. (The .tsan build has suppressions for that: __tsan_default_suppressions.)
  bool detect_races = true;
  /// Plain reads and writes are scheduling points too: what a data race does is then seen in the results, at
  /// the price of many more schedules.
  bool plain_accesses = false;
  std::string_view strategy{};  ///< one of harness::strategy_names(); empty: a portfolio of several in turn
};

/// Thrown by check(). what() is the report's headline; the report itself has been printed to standard error.
class violation : public std::runtime_error {
 public:
  violation(const std::string& headline, std::string report)
      : std::runtime_error(headline), report_(std::move(report)) {}
  const std::string& report() const { return report_; }

 private:
  std::string report_;
};

/// What verify() found, for those who want to decide themselves.
struct check_report {
  bool passed = true;
  std::string headline;             ///< of a failure
  std::string text;                 ///< the report of a failure, or one line on what was covered
  std::filesystem::path case_file;  ///< of a failure; empty if it could not be written
  std::uint64_t schedules = 0;
  std::uint64_t distinct_histories = 0;
};

/// Explores the contract; neither prints nor throws for a failure. Throws std::invalid_argument for a
/// contract that cannot be run, or environment variables that cannot be understood.
check_report verify(const std::shared_ptr<const contract_definition>& contract, check_options options = {});

/// As verify(), but prints a failure's report and throws it.
void check(const std::shared_ptr<const contract_definition>& contract, check_options options = {});

template <class Contract>
requires requires(const Contract& c) {
  c.definition();
}
void check(const Contract& contract, check_options options = {}) {
  check(contract.definition(), options);
}

}  // namespace heddle
