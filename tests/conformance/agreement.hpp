// How a conformance test is run: one scenario, many random schedules on the run-time, and a few rounds on
// real threads, so that both are shown to mean the same by it.
#pragma once

namespace conformance {

/// Notes a failure of the running scenario unless `held`. From any thread.
void expect(bool held, const char* what);

/// True on the run-time, false on real threads: there time is real and nothing is exact.
bool simulated();

struct effort {
  int schedules = 300;  ///< random ones on the run-time; every other one also switches at plain accesses
  int real_rounds = 10;
};

/// Runs the scenario both ways. Every run must complete without a race and without a failed expectation.
void agree(void (*scenario)(), effort how = {});

}  // namespace conformance
