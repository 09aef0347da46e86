#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <system_error>
#include <vector>

#include <fmt/format.h>
#include <poll.h>
#include <sched.h>
#include <sys/wait.h>
#include <unistd.h>

#include <heddle/cli/worker_pool.hpp>

namespace heddle::cli {
namespace {

[[noreturn]] void fail(const char* what) {
  throw std::system_error(errno, std::generic_category(), what);
}

/// A process that runs one job, and the pipe that its result comes through.
struct worker {
  std::size_t job = 0;
  pid_t process = 0;
  int pipe = -1;
  std::string text;
};

[[noreturn]] void work(int pipe, const std::string& text) {
  for (std::size_t sent = 0; sent < text.size();) {
    const ssize_t part = write(pipe, text.data() + sent, text.size() - sent);
    if (part < 0 && errno != EINTR) _exit(1);
    if (part > 0) sent += static_cast<std::size_t>(part);
  }
  _exit(0);
}

worker start(std::size_t index, const std::function<std::string(std::size_t)>& job) {
  int ends[2];
  if (pipe(ends) != 0) fail("pipe");
  std::fflush(nullptr);  // else the child would print again what waits to be printed
  const pid_t process = fork();
  if (process < 0) fail("fork");
  if (process == 0) {
    close(ends[0]);
    work(ends[1], job(index));
  }
  close(ends[1]);
  return {index, process, ends[0], {}};
}

/// False at the end of the pipe.
bool read_some(worker& w) {
  char block[1 << 16];
  const ssize_t size = read(w.pipe, block, sizeof block);
  if (size < 0 && errno == EINTR) return true;
  if (size > 0) w.text.append(block, static_cast<std::size_t>(size));
  return size > 0;
}

job_result finish(worker& w) {
  close(w.pipe);
  int status = 0;
  while (waitpid(w.process, &status, 0) < 0 && errno == EINTR) {
  }
  if (WIFSIGNALED(status)) {
    return {"", fmt::format("signal {} ({})", WTERMSIG(status), strsignal(WTERMSIG(status)))};
  }
  if (WEXITSTATUS(status) != 0) return {"", fmt::format("exit code {}", WEXITSTATUS(status))};
  return {std::move(w.text), ""};
}

}  // namespace

void run_in_processes(std::size_t count, std::size_t parallel,
                      const std::function<std::string(std::size_t)>& job,
                      const std::function<void(std::size_t, job_result)>& on_done,
                      const std::function<void()>& on_wait) {
  constexpr int wait_ms = 100;
  std::vector<worker> working;
  std::size_t next = 0;
  while (next < count || !working.empty()) {
    while (next < count && working.size() < std::max<std::size_t>(parallel, 1))
      working.push_back(start(next++, job));
    std::vector<pollfd> pipes;
    for (const worker& w : working) pipes.push_back({w.pipe, POLLIN, 0});
    if (poll(pipes.data(), pipes.size(), wait_ms) < 0 && errno != EINTR) fail("poll");
    for (std::size_t i = pipes.size(); i-- > 0;) {
      if (pipes[i].revents == 0 || read_some(working[i])) continue;
      const std::size_t done = working[i].job;
      job_result result = finish(working[i]);
      working.erase(working.begin() + static_cast<std::ptrdiff_t>(i));
      on_done(done, std::move(result));
    }
    on_wait();
  }
}

std::size_t processors() {
  cpu_set_t set;
  CPU_ZERO(&set);
  if (sched_getaffinity(0, sizeof set, &set) != 0) return 1;
  return static_cast<std::size_t>(std::max(1, CPU_COUNT(&set)));
}

}  // namespace heddle::cli
