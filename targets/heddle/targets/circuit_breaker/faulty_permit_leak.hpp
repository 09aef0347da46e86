// Bug (catalogue M5, liveness): a result that is ignored never gives its permit back. Once every half-open
// permit went to such a call, all others are refused for ever, and nothing is left that could end the
// half-open state.
//
// Exposed by, half-open with 1 permit:   T1 acquire, record ignored;  T1 or T2 acquire → refused, and so for
// ever Seen in: Resilience4j #935 and #1389, where ignored exceptions and cancelled calls kept their permits.
#pragma once

#include <cstdint>

#include <heddle/targets/circuit_breaker/faulty_frame.hpp>

namespace heddle::targets::circuit_breaker {

class faulty_permit_leak : public faulty_frame<faulty_permit_leak> {
 public:
  using faulty_frame::faulty_frame;

 private:
  friend faulty_frame;

  void count(std::uint64_t generation, outcome result) {
    if (result == outcome::ignored) return;  // neither good nor bad: nothing to count
    faulty_frame::count(generation, result);
  }
};

}  // namespace heddle::targets::circuit_breaker
