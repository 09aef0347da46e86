// Every kind of failure report against its approved text. When a change is meant, look at the difference and
// run once with HEDDLE_APPROVE=1: it rewrites approved/*.txt. Compilers must agree on every byte.
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include <catch2/catch.hpp>

#include <heddle/harness/report.hpp>

#include "broken_contracts.hpp"

using namespace heddle::harness;

namespace {

std::string content(const std::filesystem::path& file) {
  std::ostringstream text;
  text << std::ifstream(file).rdbuf();
  return text.str();
}

void require_approved(const std::string& name, const std::string& text) {
  const std::filesystem::path file = std::filesystem::path(HEDDLE_APPROVED_DIR) / (name + ".txt");
  if (std::getenv("HEDDLE_APPROVE") != nullptr) std::ofstream(file) << text;
  CHECK(text == content(file));
}

std::string report_of(const broken::definition& definition, const exploration_options& options = {}) {
  const exploration_result r = explore(*definition, options);
  REQUIRE(r.found);
  const shrunk s = shrink(*definition, *r.found, {.steps = 1'000'000'000});
  return failure_report(*definition, s,
                        {.seed = options.seed,
                         .schedules_budget = options.limits.schedules,
                         .replay_command = "HEDDLE_REPLAY=case.heddle"});
}

}  // namespace

TEST_CASE("report: lost update") {
  require_approved("lost_update", report_of(broken::hit_limiter_contract()));
}

TEST_CASE("report: check-then-act with locks") {
  require_approved("check_then_act", report_of(broken::ticket_office_contract()));
}

TEST_CASE("report: data race that no history shows") {
  require_approved("data_race", report_of(broken::shop_door_contract()));
}

TEST_CASE("report: deadlock") {
  require_approved("deadlock", report_of(broken::two_accounts_contract()));
}

TEST_CASE("report: crash") {
  require_approved("crash", report_of(broken::price_list_contract()));
}

TEST_CASE("report: failed assert") {
  require_approved("failed_assert", report_of(broken::shelf_contract()));
}

TEST_CASE("report: exception that leaves a thread") {
  require_approved("uncaught_exception", report_of(broken::printer_contract()));
}

TEST_CASE("report: livelock") {
  exploration_options options;
  options.run.max_steps = 500;
  require_approved("livelock", report_of(broken::narrow_door_contract(), options));
}

TEST_CASE("report: broken invariant") {
  require_approved("broken_invariant", report_of(broken::split_account_contract()));
}

TEST_CASE("report: lost wakeup") {
  require_approved("lost_wakeup", report_of(broken::starting_gate_contract()));
}

TEST_CASE("report: wall clock") {
  require_approved("wall_clock", report_of(broken::parking_ticket_contract()));
}

TEST_CASE("report: nondeterminism") {
  require_approved("nondeterminism", report_of(broken::moody_counter_contract()));
}

TEST_CASE("report: process that crashes in mid-call") {
  require_approved("process_crash", report_of(broken::two_part_record_contract()));
}
