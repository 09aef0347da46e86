#include "virtual_clock.hpp"

#include <atomic>
#include <cstdint>
#include <ctime>

#include <sys/syscall.h>
#include <unistd.h>

namespace {

constexpr std::int64_t second_ns = 1'000'000'000;

std::atomic<bool> active = false;
std::atomic<std::int64_t> steady_ns = 0;
std::atomic<std::int64_t> wall_ns = 0;

}  // namespace

extern "C" int clock_gettime(clockid_t id, timespec* time) noexcept {
  if (!active.load()) return static_cast<int>(syscall(SYS_clock_gettime, id, time));
  const std::int64_t ns = (id == CLOCK_REALTIME ? wall_ns : steady_ns).load();
  time->tv_sec = ns / second_ns;
  time->tv_nsec = ns % second_ns;
  return 0;
}

namespace heddle::tests {

virtual_clock::virtual_clock() {
  steady_ns.store(second_ns);
  wall_ns.store(second_ns);
  active.store(true);
}

virtual_clock::~virtual_clock() {
  active.store(false);
}

void virtual_clock::advance(std::chrono::nanoseconds d) {
  steady_ns.fetch_add(d.count());
  wall_ns.fetch_add(d.count());
}

void virtual_clock::set_back(std::chrono::nanoseconds d) {
  wall_ns.fetch_sub(d.count());
}

}  // namespace heddle::tests
