// Read committed: each faulty variant's interleaving, and the anomalies that it allows.
#include <heddle/contracts/mvcc_read_committed.hpp>

#include "directed.hpp"

using namespace heddle;
using namespace heddle::contracts::transactions;
using heddle::tests::reached_by;
using heddle::tests::references_hold;
using heddle::tests::variant_fails;

namespace {

constexpr auto id = "mvcc_read_committed";
using enum row;

script commits(std::vector<statement> statements) {
  return {std::move(statements), ending::commit};
}

}  // namespace

TEST_CASE("what was never committed is read: aborted read") {
  variant_fails(id, "dirty_read", "aborted read (G1a)", [](scenario& s) {
    s.thread().call("transaction", script{{put{x, 1}}, ending::roll_back});
    s.thread().call("transaction", commits({get{x}}));
  });
}

TEST_CASE("what was overwritten by its own writer is read: intermediate read") {
  variant_fails(id, "dirty_read", "intermediate read (G1b)", [](scenario& s) {
    s.thread().call("transaction", commits({put{x, 1}, put{x, 2}}));
    s.thread().call("transaction", commits({get{x}}));
  });
}

TEST_CASE("row locks that end with the statement: dirty write") {
  variant_fails(id, "short_write_lock", "dirty write (G0)", [](scenario& s) {
    s.thread().call("transaction", commits({put{x, 1}, put{y, 1}}));
    s.thread().call("transaction", commits({put{x, 2}, put{y, 2}}));
  });
}

TEST_CASE("an update that trusts what it read before it waited is lost") {
  variant_fails(id, "rmw_no_recheck", "stale read after waiting for a row", [](scenario& s) {
    s.thread().call("transaction", commits({add{x, 1}}));
    s.thread().call("transaction", commits({add{x, 1}}));
  });
}

TEST_CASE("each reads what the other has not committed: circular information flow") {
  variant_fails(id, "uncommitted_mutual_read", "circular information flow (G1c)", [](scenario& s) {
    s.thread().call("transaction", commits({put{x, 1}, get{y}}));
    s.thread().call("transaction", commits({put{y, 1}, get{x}}));
  });
}

TEST_CASE("read, write by another, write: the lost update is allowed") {
  const auto reached = reached_by(id, [](scenario& s) {
    s.thread().call("transaction", commits({get{x}, put{x, 1}}));
    s.thread().call("transaction", commits({put{x, 2}}));
  });
  CHECK(reached.count("lost update (G-single)") == 1);
}

TEST_CASE("two rows may be of different times, and rows may appear: read skew and phantoms are allowed") {
  const auto reached = reached_by(id, [](scenario& s) {
    s.thread().call("transaction", commits({get{x}, get{y}, scan{z, u}, scan{z, u}}));
    s.thread().call("transaction", commits({put{x, 1}, put{y, 1}, put{z, 1}}));
  });
  CHECK(reached.count("read skew (G-single)") == 1);
  CHECK(reached.count("phantom (G-single)") == 1);
}

TEST_CASE("three increments are three") {
  references_hold(
      id,
      [](scenario& s) {
        for (int i = 0; i < 3; ++i) s.thread().call("transaction", commits({add{x, 1}}));
      },
      2);
}
