// The door for strategies: given the enabled threads and what each is about to do, choose one. One strategy
// is one file in strategies/.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include <heddle/runtime/runtime.hpp>

namespace heddle::harness {

/// Chooses the schedules of one program, one after the other.
class strategy : public runtime::chooser {
 public:
  /// A fixed word for reports: "random", "pct3".
  virtual std::string_view name() const = 0;
  /// A schedule starts. `seed` is all the randomness that it may use.
  virtual void begin(std::uint64_t seed) = 0;
  /// The schedule has ended.
  virtual void end(const runtime::result& /*outcome*/) {}
  /// Every schedule (within the strategy's bound) has been run.
  virtual bool exhausted() const { return false; }
  /// Exhausted, and there are no schedules beyond the bound.
  virtual bool complete() const { return false; }
};

}  // namespace heddle::harness
