#include <algorithm>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <thread>

#include <sys/syscall.h>

#include <heddle/threads/rest_watch.hpp>

namespace heddle::runtime {

namespace {

const std::filesystem::path threads_folder = "/proc/self/task";

std::vector<pid_t> threads_of_this_process() {
  std::vector<pid_t> threads;
  std::error_code gone;
  for (const auto& entry : std::filesystem::directory_iterator(threads_folder, gone)) {
    const std::string name = entry.path().filename();
    pid_t id = 0;
    std::from_chars(name.data(), name.data() + name.size(), id);
    threads.push_back(id);
  }
  std::ranges::sort(threads);
  return threads;
}

// "number argument… stack-pointer program-counter", or "running".
std::string system_call_of(const std::filesystem::path& thread) {
  std::string line;
  std::getline(std::ifstream(thread / "syscall"), line);
  return line;
}

bool is_untimed_wait(const std::string& system_call) {
  std::istringstream words(system_call);
  long number = -1;
  std::string address, operation, value, timeout;
  words >> number >> address >> operation >> value >> timeout;
  return number == SYS_futex && timeout == "0x0";
}

std::string times_slept(const std::filesystem::path& thread) {
  std::ifstream status(thread / "status");
  std::string line;
  while (std::getline(status, line))
    if (line.starts_with("voluntary_ctxt_switches")) return line;
  return {};
}

}  // namespace

rest_watch::rest_watch() {
  // ThreadSanitizer starts a thread of its own together with the first of the program.
  [[maybe_unused]] static const bool first_thread_started = (std::thread([] {}).join(), true);
  outside_ = threads_of_this_process();
}

bool rest_watch::still_at_rest() {
  std::vector<look> now;
  for (const pid_t thread : threads_of_this_process()) {
    if (std::ranges::binary_search(outside_, thread)) continue;
    const auto folder = threads_folder / std::to_string(thread);
    const std::string system_call = system_call_of(folder);
    if (!is_untimed_wait(system_call)) {
      before_.clear();
      return false;
    }
    now.push_back({thread, system_call + " " + times_slept(folder)});
  }
  const bool unchanged = !now.empty() && now == before_;
  before_ = std::move(now);
  return unchanged;
}

}  // namespace heddle::runtime
