#include <heddle/catalogue/pattern.hpp>
#include <heddle/contracts/mvcc_snapshot_isolation.hpp>
#include <heddle/targets/mvcc_snapshot_isolation/faulty_cts_published_before_install.hpp>
#include <heddle/targets/mvcc_snapshot_isolation/faulty_eager_vacuum.hpp>
#include <heddle/targets/mvcc_snapshot_isolation/faulty_no_ww_check.hpp>
#include <heddle/targets/mvcc_snapshot_isolation/faulty_snapshot_per_statement.hpp>
#include <heddle/targets/mvcc_snapshot_isolation/reference.hpp>

namespace heddle::catalogue {
namespace {

namespace target = targets::mvcc_snapshot_isolation;

template <class Store>
contract_pointer on() {
  return contracts::mvcc_snapshot_isolation<Store>().definition();
}

}  // namespace

pattern mvcc_snapshot_isolation() {
  return {
      .id = "mvcc_snapshot_isolation",
      .summary = "snapshot isolation: a transaction reads from one moment and installs its writes at another",
      .condition = "strongly snapshot-isolated",
      .references = {{"reference", on<target::reference>()}},
      .variants = {{"M1", "no_ww_check", on<target::faulty_no_ww_check>(), 2, 1},
                   {"M2", "snapshot_per_statement", on<target::faulty_snapshot_per_statement>(), 2, 1},
                   {"M3", "cts_published_before_install", on<target::faulty_cts_published_before_install>(),
                    2, 1},
                   {"M4", "eager_vacuum", on<target::faulty_eager_vacuum>(), 2, 1}},
      .must_reach = {"write skew (G2-item)", "phantom (G2)", "read-only transaction anomaly (G2-item)"},
  };
}

}  // namespace heddle::catalogue
