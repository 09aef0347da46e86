#include <heddle/catalogue/pattern.hpp>
#include <heddle/contracts/bulkhead.hpp>
#include <heddle/targets/bulkhead/faulty_check_then_act.hpp>
#include <heddle/targets/bulkhead/faulty_double_release.hpp>
#include <heddle/targets/bulkhead/faulty_lost_hand_off.hpp>
#include <heddle/targets/bulkhead/faulty_missed_wakeup.hpp>
#include <heddle/targets/bulkhead/reference.hpp>

namespace heddle::catalogue {
namespace {

namespace target = targets::bulkhead;

template <class Bulkhead>
contract_pointer pool() {
  return contracts::bulkhead<Bulkhead>().definition();
}

}  // namespace

pattern bulkhead() {
  return {
      .id = "bulkhead",
      .summary = "cap concurrency per pool: slots, bounded FIFO queue, wait timeout",
      .condition = "linearizable + blocking + time",
      .references = {{"reference", pool<target::reference>()}},
      .variants = {{"M1", "check_then_act", pool<target::faulty_check_then_act>(), 2, 1},
                   {"M2", "lost_hand_off", pool<target::faulty_lost_hand_off>(), 2, 1},
                   {"M3", "missed_wakeup", pool<target::faulty_missed_wakeup>(), 2, 1},
                   {"M4", "double_release", pool<target::faulty_double_release>(), 1, 4}},
      .must_reach = {},
  };
}

}  // namespace heddle::catalogue
