// Directed tests of a pattern: one short program per known bug, searched exhaustively, which must fail on the
// faulty variant by the anomaly's name and hold on every reference.
#pragma once

#include <set>
#include <string>
#include <string_view>

#include <heddle/catalogue/pattern.hpp>
#include <heddle/catch.hpp>
#include <heddle/harness/program_run.hpp>
#include <heddle/harness/scenario.hpp>
#include <heddle/harness/schedule.hpp>

namespace heddle::tests {

inline const catalogue::pattern& pattern_of(std::string_view id) {
  static const std::vector<catalogue::pattern> all = catalogue::patterns();
  const catalogue::pattern* found = catalogue::find_pattern(all, id);
  REQUIRE(found != nullptr);
  return *found;
}

inline catalogue::contract_pointer variant_of(std::string_view id, std::string_view name) {
  for (const auto& v : pattern_of(id).variants)
    if (v.name == name) return v.contract;
  FAIL(id << " has no variant " << name);
  return nullptr;
}

/// The counterexample's failure with its reasons.
inline harness::failure explain(const contract_definition& contract, const harness::counterexample& c) {
  harness::replayer again(c.how);
  return harness::judge_run(contract, harness::run_program(contract, c.what, again, c.run), true);
}

/// `write(scenario&)` writes the program. Every schedule with at most `preemptions` of them holds on every
/// reference.
template <class Write>
void references_hold(std::string_view id, const Write& write, std::uint32_t preemptions = 2) {
  for (const auto& reference : pattern_of(id).references) {
    INFO(id << "/" << reference.name);
    scenario s(reference.contract);
    write(s);
    const auto searched = s.search(preemptions, 100'000);
    CHECK(searched.schedules < 100'000);
    if (searched.found) FAIL_CHECK(explain(*reference.contract, *searched.found).message);
  }
}

/// And one with at most `preemptions` fails on the variant, in this way.
template <class Write>
harness::failure variant_fails(std::string_view id, std::string_view name, const std::string& anomaly,
                               const Write& write, std::uint32_t preemptions = 2) {
  const auto contract = variant_of(id, name);
  scenario s(contract);
  write(s);
  const auto searched = s.search(preemptions);
  INFO(id << "/" << name);
  REQUIRE(searched.found);
  harness::failure why = explain(*contract, *searched.found);
  CHECK(why.kind == harness::failure_kind::condition_violated);
  CHECK(why.verdict.anomaly == anomaly);
  references_hold(id, write, preemptions);
  return why;
}

/// The anomalies that a condition allows and this program shows on the reference.
template <class Write>
std::set<std::string> reached_by(std::string_view id, const Write& write) {
  const auto& reference = pattern_of(id).references.front();
  scenario s(reference.contract);
  write(s);
  const auto result = harness::explore_program(*reference.contract, s.written(),
                                               {.seed = 1, .limits = {.schedules = 2'000}, .run = {}});
  CHECK_FALSE(result.found);
  return result.reached;
}

}  // namespace heddle::tests
