#include <heddle/catalogue/pattern.hpp>
#include <heddle/contracts/mvcc_serializable.hpp>
#include <heddle/targets/mvcc_serializable/faulty_item_locks_only.hpp>
#include <heddle/targets/mvcc_serializable/faulty_read_only_always_safe.hpp>
#include <heddle/targets/mvcc_serializable/faulty_short_read_locks.hpp>
#include <heddle/targets/mvcc_serializable/faulty_si_sold_as_serializable.hpp>
#include <heddle/targets/mvcc_serializable/faulty_upgrade_drops_s_lock.hpp>
#include <heddle/targets/mvcc_serializable/reference.hpp>

namespace heddle::catalogue {
namespace {

namespace target = targets::mvcc_serializable;

template <class Store>
contract_pointer on() {
  return contracts::mvcc_serializable<Store>().definition();
}

}  // namespace

pattern mvcc_serializable() {
  return {
      .id = "mvcc_serializable",
      .summary = "whole transactions take effect one after the other: write skew is impossible",
      .condition = "strictly serializable",
      .references = {{"serializable snapshot isolation", on<target::reference>()},
                     {"strict two-phase locking", on<target::reference_s2pl>()}},
      .variants = {{"M1", "si_sold_as_serializable", on<target::faulty_si_sold_as_serializable>(), 2, 1},
                   {"M2", "item_locks_only", on<target::faulty_item_locks_only>(), 2, 1},
                   {"M3", "read_only_always_safe", on<target::faulty_read_only_always_safe>(), 3, 1},
                   {"M4", "short_read_locks", on<target::faulty_short_read_locks>(), 2, 1},
                   {"M5", "upgrade_drops_s_lock", on<target::faulty_upgrade_drops_s_lock>(), 3, 1}},
      .must_reach = {},
  };
}

}  // namespace heddle::catalogue
