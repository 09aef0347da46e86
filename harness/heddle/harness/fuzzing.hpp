// A fuzzer's bytes as program and schedule; and the search for a failing schedule with libFuzzer as the
// guide.
//
// Layout of the bytes, one number each, taken modulo the number of possibilities; missing ones count as 0:
//
//   configuration
//   processes, calls of the prefix, calls of each process, steps of the clock     (the shape)
//   operation and argument of each call, in that order; each step of the clock
//   the rest: the schedule (strategies/bytes.hpp)
//
// Arguments, configurations and clock steps are drawn from the contract's generators, seeded with their byte:
// up to 256 different ones in each place. All counts come first, so that a mutation of one call leaves the
// others what they were. Every string of bytes is a program, and equal bytes are equal programs.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include <heddle/harness/exploration.hpp>

namespace heddle::harness {

struct fuzz_input {
  program what;
  std::span<const std::uint8_t> schedule;  ///< the bytes that the program left
};

fuzz_input read_fuzz_input(const contract_definition& contract, std::span<const std::uint8_t> bytes);

/// Runs what the bytes say, once. Empty if it holds.
std::optional<counterexample> fuzz_one(const contract_definition& contract,
                                       std::span<const std::uint8_t> bytes, const run_options& run);

/// True in a .fuzz build, once: libFuzzer cannot be started a second time in a process.
bool can_fuzz();

/// Like explore(), but libFuzzer makes programs and schedules, and the component's coverage steers it.
/// Precondition: can_fuzz().
exploration_result fuzz(const contract_definition& contract, const exploration_options& options);

}  // namespace heddle::harness
