// Shrinking ends at the smallest program and schedule that a person would write down by hand.
#include <catch2/catch.hpp>
#include <rapidcheck/Random.h>

#include <heddle/harness/shrinking.hpp>
#include <heddle/linearizability/value.hpp>

#include "broken_contracts.hpp"

using namespace heddle;
using namespace heddle::harness;

namespace {

counterexample first_failure(const contract_definition& contract, failure_kind wanted = failure_kind::none) {
  for (std::uint64_t seed = 1; seed < 50; ++seed) {
    exploration_options options;
    options.seed = seed;
    const exploration_result r = explore(contract, options);
    REQUIRE(r.found);
    if (wanted == failure_kind::none || r.found->why.kind == wanted) return *r.found;
  }
  FAIL("no such failure");
  throw std::logic_error("unreachable");
}

std::string calls_text(const contract_definition& contract, const std::vector<call>& calls) {
  std::string text;
  for (const call& c : calls)
    text += (text.empty() ? "" : ", ") + describe_call(contract, c.operation, c.with.value());
  return text;
}

/// "put() | take() ‖ take()": prefix, then the processes.
std::string program_text(const contract_definition& contract, const program& p) {
  std::string text = calls_text(contract, p.prefix);
  const char* separator = text.empty() ? "" : " | ";
  for (const auto& process : p.processes) {
    text += separator + calls_text(contract, process);
    separator = " ‖ ";
  }
  return text;
}

struct expectation {
  broken::definition contract;
  std::string program;
  std::uint32_t switches;
};

}  // namespace

TEST_CASE("planted bugs shrink to the programs that show them best") {
  const expectation expected[] = {
      {broken::two_accounts_contract(), "to_savings(1) ‖ to_checking(1)", 1},
      {broken::shelf_contract(), "put() | take() ‖ take()", 2},
      {broken::split_account_contract(), "move(1) ‖ move(1)", 2},
      {broken::starting_gate_contract(), "pass() ‖ open()", 2},
      {broken::price_list_contract(), "publish() ‖ bread()", 1},
      {broken::shop_door_contract(), "closed() ‖ close()", 1},
  };
  for (const auto& [contract, program, switches] : expected) {
    INFO(contract->name);
    const counterexample found = first_failure(*contract);
    const shrunk s = shrink(*contract, found, {.steps = 1'000'000'000});
    std::vector<std::vector<call>> processes = s.smallest.what.processes;
    heddle::program other = s.smallest.what;
    std::reverse(other.processes.begin(), other.processes.end());
    const std::string shown = program_text(*contract, s.smallest.what);
    CHECK((shown == program || program_text(*contract, other) == program));
    CHECK(s.switches == switches);
    CHECK(s.smallest.why.kind == found.why.kind);
    CHECK(s.original_size == describe_size(found.what));
  }
}

TEST_CASE("two calls remain of a limiter that over-admits, whatever the seed") {
  const auto contract = broken::hit_limiter_contract();
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    exploration_options options;
    options.seed = seed;
    const exploration_result r = explore(*contract, options);
    REQUIRE(r.found);
    const shrunk s = shrink(*contract, *r.found, {.steps = 1'000'000'000});
    INFO("seed " << seed << ": " << program_text(*contract, s.smallest.what));
    CHECK(s.smallest.what.processes.size() == 2);
    CHECK(s.smallest.what.calls() == 2);
    CHECK(s.switches == 2);
  }
}

TEST_CASE("a failure never shrinks into one of another kind") {
  const auto contract = broken::two_bugs_contract();
  for (const failure_kind kind : {failure_kind::deadlock, failure_kind::condition_violated}) {
    const shrunk s = shrink(*contract, first_failure(*contract, kind), {.steps = 1'000'000'000});
    INFO(program_text(*contract, s.smallest.what));
    CHECK(s.smallest.why.kind == kind);
    replayer again(s.smallest.how);
    const program_run run = run_program(*contract, s.smallest.what, again, s.smallest.run);
    CHECK(judge_run(*contract, run, false).kind == kind);
  }
}

TEST_CASE("without time to shrink the failure stays as it was found") {
  const auto contract = broken::hit_limiter_contract();
  const counterexample found = first_failure(*contract);
  const shrunk s = shrink(*contract, found, {.steps = 0});
  CHECK(s.candidates == 0);
  CHECK(program_text(*contract, s.smallest.what) == program_text(*contract, found.what));
  CHECK(s.smallest.how == found.how);
}

TEST_CASE("every candidate is smaller: shrinking ends") {
  const auto contract = broken::parking_ticket_contract();
  const auto size = [](const program& p) {
    std::size_t calls = p.prefix.size() + p.calls();
    return std::tuple(calls + p.clock.size() + p.processes.size(), p.calls());
  };
  for (int number = 0; number < 20; ++number) {
    const program p = programs(*contract)(rc::Random(static_cast<std::uint64_t>(number)), 100).value();
    auto smaller = smaller_programs(p);
    while (const auto candidate = smaller.next()) {
      CHECK(size(*candidate) <= size(p));
      for (const auto& process : candidate->processes) CHECK(!process.empty());
      CHECK(!candidate->processes.empty());
    }
  }
}
