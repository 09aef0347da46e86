// libFuzzer in the middle of a test: its bytes drive program and schedule, coverage of the component steers
// it.
//
// The test's own main function starts as always; whoever wants fuzzing calls drive() instead of exploring. So
// any test framework will do, and one source serves all builds. Only the .fuzz build (clang, heddle_add_test)
// links drive(): ask can_drive() first.
//
// libFuzzer keeps its state in globals: one drive() per process.
#pragma once

#include <cstdint>
#include <span>

namespace heddle::fuzz {

/// Tries one input. Returns true to stop: it failed. Must not throw.
using one_input = bool (*)(std::span<const std::uint8_t> bytes);

/// Feeds inputs until one fails (true) or `inputs_max` were tried (false). Equal seeds give equal inputs as
/// long as the code's coverage is the same. HEDDLE_FUZZ may hold further arguments for libFuzzer, separated
/// by spaces: a corpus folder, -max_len=…, -max_total_time=… (when libFuzzer itself ends the fuzzing, it also
/// ends the process).
[[gnu::weak]] bool drive(one_input input, std::uint64_t inputs_max, std::uint32_t seed);

inline bool can_drive() {
  return drive != nullptr;
}

}  // namespace heddle::fuzz
