// The clocks of the C++ standard library, held still and moved by hand, for tests on one thread.
//
// The targets read std::chrono::steady_clock and system_clock, which end in clock_gettime(); the test program
// defines that function itself. While a virtual_clock lives both clocks show its time, otherwise the real
// one.
#pragma once

#include <chrono>

namespace heddle::tests {

class virtual_clock {
 public:
  /// Both clocks start at one second: long ago on the real steady clock, so that a wait until now ends at
  /// once.
  virtual_clock();
  ~virtual_clock();
  virtual_clock(const virtual_clock&) = delete;
  virtual_clock& operator=(const virtual_clock&) = delete;

  /// Moves both clocks on.
  void advance(std::chrono::nanoseconds d);
  /// Sets the wall clock back; the steady clock is not concerned.
  void set_back(std::chrono::nanoseconds d);
};

}  // namespace heddle::tests
