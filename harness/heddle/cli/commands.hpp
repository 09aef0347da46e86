// The commands of the command line, each a function of its settings that returns the exit code.
#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

#include <heddle/cli/picture_files.hpp>

namespace heddle::cli {

/// What the user asked for makes no sense. what() says what would.
class usage_error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

struct exploration_settings {
  std::string seed = "0x5eed";
  std::uint64_t schedules = 10'000;
  std::string cases_dir = ".";
};

struct verify_settings {
  std::vector<std::string> patterns;
  exploration_settings exploration;
  std::uint64_t reference_schedules = 20'000;
  std::uint32_t seeds = 1;  ///< faulty variants must be found from each of so many, counted up from the seed
  std::string json;
  bool quiet = false;
};

struct explore_settings {
  std::string target;
  picture_files drawn;   ///< of the failure
  std::string strategy;  ///< empty: the portfolio
  exploration_settings exploration;
};

struct replay_settings {
  std::string file;
  picture_files drawn;
};

struct check_settings {
  std::vector<std::string> histories;  ///< files; "-" is standard input
  std::string model;
  std::string format = "auto";
  std::string timeout = "60s";
  std::string condition;  ///< with hyphens; empty: linearizability, or of transactions the level
  std::string level;      ///< of isolation, with hyphens; empty: strict serializable
  std::string initial;    ///< JSON; empty: as the model says
  std::size_t jobs = 0;   ///< histories judged at a time; 0: one per processor
  std::string json;
  picture_files drawn;  ///< of one history
  bool search_only = false;
  bool list = false;
  bool quiet = false;
};

int run_verify(const verify_settings& settings);
int run_explore(const explore_settings& settings);
int run_replay(const replay_settings& settings);
int run_list();
/// 0 all histories satisfy the condition; 1 one does not; else 2 one cannot be read; else 3 one could not be
/// decided.
int run_check(const check_settings& settings);

/// Decimal or 0x…; throws usage_error.
std::uint64_t parse_seed(const std::string& text);

}  // namespace heddle::cli
