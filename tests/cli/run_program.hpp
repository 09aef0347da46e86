// Runs programs as a user does.
#pragma once

#include <filesystem>
#include <string>

namespace heddle::tests {

struct ended {
  int code = -1;  ///< of the exit; 128 + signal if one killed it
  std::string out;
  std::string err;
};

/// `arguments` as written on a shell's command line, behind the built program's name.
ended run_heddle(const std::string& arguments);

/// Any command line.
ended run(const std::string& command_line);

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

std::string content(const std::filesystem::path& file);

}  // namespace heddle::tests
