// Case files (.heddle): a failing program with the schedule that shows it, as JSON with a schema version.
//
// A case holds all that a replay needs: target, configuration, calls, steps of the clock, choices and run
// options; and what was seen, so that a replay can say whether it was seen again. Numbers and texts only: it
// reads the same on another machine and in another build, as long as the contract still has these operations
// with these arguments.
#pragma once

#include <filesystem>
#include <stdexcept>
#include <string>

#include <heddle/harness/exploration.hpp>

namespace heddle::harness {

inline constexpr int case_format_version = 1;

struct case_origin {
  std::string target;      ///< contract's name, or "pattern/variant" of the catalogue
  std::uint64_t seed = 0;  ///< of the exploration
};

/// The case could not be read, or does not fit the contract (any more). what() names file, place and mend.
class case_error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

std::string to_case_text(const contract_definition& contract, const counterexample& c,
                         const case_origin& origin);

/// "limiter-5eed.heddle": of the target's name only what no shell and no file system takes amiss.
std::string case_file_name(const std::string& target, std::uint64_t seed);

/// Writes the case; false if the file cannot be written.
bool write_case(const std::filesystem::path& file, const std::string& text);

/// A case as read, not yet matched with a contract.
struct case_text {
  std::string name;  ///< of the file, for messages
  std::string text;
};
case_text read_case(const std::filesystem::path& file);

/// Which target the case is of, and the seed that found it. Throws case_error.
case_origin origin_of(const case_text& c);

/// The case against this contract. Throws case_error where they do not fit.
counterexample parse_case(const contract_definition& contract, const case_text& c);

}  // namespace heddle::harness
