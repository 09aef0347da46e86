#include <csetjmp>
#include <cstdlib>
#include <sstream>
#include <string>
#include <vector>

#include <heddle/fuzz/driver.hpp>

// libFuzzer's own (compiler-rt, FuzzerInterface.h; not installed).
extern "C" {
int LLVMFuzzerRunDriver(int* argument_count, char*** arguments,
                        int (*test_one_input)(const std::uint8_t* data, std::size_t size));
std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t size_max);
}

namespace heddle::fuzz {

namespace {

struct drive_state {
  one_input input = nullptr;
  std::uint64_t inputs_left = 0;
  bool failed = false;
  std::jmp_buf back;
};

drive_state state;

int try_one(const std::uint8_t* data, std::size_t size) {
  if (state.failed || state.inputs_left == 0) return 0;
  --state.inputs_left;
  state.failed = state.input({data, size});
  return 0;
}

// Its memory watch is a thread, which the run-time would take for one of the component's, and its signal
// handlers would hide crashes from the run-time's.
std::vector<std::string> arguments_for(std::uint32_t seed) {
  std::vector<std::string> arguments{"heddle",
                                     "-rss_limit_mb=0",
                                     "-malloc_limit_mb=0",
                                     "-timeout=0",
                                     "-handle_segv=0",
                                     "-handle_bus=0",
                                     "-handle_abrt=0",
                                     "-handle_ill=0",
                                     "-handle_fpe=0",
                                     "-handle_int=0",
                                     "-handle_term=0",
                                     "-detect_leaks=0",
                                     "-verbosity=0",
                                     "-seed=" + std::to_string(seed)};
  if (const char* more = std::getenv("HEDDLE_FUZZ")) {
    std::istringstream words(more);
    for (std::string word; words >> word;) arguments.push_back(word);
  }
  return arguments;
}

}  // namespace

bool drive(one_input input, std::uint64_t inputs_max, std::uint32_t seed) {
  state.input = input;
  state.inputs_left = inputs_max;
  // Static: libFuzzer keeps pointers to them.
  static std::vector<std::string> arguments;
  static std::vector<char*> pointers;
  arguments = arguments_for(seed);
  pointers.clear();
  for (std::string& a : arguments) pointers.push_back(a.data());
  pointers.push_back(nullptr);
  static int count;
  static char** values;
  count = static_cast<int>(arguments.size());
  values = pointers.data();
  if (setjmp(state.back) == 0) LLVMFuzzerRunDriver(&count, &values, try_one);
  return state.failed;
}

}  // namespace heddle::fuzz

/// libFuzzer asks for each mutation here. Its loop has no way out but exit(), so this is where it is left:
/// between two inputs, where libFuzzer does not take the end of the process for a finding.
extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t size_max,
                                               unsigned) {
  using heddle::fuzz::state;
  if (state.failed || state.inputs_left == 0) std::longjmp(state.back, 1);
  return LLVMFuzzerMutate(data, size, size_max);
}
