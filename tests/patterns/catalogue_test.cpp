// What the catalogue promises of every bundled pattern: references hold, faulty variants are found and shrink to what a
// person can read.
#include <heddle/catalogue/pattern.hpp>
#include <heddle/catch.hpp>
#include <heddle/harness/report.hpp>
#include <heddle/harness/shrinking.hpp>

using namespace heddle;

TEST_CASE("every pattern has its own id, a reference and faulty variants") {
  std::set<std::string> ids;
  for (const catalogue::pattern& p : catalogue::patterns()) {
    INFO(p.id);
    CHECK(ids.insert(p.id).second);
    CHECK_FALSE(p.references.empty());
    CHECK_FALSE(p.variants.empty());
    std::set<std::string> names;
    for (const auto& r : p.references) CHECK(names.insert(r.name).second);
    for (const auto& v : p.variants) CHECK(names.insert(v.name).second);
  }
}

TEST_CASE("references hold, and reach every anomaly that their condition allows") {
  for (const catalogue::pattern& p : catalogue::patterns()) {
    std::set<std::string> reached;
    for (const auto& r : p.references) {
      INFO(p.id << "/" << r.name);
      const auto result = harness::explore(*r.contract, {.seed = 7, .limits = {.schedules = 3'000}, .run = {}});
      CHECK(result.undecided == 0);
      reached.insert(result.reached.begin(), result.reached.end());
      if (result.found) FAIL(harness::replay_report(*r.contract, *result.found, {}));
    }
    for (const std::string& anomaly : p.must_reach) {
      INFO(p.id << " allows " << anomaly);
      CHECK(reached.count(anomaly) == 1);
    }
  }
}

TEST_CASE("every faulty variant is found and shrinks to the catalogue's interleaving") {
  for (const catalogue::pattern& p : catalogue::patterns())
    for (const auto& v : p.variants) {
      INFO(p.id << "/" << v.name << " (" << v.mark << ")");
      const auto result = harness::explore(*v.contract, {.seed = 11, .limits = {}, .run = {}});
      CHECK(result.found.has_value());
      if (!result.found) continue;
      const harness::shrunk s = harness::shrink(*v.contract, *result.found);
      INFO(harness::failure_report(*v.contract, s, {}));
      CHECK(s.smallest.what.processes.size() <= v.threads_max);
      CHECK(s.smallest.what.longest_process() <= v.calls_max);
    }
}
