// Concurrent programs: per process, the calls to make; and their generator.
//
// A program shrinks by rapidcheck's shrink trees: whole processes go first, then runs of calls, then steps of
// the clock, then single arguments and the configuration become simpler. Every candidate is smaller than its
// origin, so shrinking ends.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <rapidcheck/Gen.h>

#include <heddle/generators/contract_definition.hpp>

namespace heddle {

struct call {
  std::uint16_t operation = 0;
  rc::Shrinkable<arguments> with;
};

struct program {
  rc::Shrinkable<arguments> configuration;
  std::vector<call> prefix;                      ///< made one after the other before the processes start
  std::vector<std::vector<call>> processes;      ///< never empty lists
  std::vector<rc::Shrinkable<time_step>> clock;  ///< made by a process of the clock's own

  std::size_t calls() const;  ///< of the processes, prefix excluded
  std::size_t longest_process() const;
};

/// Programs of the contract's shape. Their size grows with rapidcheck's size parameter (0–100).
rc::Gen<program> programs(const contract_definition& contract);

/// A program whose parts are given and do not shrink by themselves: of a case file, or written by hand.
call fixed_call(std::uint16_t operation, arguments with);

/// The smaller programs to try next, most promising first.
rc::Seq<program> smaller_programs(const program& from);

/// "try_acquire(1)".
std::string describe_call(const contract_definition& contract, std::uint16_t operation,
                          const arguments& with);
/// "main", or "thread 2": as reports number them, in the order in which they come into the history.
std::string describe_process(const recorded_history& history, std::uint32_t process);
/// "3 threads × 5 calls" or "2 threads × 1 call".
std::string describe_size(const program& p);

}  // namespace heddle
