// Jobs in parallel, each in a process of its own.
//
// Processes and not threads: the program is linked with Heddle's run-time, which knows one OS thread. And
// what one job does to its process (a crash, all memory used up) concerns that job alone.
#pragma once

#include <cstddef>
#include <functional>
#include <string>

namespace heddle::cli {

struct job_result {
  std::string text;  ///< what the job returned
  std::string died;  ///< why there is none: "signal 9 (Killed)"; empty if there is
};

/// Runs job(0) … job(count − 1), `parallel` at a time, and gives each result to `on_done` as it comes, in
/// this process. `on_wait` is called ten times a second meanwhile. A job must not throw. Throws
/// std::system_error if there can be no further process.
void run_in_processes(std::size_t count, std::size_t parallel,
                      const std::function<std::string(std::size_t)>& job,
                      const std::function<void(std::size_t, job_result)>& on_done,
                      const std::function<void()>& on_wait);

/// Processors of this machine that this process may use.
std::size_t processors();

}  // namespace heddle::cli
