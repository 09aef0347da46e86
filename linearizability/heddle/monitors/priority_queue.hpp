// Priority queue, unbounded: insert, extract of the smallest value (which may find nothing).
//
// Sound and complete if no value that was extracted was inserted twice and no extraction is of unknown
// outcome; with such, see collection.hpp. Bad patterns: those of every collection; and a value extracted
// while smaller ones, one or another, were certainly inside all the time (Bouajjani, Enea, Wang 2017; here
// each value's extraction needs a slot that no smaller value certainly occupies, values ascending, so that
// one pass over a growing coverage decides; compare Lee & Mathur 2025). All are self-contained. O(n log n).
//
// Why that suffices: let the history of the smaller values be linearizable, and t a slot that none of them
// certainly occupies. Each can be wholly before or wholly after t: those that must be before keep their
// order, then comes the extraction, then the rest.
#pragma once

#include <span>

#include <heddle/monitors/monitors.hpp>

namespace heddle::monitors {

verdict judge_priority_queue(std::span<const operation> history, const options& how = {});

}  // namespace heddle::monitors
