// How a component may end the process, and where it takes randomness from.
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <random>

#include <sched.h>
#include <sys/random.h>
#include <sys/sysinfo.h>
#include <unistd.h>

#include <heddle/runtime/hook.hpp>

using namespace heddle::runtime;

namespace {

// What std::thread::hardware_concurrency() says: the same on every machine.
constexpr int processors = 4;

void fill_with_random_bits(void* to, std::size_t size) {
  for (std::size_t done = 0; done < size;) {
    const std::uint64_t bits = random_bits();
    const std::size_t part = size - done < sizeof bits ? size - done : sizeof bits;
    std::memcpy(static_cast<char*>(to) + done, &bits, part);
    done += part;
  }
}

[[noreturn]] void fail_by_exit(const char* function, int status, const void* pc) {
  char message[48];
  std::snprintf(message, sizeof message, "%s(%d) was called", function, status);
  fail(ending::aborted, message, pc);
}

}  // namespace

HEDDLE_HOOK void abort() noexcept {
  if (controlled) fail(ending::aborted, "abort() was called", component_pc(HEDDLE_CALLER));
  HEDDLE_REAL(abort)();
  __builtin_unreachable();
}

HEDDLE_HOOK void exit(int status) noexcept {
  if (controlled) fail_by_exit("exit", status, HEDDLE_CALLER);
  HEDDLE_REAL(exit)(status);
  __builtin_unreachable();
}
HEDDLE_HOOK void _exit(int status) {
  if (controlled) fail_by_exit("_exit", status, HEDDLE_CALLER);
  HEDDLE_REAL(_exit)(status);
  __builtin_unreachable();
}
HEDDLE_HOOK void _Exit(int status) noexcept {
  if (controlled) fail_by_exit("_Exit", status, HEDDLE_CALLER);
  HEDDLE_REAL(_Exit)(status);
  __builtin_unreachable();
}
HEDDLE_HOOK void quick_exit(int status) noexcept {
  if (controlled) fail_by_exit("quick_exit", status, HEDDLE_CALLER);
  HEDDLE_REAL(quick_exit)(status);
  __builtin_unreachable();
}

HEDDLE_HOOK void __assert_fail(const char* expression, const char* file, unsigned line,
                               const char* function) noexcept {
  if (controlled) {
    char message[512];
    std::snprintf(message, sizeof message, "assertion failed: %s", expression);
    fail(ending::aborted, message, HEDDLE_CALLER);
  }
  HEDDLE_REAL(__assert_fail)(expression, file, line, function);
  __builtin_unreachable();
}

// std::random_device::_M_getval(): bits that the case file can reproduce.
HEDDLE_HOOK unsigned _ZNSt13random_device9_M_getvalEv(std::random_device* device) {
  if (!controlled) return HEDDLE_REAL(_ZNSt13random_device9_M_getvalEv)(device);
  return static_cast<unsigned>(random_bits() >> 32);
}
HEDDLE_HOOK ssize_t getrandom(void* to, std::size_t size, unsigned flags) {
  if (!controlled) return HEDDLE_REAL(getrandom)(to, size, flags);
  fill_with_random_bits(to, size);
  return static_cast<ssize_t>(size);
}
HEDDLE_HOOK int getentropy(void* to, std::size_t size) {
  if (!controlled) return HEDDLE_REAL(getentropy)(to, size);
  fill_with_random_bits(to, size);
  return 0;
}

// --- The machine

HEDDLE_HOOK int get_nprocs() noexcept {
  return controlled ? processors : HEDDLE_REAL(get_nprocs)();
}
HEDDLE_HOOK long sysconf(int name) noexcept {
  if (controlled && (name == _SC_NPROCESSORS_ONLN || name == _SC_NPROCESSORS_CONF)) return processors;
  return HEDDLE_REAL(sysconf)(name);
}
HEDDLE_HOOK int sched_getcpu() noexcept {
  return controlled ? self() % processors : HEDDLE_REAL(sched_getcpu)();
}
