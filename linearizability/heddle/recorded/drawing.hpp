// The picture of a judged history.
#pragma once

#include <heddle/picture/diagram.hpp>
#include <heddle/recorded/model.hpp>

namespace heddle::recorded {

/// Draws `h`, of which `judge(m, h, options)` found `j`. Where `j` has no order, because a monitor judged,
/// the search is asked for one, for 10 seconds and 1 GB of memory at most; of list-append, also for the
/// anomalies of isolation. Under conditions that do not keep real time no order is shown. Adds values to `h`.
picture::diagram draw(const model& m, history& h, const judgement& j, const judge_options& options);

}  // namespace heddle::recorded
