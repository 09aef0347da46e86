// FIFO queue, unbounded: insert (enqueue), extract (dequeue, which may find nothing).
//
// Sound and complete if no value that was dequeued was enqueued twice and no dequeue is of unknown outcome;
// with such, see collection.hpp. Bad patterns (Henzinger, Sezgin, Vafeiadis 2013; Bouajjani, Emmi, Enea,
// Hamza 2015): a value dequeued that was not enqueued, or twice, or before; two values dequeued against the
// order in which they were certainly enqueued, or the first not at all; a dequeue that found nothing while
// the queue certainly held something all the time. All are self-contained. O(n log n).
#pragma once

#include <span>

#include <heddle/monitors/monitors.hpp>

namespace heddle::monitors {

verdict judge_queue(std::span<const operation> history, const options& how = {});

}  // namespace heddle::monitors
