// Recorded calls judged by the monitors (monitors/monitors.hpp) where those can tell.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <heddle/recorded/calls.hpp>

namespace heddle::recorded {

struct monitoring {
  /// Calls about objects of which no monitor could tell.
  std::vector<call> undecided;
  /// Of the first object that is not linearizable.
  std::optional<explanation> violation;
};

/// Asks the model's monitor about each object. Precondition: m.monitor.
monitoring judge_by_monitor(const model& m, history& h, std::vector<call> calls,
                            const judge_options& options);

}  // namespace heddle::recorded
