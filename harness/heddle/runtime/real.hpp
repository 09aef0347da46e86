// The functions that our definitions in the executable hide: `HEDDLE_REAL(pthread_create)(…)`.
#pragma once

namespace heddle::runtime {

/// The next definition of `name` after the executable's own. Ends the process with a message if there is
/// none.
void* find_real(const char* name);

/// Ends the process: the run-time itself cannot go on. Says why with plain system calls only, as whatever
/// else might be hooked.
[[noreturn]] void give_up(const char* why, const char* what = "");

}  // namespace heddle::runtime

/// The real function behind a hooked one, looked up once. (A macro: it needs the name both as symbol and as
/// text.)
#define HEDDLE_REAL(function)                                            \
  ([]() -> decltype(&function) {                                         \
    static void* found = nullptr;                                        \
    if (found == nullptr) found = heddle::runtime::find_real(#function); \
    return reinterpret_cast<decltype(&function)>(found);                 \
  }())
