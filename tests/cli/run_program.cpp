#include "run_program.hpp"

#include <cstdlib>
#include <fstream>
#include <sstream>
#include <stdexcept>

#include <sys/wait.h>

namespace heddle::tests {

std::string content(const std::filesystem::path& file) {
  std::ostringstream text;
  text << std::ifstream(file).rdbuf();
  return text.str();
}

ended run(const std::string& command_line) {
  const scratch_directory outputs;
  const std::string out = outputs.path() / "out";
  const std::string err = outputs.path() / "err";
  const int status =
      std::system(("(" + command_line + ") </dev/null >'" + out + "' 2>'" + err + "'").c_str());
  return {WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status), content(out), content(err)};
}

ended run_heddle(const std::string& arguments) {
  return run("'" HEDDLE_PROGRAM "' " + arguments);
}

scratch_directory::scratch_directory() {
  std::string name = std::filesystem::temp_directory_path() / "heddle-test-XXXXXX";
  if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary directory");
  path_ = name;
}

scratch_directory::~scratch_directory() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

}  // namespace heddle::tests
