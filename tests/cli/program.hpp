// Runs the built program, without a shell.
#pragma once

#include <string>
#include <vector>

namespace heddle::test {

struct program_result {
  int exit_code = -1;
  std::string out;
  std::string err;
};

/// `input` is what it reads from standard input. Standard output and error are no terminals.
program_result run_heddle(const std::vector<std::string>& arguments, const std::string& input = "");

}  // namespace heddle::test
