// Runs one program under one schedule, and says what happened.
#pragma once

#include <cstdint>
#include <string>

#include <heddle/generators/contract_definition.hpp>
#include <heddle/generators/program.hpp>
#include <heddle/generators/recorded_history.hpp>
#include <heddle/harness/failure.hpp>
#include <heddle/runtime/runtime.hpp>

namespace heddle::harness {

struct run_options {
  std::uint64_t max_steps = 20'000;
  bool detect_races = true;
  bool plain_accesses = false;  ///< plain reads and writes are scheduling points too
  bool trace = false;
  std::uint64_t random_seed = 0;  ///< what std::random_device draws from
};

struct program_run {
  runtime::result outcome;
  recorded_history history;
  std::string broken_invariant;        ///< name, if one did not hold
  std::uintptr_t subject_address = 0;  ///< of the implementation, to name its members
  std::uint64_t fingerprint = 0;  ///< of the history: equal histories of one program have equal fingerprints
};

/// The marker (runtime::mark) of events that belong to the `index`-th call of the history.
constexpr std::uint64_t marker_of_call(std::size_t index) {
  return index + 1;
}

program_run run_program(const contract_definition& contract, const program& p, runtime::chooser& decide,
                        const run_options& options);

/// What, if anything, was wrong with the run. `explain` fills in the reasons.
failure judge_run(const contract_definition& contract, const program_run& run, bool explain);

/// True if judge_run would have to ask the model: everything else about the run is fine.
bool needs_model(const contract_definition& contract, const program_run& run);

}  // namespace heddle::harness
