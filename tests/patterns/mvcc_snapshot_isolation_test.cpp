// Snapshot isolation: each faulty variant's interleaving, and the anomalies that it allows.
#include <heddle/contracts/mvcc_snapshot_isolation.hpp>

#include "directed_transactions.hpp"

using namespace heddle;
using namespace heddle::tests;
using heddle::contracts::transactional_settings;

constexpr auto id = "mvcc_snapshot_isolation";

TEST_CASE("a write that does not ask whether the row has changed: lost update") {
  variant_fails(id, "no_ww_check", "lost update (G-single)", [](scenario& s) {
    commits(s, {get{x}, put{x, 1}});
    commits(s, {get{x}, put{x, 2}});
  });
}

TEST_CASE("a snapshot for each statement: read skew") {
  variant_fails(id, "snapshot_per_statement", "read skew (G-single)", [](scenario& s) {
    reads(s, {get{x}, get{y}});
    commits(s, {put{x, 1}, put{y, 1}});
  });
}

TEST_CASE("a commit that is announced before it is there: fractured read") {
  variant_fails(id, "cts_published_before_install", "fractured read (G-single)", [](scenario& s) {
    commits(s, {put{x, 1}, put{y, 1}});
    reads(s, {get{x}, get{y}});
  });
}

TEST_CASE("a vacuum that forgets old readers: the row is gone") {
  variant_fails(id, "eager_vacuum", "fuzzy read (G-single)", [](scenario& s) {
    s.configured(transactional_settings{.autovacuum = true});
    begins_with(s, {put{x, 1}});
    reads(s, {get{x}, get{x}});
    commits(s, {put{x, 2}});
  });
}

TEST_CASE("two doctors on call may both leave: write skew is allowed") {
  const auto reached = reached_by(id, [](scenario& s) {
    begins_with(s, {put{x, 1}, put{y, 1}});
    commits(s, {get{x}, get{y}, put{x, 2}});
    commits(s, {get{x}, get{y}, put{y, 2}});
  });
  CHECK(reached.count("write skew (G2-item)") == 1);
}

TEST_CASE("both may book the room: predicate write skew is allowed") {
  const auto reached = reached_by(id, [](scenario& s) {
    commits(s, {scan{x, u}, put{x, 1}});
    commits(s, {scan{x, u}, put{y, 1}});
  });
  CHECK(reached.count("phantom (G2)") == 1);
}

TEST_CASE("the read-only transaction anomaly is allowed") {
  const auto reached = reached_by(id, [](scenario& s) {
    commits(s, {put{y, 1}});
    commits(s, {get{x}, get{y}, put{x, 1}});
    reads(s, {get{x}, get{y}});
  });
  CHECK(reached.count("read-only transaction anomaly (G2-item)") == 1);
}

TEST_CASE("debits and credits balance in every snapshot") {
  references_hold(
      id,
      [](scenario& s) {
        begins_with(s, {put{x, 5}, put{y, 5}});
        commits(s, {add{x, -1}, add{y, 1}});
        commits(s, {add{y, -2}, add{x, 2}});
        reads(s, {scan{x, y}});
      },
      1);
}
