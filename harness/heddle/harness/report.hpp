// The failure report: what a person sees when a contract is broken.
//
// Headline; what shrank to what; the interleaving in columns, with source lines and values; why no order
// explains it, in the contract's own words; what kind of race it is; how to replay it. Output depends on the
// case alone.
#pragma once

#include <string>

#include <heddle/harness/interleaving.hpp>
#include <heddle/harness/shrinking.hpp>
#include <heddle/linearizability/number_text.hpp>

namespace heddle::harness {

struct report_options {
  bool colour = false;
  std::uint64_t seed = 0;
  std::uint64_t schedules_budget = 0;
  double seconds = -1;           ///< of the search; negative: leave timings out
  std::string replay_command{};  ///< how to run the case again; empty: no such line
};

/// The whole report.
std::string failure_report(const contract_definition& contract, const shrunk& s,
                           const report_options& options);

/// The interleaving of one counterexample alone, with the reasons: what a replay prints.
std::string replay_report(const contract_definition& contract, const counterexample& c,
                          const report_options& options);

/// A failure on real threads, which can be neither shrunk nor replayed: the calls as they were recorded.
std::string history_report(const contract_definition& contract, const counterexample& c,
                           const report_options& options);

/// The case run again, with its trace.
program_run run_traced(const contract_definition& contract, const counterexample& c);

/// One line for the headline: "limiter is NOT LINEARIZABLE".
std::string headline(const contract_definition& contract, const failure& why);

using heddle::grouped;

/// Whether to colour what goes to `descriptor`: a terminal, and NO_COLOR (no-color.org) not set.
bool wants_colour(int descriptor);

}  // namespace heddle::harness
