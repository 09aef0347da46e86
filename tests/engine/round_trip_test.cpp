// A failure goes out and comes back: explore, write the case, read it, replay. Whoever found it, the replay
// shows the same failure, step for step, and prints the same report; so does another process.
#include <array>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <sstream>

#include <catch2/catch.hpp>
#include <rapidcheck/Random.h>
#include <unistd.h>

#include <heddle/harness/case_file.hpp>
#include <heddle/harness/random.hpp>
#include <heddle/harness/report.hpp>
#include <heddle/harness/strategies.hpp>

#include "broken_contracts.hpp"

using namespace heddle;
using namespace heddle::harness;

namespace {

constexpr std::uint64_t seed = 0x9f3a;

program some_program(const contract_definition& contract, std::uint64_t number) {
  return programs(contract)(rc::Random(derive_seed(seed, number)), 100).value();
}

// Runs programs under one strategy until one fails.
counterexample find_with(const contract_definition& contract, std::string_view name) {
  for (std::uint64_t number = 0; number < 200; ++number) {
    const program p = some_program(contract, number);
    const auto by = make_strategy(name);
    for (std::uint64_t i = 0; i < 100 && !by->exhausted(); ++i) {
      by->begin(derive_seed(number, i));
      recorder keep(*by);
      const program_run run = run_program(contract, p, keep, {});
      by->end(run.outcome);
      if (failure f = judge_run(contract, run, false))
        return {p, keep.take(), {}, std::move(f), std::string(by->name()), i + 1};
    }
  }
  FAIL("nothing found");
  throw std::logic_error("unreachable");
}

void require_round_trip(const contract_definition& contract, const counterexample& c) {
  const std::string text = to_case_text(contract, c, {contract.name, seed});
  const counterexample read = parse_case(contract, {"case.heddle", text});
  CHECK(read.how == c.how);
  CHECK(read.why.kind == c.why.kind);
  CHECK(to_case_text(contract, read, {contract.name, seed}) == text);

  replayer original(c.how);
  replayer replayed(read.how);
  const program_run before = run_program(contract, c.what, original, c.run);
  const program_run after = run_program(contract, read.what, replayed, read.run);
  CHECK(original.fitted());
  CHECK(replayed.fitted());
  CHECK(after.outcome.hash == before.outcome.hash);
  CHECK(after.fingerprint == before.fingerprint);
  CHECK(judge_run(contract, after, false).kind == c.why.kind);
  CHECK(replay_report(contract, read, {}) == replay_report(contract, c, {}));
}

std::vector<broken::definition> contracts() {
  return {broken::hit_limiter_contract(),    broken::ticket_office_contract(),
          broken::two_accounts_contract(),   broken::shelf_contract(),
          broken::price_list_contract(),     broken::starting_gate_contract(),
          broken::parking_ticket_contract(), broken::two_part_record_contract()};
}

// All that a person gets of a failure.
std::string everything_about(const contract_definition& contract) {
  const exploration_result r = explore(contract, {.seed = seed, .limits = {}, .run = {}});
  if (!r.found) return "nothing found";
  const shrunk s = shrink(contract, *r.found, {.steps = 1'000'000'000});
  return to_case_text(contract, s.smallest, {contract.name, seed}) +
         failure_report(contract, s, {.seed = seed});
}

std::string everything() {
  std::string text;
  for (const auto& contract : contracts()) text += everything_about(*contract);
  return text;
}

}  // namespace

TEST_CASE("a failure found by any strategy survives the round trip") {
  for (const auto& contract : contracts())
    for (const std::string_view name : strategy_names()) {
      INFO(contract->name << " by " << name);
      require_round_trip(*contract, find_with(*contract, name));
    }
}

TEST_CASE("what explore() finds survives the round trip before and after shrinking") {
  for (const auto& contract : contracts()) {
    INFO(contract->name);
    const exploration_result r = explore(*contract, {.seed = seed, .limits = {}, .run = {}});
    REQUIRE(r.found);
    require_round_trip(*contract, *r.found);
    require_round_trip(*contract, shrink(*contract, *r.found).smallest);
  }
}

TEST_CASE("write everything about the broken components", "[.]") {
  const char* file = std::getenv("HEDDLE_TEST_OUTPUT");
  REQUIRE(file != nullptr);
  std::ofstream(file) << everything();
}

TEST_CASE("the same seed gives the same case and the same report, here and in another process") {
  const std::string here = everything();
  CHECK(here == everything());

  std::array<char, 4096> self{};
  REQUIRE(::readlink("/proc/self/exe", self.data(), self.size() - 1) > 0);
  const std::string file = "round_trip_" + std::to_string(::getpid()) + ".txt";
  const std::string command = "HEDDLE_TEST_OUTPUT=" + file + " '" + self.data() +
                              "' 'write everything about the broken components' > /dev/null";
  REQUIRE(std::system(command.c_str()) == 0);
  std::ostringstream there;
  there << std::ifstream(file).rdbuf();
  std::remove(file.c_str());
  CHECK(there.str() == here);
}
