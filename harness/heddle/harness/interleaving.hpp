// The interleaving of a traced run as columns of short lines: what a person reads to understand a race.
//
// One column per thread that made calls or touched what others touched, one for the clock if it moved. A call
// shows its invocation, the operations by which it and other threads influenced each other (on locations that
// at least two threads touched, one of them writing), and its response. What only one thread touched is left
// out.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <heddle/harness/program_run.hpp>
#include <heddle/harness/symbols.hpp>

namespace heddle::harness {

struct interleaving_line {
  std::size_t column = 0;
  std::string text;                   ///< "load  used_ → 9"
  std::string where;                  ///< "limiter.hpp:14"; empty for invocations and responses
  std::uint32_t call = not_returned;  ///< index of the call it belongs to
  bool response = false;
};

struct interleaving {
  std::vector<std::string> columns;      ///< headings: "thread 1", "clock"
  std::vector<interleaving_line> lines;  ///< in the order in which they happened
  std::vector<std::string> diagnosis;    ///< sentences: what kind of race this is
};

/// Names locations: members of the implementation, static variables, or "object #1" in order of appearance.
class location_names {
 public:
  location_names(const contract_definition& contract, const program_run& run, symbols& debug_info)
      : contract_(contract), run_(run), symbols_(debug_info) {}

  std::string operator()(std::uintptr_t address);
  /// The member or variable at the address; empty if it has no name of its own.
  std::string member_or_variable(std::uintptr_t address) const;

 private:
  const contract_definition& contract_;
  const program_run& run_;
  symbols& symbols_;
  std::vector<std::pair<std::uintptr_t, std::string>> known_;
  std::size_t anonymous_ = 0;
};

/// Precondition: the run was traced.
interleaving describe_interleaving(const contract_definition& contract, const program_run& run);

}  // namespace heddle::harness
