// How a component may end the process, and where it takes randomness from.
#include <cstdio>
#include <cstdlib>
#include <random>

#include <heddle/runtime/hook.hpp>

using namespace heddle::runtime;

HEDDLE_HOOK void abort() noexcept {
  if (controlled) fail(ending::aborted, "abort() was called", HEDDLE_CALLER);
  HEDDLE_REAL(abort)();
  __builtin_unreachable();
}

HEDDLE_HOOK void exit(int status) noexcept {
  if (controlled) {
    char message[48];
    std::snprintf(message, sizeof message, "exit(%d) was called", status);
    fail(ending::aborted, message, HEDDLE_CALLER);
  }
  HEDDLE_REAL(exit)(status);
  __builtin_unreachable();
}

HEDDLE_HOOK void __assert_fail(const char* expression, const char* file, unsigned line,
                               const char* function) noexcept {
  if (controlled) {
    char message[512];
    std::snprintf(message, sizeof message, "assertion failed: %s (%s:%u, %s)", expression, file, line,
                  function);
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
