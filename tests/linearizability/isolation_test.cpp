// The classical schedules, each with exactly its name.
#include <catch2/catch.hpp>

#include <heddle/isolation/isolation.hpp>

#include "schedule.hpp"

namespace heddle::test {
namespace {

using namespace isolation;
constexpr key_id x = schedule::x;
constexpr key_id y = schedule::y;
constexpr key_id z = schedule::z;

using texts = std::vector<std::string>;

texts found(const findings& f) {
  texts all;
  for (const anomaly& a : f.anomalies()) all.push_back(to_text(a));
  return all;
}

using levels = std::vector<level>;

TEST_CASE("transactions one after the other show no anomaly") {
  schedule s;
  const auto first = s.write(1, x);
  s.commit(1);
  s.read(2, x, first);
  s.write(2, x);
  s.write(2, y);
  s.commit(2);
  CHECK(found(s.analyse()).empty());
  CHECK(s.analyse().strongest() == levels{level::strict_serializable});
}

TEST_CASE("G0: a dirty write") {
  schedule s;
  const auto x1 = s.write(1, x);
  const auto x2 = s.write(2, x);
  const auto y2 = s.write(2, y);
  const auto y1 = s.write(1, y);
  s.commit(1);
  s.commit(2);
  const findings f = analyse(s.history(), {{x, {x1, x2}}, {y, {y2, y1}}});
  CHECK(found(f) == texts{"G0 (dirty write): T0 -ww key 0-> T1 -ww key 1-> T0"});
  CHECK(f.strongest().empty());
}

TEST_CASE("G1a: a read of what was never committed") {
  schedule s;
  const auto x1 = s.write(1, x);
  s.read(2, x, x1);
  s.abort(1);
  s.commit(2);
  CHECK(found(s.analyse()) == texts{"G1a (aborted read): T0 -wr key 0-> T1"});
  CHECK(s.analyse().strongest().empty());
}

TEST_CASE("G1b: a read of what was not final") {
  schedule s;
  const auto x1 = s.write(1, x);
  s.read(2, x, x1);
  s.write(1, x);
  s.commit(1);
  s.commit(2);
  CHECK(found(s.analyse()) == texts{"G1b (intermediate read): T0 -wr key 0-> T1"});
  CHECK(s.analyse().strongest().empty());
}

TEST_CASE("G1c: each read from the other") {
  schedule s;
  const auto x1 = s.write(1, x);
  const auto y2 = s.write(2, y);
  s.read(1, y, y2);
  s.read(2, x, x1);
  s.commit(1);
  s.commit(2);
  CHECK(found(s.analyse()) == texts{"G1c (circular information flow): T0 -wr key 0-> T1 -wr key 1-> T0"});
  CHECK(s.analyse().strongest().empty());
}

TEST_CASE("G-single: a lost update") {
  schedule s;
  s.read(1, x, 0);
  s.read(2, x, 0);
  s.write(2, x);
  s.commit(2);
  s.write(1, x);
  s.commit(1);
  CHECK(found(s.analyse()) == texts{"G-single (lost update): T0 -rw key 0-> T1 -ww key 0-> T0"});
  CHECK(s.analyse().strongest() == levels{level::read_committed});
}

TEST_CASE("a lost update shows even where the version order is not known") {
  schedule s;
  s.read(1, x, 0);
  s.read(2, x, 0);
  s.write(1, x);
  s.write(2, x);
  s.commit(1);
  s.commit(2);
  const auto orders = infer_version_orders(s.history());
  CHECK(orders.empty());
  const findings f = analyse(s.history(), orders);
  CHECK(found(f) == texts{"G-single (lost update): T1 -rw key 0-> T0 -ww key 0-> T1"});
  CHECK(f.strongest() == levels{level::read_committed});
}

TEST_CASE("G-single: read skew") {
  schedule s;
  s.read(1, x, 0);
  s.write(2, x);
  const auto y2 = s.write(2, y);
  s.commit(2);
  s.read(1, y, y2);
  s.commit(1);
  CHECK(found(s.analyse()) == texts{"G-single (read skew): T0 -rw key 0-> T1 -wr key 1-> T0"});
  CHECK(s.analyse().strongest() == levels{level::read_committed});
}

TEST_CASE("G-single: a fractured read saw half of a commit") {
  schedule s;
  const auto x1 = s.write(1, x);
  s.write(1, y);
  s.read(2, x, x1);
  s.read(2, y, 0);
  s.commit(1);
  s.commit(2);
  CHECK(found(s.analyse()) == texts{"G-single (fractured read): T1 -rw key 1-> T0 -wr key 0-> T1"});
}

TEST_CASE("G-single: a scan that saw half of a commit is a fractured read too") {
  schedule s;
  const auto x0 = s.write(0, x);
  const auto y0 = s.write(0, y);
  s.commit(0);
  const auto x1 = s.write(1, x);
  s.write(1, y);
  s.scan(2, {{x, x1}, {y, y0}});
  s.commit(1);
  s.commit(2);
  CHECK(x0 != x1);
  CHECK(found(s.analyse()) == texts{"G-single (fractured read): T2 -rw key 1-> T1 -wr key 0-> T2"});
}

TEST_CASE("G-single: a fuzzy read") {
  schedule s;
  s.read(1, x, 0);
  const auto x2 = s.write(2, x);
  s.commit(2);
  s.read(1, x, x2);
  s.write(1, y);
  s.commit(1);
  CHECK(found(s.analyse()) == texts{"G-single (fuzzy read): T0 -rw key 0-> T1 -wr key 0-> T0"});
}

TEST_CASE("G-single: a phantom between two scans is no matter of items") {
  schedule s;
  s.scan(1, {{x, 0}, {y, 0}});
  const auto y2 = s.write(2, y);
  s.commit(2);
  s.scan(1, {{x, 0}, {y, y2}});
  s.commit(1);
  CHECK(found(s.analyse()) == texts{"G-single (phantom): T0 -rw predicate key 1-> T1 -wr key 1-> T0"});
  CHECK(s.analyse().strongest() == levels{level::repeatable_read});
}

TEST_CASE("G-nonadjacent: a long fork") {
  schedule s;
  const auto x1 = s.write(1, x);
  const auto y2 = s.write(2, y);
  s.read(3, x, x1);
  s.read(3, y, 0);
  s.read(4, x, 0);
  s.read(4, y, y2);
  for (const int t : {1, 2, 3, 4}) s.commit(t);
  CHECK(found(s.analyse()) ==
        texts{"G-nonadjacent (long fork): T2 -rw key 1-> T1 -wr key 1-> T3 -rw key 0-> T0 -wr key 0-> T2"});
  CHECK(s.analyse().strongest() == levels{level::read_committed});
}

TEST_CASE("G2-item: write skew is allowed under snapshot isolation") {
  schedule s;
  for (const int t : {1, 2}) {
    s.read(t, x, 0);
    s.read(t, y, 0);
  }
  s.write(1, x);
  s.write(2, y);
  s.commit(1);
  s.commit(2);
  CHECK(found(s.analyse()) == texts{"G2-item (write skew): T0 -rw key 1-> T1 -rw key 0-> T0"});
  CHECK(s.analyse().strongest() == levels{level::strong_snapshot_isolation});
}

TEST_CASE("G2-item: the read-only transaction anomaly") {
  schedule s;
  s.read(2, x, 0);
  s.read(2, y, 0);
  const auto y1 = s.write(1, y);
  s.commit(1);
  s.read(3, x, 0);
  s.read(3, y, y1);
  s.commit(3);
  s.write(2, x);
  s.commit(2);
  CHECK(found(s.analyse()) ==
        texts{"G2-item (read-only transaction anomaly): T2 -rw key 0-> T0 -rw key 1-> T1 -wr key 1-> T2"});
  CHECK(s.analyse().strongest() == levels{level::strong_snapshot_isolation});
}

TEST_CASE("G2: both found nothing and inserted") {
  schedule s;
  s.scan(1, {{x, 0}, {y, 0}});
  s.scan(2, {{x, 0}, {y, 0}});
  s.write(1, x);
  s.write(2, y);
  s.commit(1);
  s.commit(2);
  CHECK(found(s.analyse()) == texts{"G2 (phantom): T0 -rw predicate key 1-> T1 -rw predicate key 0-> T0"});
  CHECK(s.analyse().strongest() == levels{level::repeatable_read, level::strong_snapshot_isolation});
}

TEST_CASE("a write that leaves the match alone does not disturb a predicate") {
  std::vector<transaction> history(2);
  history[0] = {
      .process = 1, .invoked = 0, .returned = 9, .events = {event::scan({{{x, initial_version}}, {2}})}};
  history[1] = {.process = 2, .invoked = 1, .returned = 8, .events = {event::write(x, 1)}};
  history[1].events.push_back(event::read(y, initial_version));
  history[0].events.push_back(event::write(y, 3));
  CHECK(found(analyse(history, {{x, {1}}, {y, {3}}})).empty());
  history[0].events[0].predicate.matching = {1};
  CHECK(found(analyse(history, {{x, {1}}, {y, {3}}})) ==
        texts{"G2 (phantom): T0 -rw predicate key 0-> T1 -rw key 1-> T0"});
}

TEST_CASE("a stale read is serializable but not strictly") {
  schedule s;
  const auto x1 = s.write(1, x);
  s.commit(1);
  s.write(2, x);
  s.commit(2);
  s.read(3, x, x1);
  s.commit(3);
  CHECK(found(s.analyse()) == texts{"G-single-realtime (stale read): T2 -rw key 0-> T1 -realtime-> T2"});
  CHECK(s.analyse().strongest() == levels{level::serializable});
}

TEST_CASE("a transaction sees its own writes") {
  schedule s;
  s.write(1, x);
  s.read(1, x, 0);
  s.commit(1);
  CHECK(found(s.analyse()) == texts{"internal (own write lost): T0 -wr key 0-> T0"});
  CHECK(s.analyse().strongest().empty());
}

TEST_CASE("a transaction of unknown outcome counts when its writes are seen") {
  schedule s;
  const auto x1 = s.write(1, x);
  s.read(2, x, x1);
  s.commit(2);
  auto history = s.history();
  history[0].end = status::unknown;
  CHECK(found(analyse(history, {})).empty());
  history[0].end = status::aborted;
  CHECK(found(analyse(history, {})) == texts{"G1a (aborted read): T0 -wr key 0-> T1"});
}

TEST_CASE("version orders follow from reads before writes") {
  schedule s;
  s.read(1, x, 0);
  const auto x1 = s.write(1, x);
  s.commit(1);
  s.write(3, z);
  s.read(2, x, x1);
  s.write(2, x);
  const auto x3 = s.write(2, x);
  s.commit(2);
  s.commit(3);
  CHECK(infer_version_orders(s.history()) == version_orders{{x, {x1, x3}}});
}

TEST_CASE("a malformed history is refused") {
  const transaction reader{.returned = 1, .events = {event::read(x, 5)}};
  CHECK_THROWS_WITH(analyse(std::vector{reader}, {}),
                    "transaction 0 reads a version of key 0 that nobody wrote");
  const transaction writer{.returned = 1, .events = {event::write(x, 5), event::write(y, 5)}};
  CHECK_THROWS_WITH(analyse(std::vector{writer}, {}), "transaction 0 writes a version that is not new");
  CHECK_THROWS_AS(analyse({}, {{x, {1}}}), std::invalid_argument);
}

}  // namespace
}  // namespace heddle::test
