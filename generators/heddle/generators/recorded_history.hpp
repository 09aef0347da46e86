// What happened in one schedule, in real-time order.
#pragma once

#include <cstdint>
#include <vector>

#include <heddle/generators/operation.hpp>

namespace heddle {

inline constexpr std::uint32_t not_returned = linearizability::never;

/// Process number of the calls made before the processes start and after they end.
inline constexpr std::uint32_t main_process = 0;

/// A call with its place in the history. Positions count events (invocations, responses, clock steps) from 0.
struct recorded_call {
  std::uint32_t process = main_process;
  std::uint16_t operation = 0;
  arguments with;
  std::uint32_t invoked = 0;
  std::uint32_t returned = not_returned;
  bool crashed = false;  ///< its process was killed during the call: the effect is unknown
  observation seen;
};

struct clock_step {
  std::uint32_t position = 0;
  std::int64_t by_ns = 0;
};

struct recorded_history {
  arguments configuration;
  std::vector<recorded_call> calls;     ///< in order of invocation
  std::vector<clock_step> clock_steps;  ///< in order
  bool at_rest = true;                  ///< no thread could go on when it ended (false: it was cut short)
};

}  // namespace heddle
