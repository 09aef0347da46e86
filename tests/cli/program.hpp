// Runs programs without a shell.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace heddle::test {

struct program_result {
  int exit_code = -1;
  std::string out;
  std::string err;
};

program_result run_program(const std::string& program, const std::vector<std::string>& arguments,
                           const std::string& input = "");

/// The built one. `input` is what it reads from standard input. Standard output and error are no terminals.
program_result run_heddle(const std::vector<std::string>& arguments, const std::string& input = "");

/// An empty directory for as long as the object lives.
class scratch_directory {
 public:
  scratch_directory();
  ~scratch_directory();
  scratch_directory(const scratch_directory&) = delete;
  scratch_directory& operator=(const scratch_directory&) = delete;
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace heddle::test
