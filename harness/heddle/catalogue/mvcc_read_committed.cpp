#include <heddle/catalogue/pattern.hpp>
#include <heddle/contracts/mvcc_read_committed.hpp>
#include <heddle/targets/mvcc_read_committed/faulty_dirty_read.hpp>
#include <heddle/targets/mvcc_read_committed/faulty_rmw_no_recheck.hpp>
#include <heddle/targets/mvcc_read_committed/faulty_short_write_lock.hpp>
#include <heddle/targets/mvcc_read_committed/faulty_uncommitted_mutual_read.hpp>
#include <heddle/targets/mvcc_read_committed/reference.hpp>

namespace heddle::catalogue {
namespace {

namespace target = targets::mvcc_read_committed;

template <class Store>
contract_pointer on() {
  return contracts::mvcc_read_committed<Store>().definition();
}

}  // namespace

pattern mvcc_read_committed() {
  return {
      .id = "mvcc_read_committed",
      .summary =
          "read committed: a statement sees committed data only, and an update in one statement is never "
          "lost",
      .condition = "read committed",
      .references = {{"reference", on<target::reference>()}},
      .variants = {{"M1", "dirty_read", on<target::faulty_dirty_read>(), 2, 1},
                   {"M2", "short_write_lock", on<target::faulty_short_write_lock>(), 2, 1},
                   {"M3", "rmw_no_recheck", on<target::faulty_rmw_no_recheck>(), 2, 1},
                   {"M4", "uncommitted_mutual_read", on<target::faulty_uncommitted_mutual_read>(), 2, 1}},
      .must_reach = {"lost update (G-single)", "read skew (G-single)", "phantom (G-single)"},
  };
}

}  // namespace heddle::catalogue
