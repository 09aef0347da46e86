// Bulkheads: each faulty variant's interleaving, which the reference does not have; what a wait may end in;
// and the catalogue's numbers.
#include <heddle/contracts/bulkhead.hpp>
#include <heddle/harness/strategies/preemption_bounding.hpp>
#include <heddle/models/bulkhead.hpp>

#include "directed.hpp"

using namespace heddle;
using namespace std::chrono_literals;
using heddle::contracts::bulkhead_settings;
using heddle::tests::pattern_of;
using heddle::tests::references_hold;
using heddle::tests::variant_fails;
using model = heddle::models::bulkhead;

namespace {

constexpr auto id = "bulkhead";

// What the calls of an operation return in the schedules of a program with at most one preemption.
std::set<std::string> results_of(const std::string& operation, const scenario& s) {
  const contract_definition& contract = *pattern_of(id).references.front().contract;
  std::set<std::string> results;
  harness::preemption_bounding all(1);
  while (!all.exhausted()) {
    all.begin(0);
    const auto run = harness::run_program(contract, s.written(), all, {});
    all.end(run.outcome);
    for (const recorded_call& c : run.history.calls)
      if (c.process != main_process && contract.operation_of(c).name() == operation)
        results.insert(to_text(contract.operation_of(c).describe_result(c.seen)));
  }
  return results;
}

scenario on_reference() {
  return scenario(pattern_of(id).references.front().contract);
}

}  // namespace

TEST_CASE("two callers see the last slot free") {
  variant_fails(id, "check_then_act", "", [](scenario& s) {
    s.configured(bulkhead_settings{1, 0});
    s.thread().call("try_acquire");
    s.thread().call("try_acquire");
  });
}

TEST_CASE("a slot is handed to a waiter that has just given up: it is lost for ever") {
  const auto why = variant_fails(id, "lost_hand_off", "", [](scenario& s) {
    s.configured(bulkhead_settings{1, 1}).first("try_acquire");
    s.thread().call("acquire", 10ns);
    s.thread().call("release");
  });
  REQUIRE_FALSE(why.verdict.reasons.empty());
}

TEST_CASE("a caller sleeps beside a slot that was released before it joined the queue") {
  variant_fails(id, "missed_wakeup", "", [](scenario& s) {
    s.configured(bulkhead_settings{1, 1}).first("try_acquire");
    s.thread().call("acquire", 10ns);
    s.thread().call("release");
  });
}

TEST_CASE("a ticket is given back twice, and two are let in where one may be") {
  variant_fails(id, "double_release", "", [](scenario& s) {
    s.configured(bulkhead_settings{1, 0});
    s.thread().call("try_acquire").call("release").call("try_acquire").call("try_acquire");
  });
}

TEST_CASE("a wait may end in a grant or at the deadline, whatever comes first") {
  scenario s = on_reference();
  s.configured(bulkhead_settings{1, 1}).first("try_acquire");
  s.thread().call("acquire", 10ns);
  s.thread().call("release");
  CHECK(results_of("acquire", s) == std::set<std::string>{"granted", "timed_out"});
}

TEST_CASE("without a queue nobody waits") {
  scenario s = on_reference();
  s.configured(bulkhead_settings{1, 0}).first("try_acquire");
  s.thread().call("acquire", 10ns);
  s.thread().call("release");
  CHECK(results_of("acquire", s) == std::set<std::string>{"granted", "full"});
}

TEST_CASE("who waits longest is let in first") {
  references_hold(
      id,
      [](scenario& s) {
        s.configured(bulkhead_settings{1, 2}).first("try_acquire");
        s.thread().call("acquire", 20ns);
        s.thread().call("acquire", 20ns);
        s.thread().call("release").call("try_acquire");
      },
      1);
}

TEST_CASE("an exception in the guarded code leaves no slot behind") {
  references_hold(id, [](scenario& s) {
    s.configured(bulkhead_settings{1, 1});
    s.thread().call("try_acquire").call("drop");
    s.thread().call("acquire", 10ns).call("drop");
  });
}

TEST_CASE("the bulkhead's model has the catalogue's numbers") {
  struct row {
    int max_concurrent, max_queued;
  };
  for (const auto& [slots, places] : {row{200, 500}, row{50, 100}, row{20, 50}, row{30, 0}, row{100, 1000}}) {
    model m{.max_concurrent = slots, .max_queued = places};
    for (int i = 0; i < slots; ++i) REQUIRE(m.try_acquire(caller{1}) == model::acquire_result::granted);
    REQUIRE(m.try_acquire(caller{1}) == model::acquire_result::full);
    for (int i = 0; i < places; ++i) m.request(caller{2 + static_cast<std::uint32_t>(i)}, 30s);
    CHECK(m.waiters.size() == static_cast<std::size_t>(places));
    m.request(caller{0}, 30s);
    CHECK(m.decided.at(0) == model::acquire_result::full);
  }
}
