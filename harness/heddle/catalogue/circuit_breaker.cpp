#include <heddle/catalogue/pattern.hpp>
#include <heddle/contracts/circuit_breaker.hpp>
#include <heddle/targets/circuit_breaker/faulty_double_transition.hpp>
#include <heddle/targets/circuit_breaker/faulty_half_open_over_admission.hpp>
#include <heddle/targets/circuit_breaker/faulty_lost_failure.hpp>
#include <heddle/targets/circuit_breaker/faulty_no_generation.hpp>
#include <heddle/targets/circuit_breaker/faulty_no_reset_on_success.hpp>
#include <heddle/targets/circuit_breaker/faulty_permit_leak.hpp>
#include <heddle/targets/circuit_breaker/reference.hpp>

namespace heddle::catalogue {
namespace {

namespace target = targets::circuit_breaker;

template <class Breaker>
contract_pointer breaker() {
  return contracts::circuit_breaker<Breaker>().definition();
}

// A breaker that counts late results keeps the weaker contract that says so.
contract_pointer counting_late_results() {
  using late = models::circuit_breaker::late_results;
  return contracts::circuit_breaker<target::faulty_no_generation>("circuit_breaker, late results counted",
                                                                  late::count_in_current)
      .definition();
}

}  // namespace

pattern circuit_breaker() {
  return {
      .id = "circuit_breaker",
      .summary = "fail fast on a sick dependency: generations, half-open permits, consecutive failures trip",
      .condition = "linearizable + time",
      .references = {{"reference", breaker<target::reference>()},
                     {"late_results_counted", counting_late_results()}},
      .variants = {{"M1", "half_open_over_admission", breaker<target::faulty_half_open_over_admission>(), 4,
                    1},
                   {"M2", "double_transition", breaker<target::faulty_double_transition>(), 2, 1},
                   {"M3", "no_generation", breaker<target::faulty_no_generation>(), 3, 2},
                   {"M4", "lost_failure", breaker<target::faulty_lost_failure>(), 2, 1},
                   {"M5", "permit_leak", breaker<target::faulty_permit_leak>(), 1, 3},
                   {"M6", "no_reset_on_success", breaker<target::faulty_no_reset_on_success>(), 1, 6}},
      .must_reach = {},
  };
}

}  // namespace heddle::catalogue
