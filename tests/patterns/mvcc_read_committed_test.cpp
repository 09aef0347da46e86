// Read committed: each faulty variant's interleaving, and the anomalies that it allows.
#include <heddle/contracts/mvcc_read_committed.hpp>

#include "directed_transactions.hpp"

using namespace heddle;
using namespace heddle::tests;

constexpr auto id = "mvcc_read_committed";

TEST_CASE("what was never committed is read: aborted read") {
  variant_fails(id, "dirty_read", "aborted read (G1a)", [](scenario& s) {
    rolls_back(s, {put{x, 1}});
    commits(s, {get{x}});
  });
}

TEST_CASE("what was overwritten by its own writer is read: intermediate read") {
  variant_fails(id, "dirty_read", "intermediate read (G1b)", [](scenario& s) {
    commits(s, {put{x, 1}, put{x, 2}});
    commits(s, {get{x}});
  });
}

TEST_CASE("row locks that end with the statement: dirty write") {
  variant_fails(id, "short_write_lock", "dirty write (G0)", [](scenario& s) {
    commits(s, {put{x, 1}, put{y, 1}});
    commits(s, {put{x, 2}, put{y, 2}});
  });
}

TEST_CASE("an update that trusts what it read before it waited is lost") {
  variant_fails(id, "rmw_no_recheck", "stale read after waiting for a row", [](scenario& s) {
    commits(s, {add{x, 1}});
    commits(s, {add{x, 1}});
  });
}

TEST_CASE("each reads what the other has not committed: circular information flow") {
  variant_fails(id, "uncommitted_mutual_read", "circular information flow (G1c)", [](scenario& s) {
    commits(s, {put{x, 1}, get{y}});
    commits(s, {put{y, 1}, get{x}});
  });
}

TEST_CASE("read, write by another, write: the lost update is allowed") {
  const auto reached = reached_by(id, [](scenario& s) {
    commits(s, {get{x}, put{x, 1}});
    commits(s, {put{x, 2}});
  });
  CHECK(reached.count("lost update (G-single)") == 1);
}

TEST_CASE("two rows may be of different times, and rows may appear: read skew and phantoms are allowed") {
  const auto reached = reached_by(id, [](scenario& s) {
    commits(s, {get{x}, get{y}, scan{z, u}, scan{z, u}});
    commits(s, {put{x, 1}, put{y, 1}, put{z, 1}});
  });
  CHECK(reached.count("read skew (G-single)") == 1);
  CHECK(reached.count("phantom (G-single)") == 1);
}

TEST_CASE("three increments are three") {
  references_hold(
      id,
      [](scenario& s) {
        for (int i = 0; i < 3; ++i) commits(s, {add{x, 1}});
      },
      2);
}
